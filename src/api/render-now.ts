import type { NormalizedName } from '../core/names.ts';
import { WheelmillError } from '../errors.ts';
import { renderProjectPage } from '../workers/queue/render-page.ts';
import type { Api } from './context.ts';

/**
 * Renders a project's page here and now: who has just changed something finds the index saying so, with the queue down too. The
 * list of projects follows. Where the process dies in between, or the queue is away, the marks have upkeep render the rest.
 */
export async function renderNow(
  api: Pick<Api, 'store' | 'queue' | 'log' | 'changes'>,
  project: NormalizedName,
): Promise<void> {
  await renderProjectPage(api, project).catch((error) => {
    if (!(error instanceof WheelmillError) || error.code !== 'queue-unavailable') throw error;
    api.log.warn({ err: error, project }, 'the list of projects is rendered later');
  });
  api.changes.tell({ kind: 'projects', id: project });
}
