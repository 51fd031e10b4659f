import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { type BenchWheel, sha256 } from '../wheel.ts';

/** Projects stored at once. */
const AT_ONCE = 32;

/** Publishes wheels as a worker does, renders the pages of their projects and the list of projects. */
export async function storeWheels(store: ObjectStore, wheels: readonly BenchWheel[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-wheels-'));
  try {
    for (const { project, version, filename, bytes, metadata } of wheels) {
      const path = join(folder, filename);
      await writeFile(path, bytes);
      const record: WheelRecord = {
        ...{ schema: 1, project, version, filename, sha256: sha256(bytes), size: bytes.length },
        ...{ metadataSha256: sha256(metadata), visibility: 'public', origin: 'built' },
        uploadedAt: '2026-01-01T00:00:00.000Z',
      };
      await publishWheel(store, { record, path, metadata });
    }
    for (const project of new Set(wheels.map((wheel) => wheel.project))) await renderProject(store, project);
    await renderRoot(store);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const projectName = (at: number): string => `project-${String(at).padStart(5, '0')}`;

/**
 * Fills a store with `projects` times `wheels` small wheels that share their bytes: what counts here are names, records and
 * pages. Publishing, rendering and the order of writes are the storage layer's own.
 */
export async function fillStore(store: ObjectStore, projects: number, wheels: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-wheels-'));
  const path = join(folder, 'some.whl');
  const limit = pLimit(AT_ONCE);
  try {
    await writeFile(path, 'some bytes');
    await Promise.all(
      Array.from({ length: projects }, (_, at) => limit(() => fillProject(store, projectName(at), wheels, path))),
    );
    await renderRoot(store);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fillProject(store: ObjectStore, project: string, wheels: number, path: string): Promise<void> {
  for (let at = 0; at < wheels; at++) {
    const version = `1.${at}`;
    const metadata = Buffer.from(`Metadata-Version: 2.1\nName: ${project}\nVersion: ${version}\n`);
    const record: WheelRecord = {
      ...{ schema: 1, project, version, filename: `${project.replace('-', '_')}-${version}-py3-none-any.whl` },
      ...{ sha256: sha256('some bytes'), size: 10, metadataSha256: sha256(metadata) },
      ...{ visibility: 'public', origin: 'built', uploadedAt: '2026-01-01T00:00:00.000Z' },
    };
    await publishWheel(store, { record, path, metadata });
  }
  await renderProject(store, project);
}
