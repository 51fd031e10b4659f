import { ROOT_PAGE } from '../../storage/dirty-marks.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { renderProject, renderRoot } from '../../storage/project-pages.ts';
import type { WorkQueue } from './queue.ts';
import { pageWork } from './works.ts';

type Parts = { store: ObjectStore; queue: Pick<WorkQueue, 'add' | 'notify'> };

/**
 * Renders a project's page, tells everyone who keeps it, and has rendered what follows from it: the list of projects if it
 * has got its page or lost it, and the page again if it changed all the while.
 *
 * @throws WheelmillError `queue-unavailable` when the page is right and what follows has to wait: it is marked.
 */
export async function renderProjectPage({ store, queue }: Parts, project: string): Promise<void> {
  const { isSettled, isRootDirty } = await renderProject(store, project);
  await queue.notify({ kind: 'projects', id: project }).catch(() => undefined);
  if (isRootDirty) await queue.add(pageWork(ROOT_PAGE));
  if (!isSettled) await queue.add(pageWork(project));
}

/** The same of the list of projects. */
export async function renderRootPage({ store, queue }: Parts): Promise<void> {
  const outcome = await renderRoot(store);
  await queue.notify({ kind: 'projects', id: ROOT_PAGE }).catch(() => undefined);
  if (outcome === 'changing') await queue.add(pageWork(ROOT_PAGE));
}
