import { ROOT_PAGE } from '../../storage/dirty-marks.ts';
import { checked } from '../../storage/json-records.ts';
import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { renderProjectPage, renderRootPage } from '../queue/render-page.ts';
import { PageMessage } from '../queue/works.ts';

/** Renders one project's page, or the list of projects. */
export function pageJob(worker: Pick<Worker, 'store' | 'queue'>): Handler {
  return async (data) => {
    const { project } = checked(PageMessage, data, 'A page job');
    if (project === ROOT_PAGE) return renderRootPage(worker);
    await renderProjectPage(worker, project);
  };
}
