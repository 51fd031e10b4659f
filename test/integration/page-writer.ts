/**
 * A worker of pages that also publishes wheels of one project: `page-writer.ts <settings as JSON>`. Says `ready`; when it is
 * told anything it begins, and says `done` when all its wheels are stored. It renders pages until it is killed.
 */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { renderProject } from '../../src/storage/project-pages.ts';
import { createS3Store, type S3Settings } from '../../src/storage/s3-store.ts';
import { pageJob } from '../../src/workers/jobs/page-job.ts';
import { publish } from '../../src/workers/publish.ts';
import { openQueue } from '../../src/workers/queue/open-queue.ts';
import { someWheel } from '../storage/wheel.ts';

export type WriterSettings = {
  s3: S3Settings;
  redis: string;
  project: string;
  /** Versions to publish. */
  versions: string[];
  /** For its files: whoever starts it ends it by SIGKILL, and removes them. */
  folder: string;
  /** After so many it renders the page itself, as a server does that deletes or yanks. */
  rendersEvery: number;
};

const { s3, redis, folder, project, versions, rendersEvery } = JSON.parse(process.argv[2] ?? '') as WriterSettings;
const store = createS3Store(s3);
const queue = await openQueue({ url: redis, dataFolder: '' });
await queue.serve('pages', 2, pageJob({ store, queue }));
const scratch = await mkdtemp(join(folder, 'writer-'));

process.once('message', async () => {
  for (const [index, version] of versions.entries()) {
    const filename = `${project}-${version}-py3-none-any.whl`;
    const { record, path, metadata } = await someWheel(scratch, { project, version, filename }, version);
    const { schema, metadataSha256, uploadedAt, ...wheel } = record;
    await publish({ store, queue }, { ...wheel, path, metadata });
    if ((index + 1) % rendersEvery === 0) await renderProject(store, project);
  }
  process.send?.('done');
});
process.send?.('ready');
