import { checked } from '../../storage/json-records.ts';
import { renderProject, renderRoot } from '../../storage/project-pages.ts';
import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { PageMessage, pageWork, ROOT_PAGE } from '../queue/works.ts';

/** Renders one project's page, then has the list of projects rendered too. */
export function pageJob(worker: Pick<Worker, 'store' | 'queue'>): Handler {
  return async (data, context) => {
    const { project } = checked(PageMessage, data, 'A page job');
    if (project === ROOT_PAGE) await renderRoot(worker.store);
    else {
      await renderProject(worker.store, project);
      await worker.queue.add(pageWork(ROOT_PAGE));
    }
    await context.notify({ kind: 'projects', id: project });
  };
}
