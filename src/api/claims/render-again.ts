import type { NormalizedName } from '../../core/names.ts';
import { WheelmillError } from '../../errors.ts';
import { renderProject } from '../../storage/project-pages.ts';
import { pageWork } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';

/**
 * Renders a project's page at once, so that who has just stored something finds it, and has the list of projects follow. With
 * the queue away that comes later: the mark is there, and upkeep looks for it.
 */
export async function renderAgain(
  { store, queue, log }: Pick<Api, 'store' | 'queue' | 'log'>,
  name: NormalizedName,
): Promise<void> {
  await renderProject(store, name);
  try {
    await queue.add(pageWork(name));
    await queue.notify({ kind: 'projects', id: name });
  } catch (error) {
    if (!(error instanceof WheelmillError)) throw error;
    log.warn({ err: error }, `the list of projects is rendered later, for ${name}`);
  }
}
