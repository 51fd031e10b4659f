import Type, { type Static } from 'typebox';
import { paths } from '../../storage/bucket-paths.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type Paced, paced } from './paced.ts';

const Count = Type.Integer({ minimum: 0 });

/** What is stored, as it was counted last. Sizes in bytes. */
export const StoreSizeSchema = Type.Object({
  countedAt: Type.String(),
  projects: Count,
  wheels: Count,
  wheelBytes: Count,
  sdistBytes: Count,
  logBytes: Type.Integer({ minimum: 0, description: 'Of builds: their logs and records' }),
  cacheBytes: Type.Integer({ minimum: 0, description: 'Of files of upstream that were read through' }),
  bytes: Type.Integer({ minimum: 0, description: 'Of these together' }),
});
export type StoreSize = Static<typeof StoreSizeSchema>;

const EVERY = 20_000;

/** Counts by listing, in the background: with ten thousand projects that takes seconds, and is then done every few minutes. */
export function countStore(store: ObjectStore): Paced<StoreSize> {
  return paced(
    async () => {
      const projects = new Set<string>();
      let wheels = 0;
      const wheelBytes = await sum(store, paths.projects(), (key) => {
        if (!key.endsWith('.whl')) return;
        wheels += 1;
        projects.add(key.split('/')[1] ?? '');
      });
      const sdistBytes = await sum(store, paths.allSdists());
      const logBytes = await sum(store, paths.allBuilds());
      const cacheBytes = await sum(store, paths.upstreamFiles());
      const bytes = wheelBytes + sdistBytes + logBytes + cacheBytes;
      const countedAt = new Date().toISOString();
      return { countedAt, projects: projects.size, wheels, wheelBytes, sdistBytes, logBytes, cacheBytes, bytes };
    },
    { every: EVERY },
  );
}

async function sum(store: ObjectStore, prefix: string, see: (key: string) => void = () => {}): Promise<number> {
  let bytes = 0;
  for await (const { key, size } of store.sizes(prefix)) {
    bytes += size;
    see(key);
  }
  return bytes;
}
