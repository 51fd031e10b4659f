import { createHash } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createCacheUses, dayOf } from '../../src/storage/cache-uses.ts';
import { evictCache } from '../../src/storage/evict-cache.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { startSeaweed } from '../services/seaweedfs.ts';

const STORES: Record<string, (t: Test) => Promise<ObjectStore>> = {
  'the file store': async (t) => createFileStore({ folder: join(t.testdir({}), 'bucket') }),
  'the S3 store': async (t) => createS3Store(await startSeaweed(t)),
};

const SIZE = 1000;
const SIX = ['1', '2', '3', '4', '5', '6'].map((one) => `today-${one}`);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** An hour from now: what the tests write has been there for long. */
const now = new Date(Date.now() + 60 * MINUTE);
const ago = (days: number) => dayOf(new Date(now.getTime() - days * DAY));
const TODAY = ago(0);
const hashOf = (name: string) => createHash('sha256').update(name).digest('hex');

async function listed(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

/** Names of the files that are left. */
const left = async (store: ObjectStore) =>
  (await listed(store, paths.upstreamFiles())).map((key) => key.split('/').at(-1)).sort();

/** A file that was read through, and the days on which it was used. */
async function keep(store: ObjectStore, name: string, ...days: string[]): Promise<void> {
  await store.put(paths.upstreamFile(hashOf(name), name), Buffer.alloc(SIZE));
  for (const day of days) await store.put(paths.upstreamUse(day, hashOf(name), SIZE), '');
}

for (const [name, open] of Object.entries(STORES))
  t.test(`${name}: what was read through leaves, the least recently used by day first`, async (t) => {
    const store = await open(t);
    t.teardown(() => store.close());
    const others = ['wheels/a/b.json', 'upstream/metadata/x', 'upstream/0123/pages/a.json', 'sdists/a/x/a.tar.gz'];
    for (const key of others) await store.put(key, Buffer.alloc(SIZE));
    await keep(store, 'old', ago(70), ago(69));
    await keep(store, 'older', ago(71));
    await keep(store, 'came-back', ago(300), TODAY);
    await keep(store, 'yesterday', ago(1));
    for (const one of SIX) await keep(store, one, TODAY);
    await store.put(paths.upstreamUse(ago(9), hashOf('gone'), SIZE), '');
    await store.put(paths.upstreamUse(TODAY, hashOf('coming'), SIZE), '');
    await store.put('upstream/uses/what-is-this', '');

    t.same(await evictCache(store, { limit: 10 * SIZE, now }), { files: 0, bytes: 0 }, 'all fit');
    t.equal((await left(store)).length, 10);
    t.strictSame(
      (await listed(store, paths.upstreamUses())).filter((key) => !key.includes(`/${TODAY}/`)),
      [
        paths.upstreamUse(ago(71), hashOf('older'), SIZE),
        paths.upstreamUse(ago(69), hashOf('old'), SIZE),
        paths.upstreamUse(ago(1), hashOf('yesterday'), SIZE),
      ],
      'marks that later ones replace, that have no file or no meaning are removed',
    );
    t.ok(await store.head(paths.upstreamUse(TODAY, hashOf('coming'), SIZE)), 'the mark of a file on its way stays');

    t.same(await evictCache(store, { limit: 9 * SIZE, now }), { files: 2, bytes: 2 * SIZE }, 'down to 90 %');
    t.strictSame(await left(store), ['came-back', ...SIX, 'yesterday']);
    t.same(await evictCache(store, { limit: 9 * SIZE, now }), { files: 0, bytes: 0 }, 'again: nothing to do');

    await keep(store, 'unmarked');
    await evictCache(store, { limit: 8.9 * SIZE, now });
    t.strictSame(
      await left(store),
      ['came-back', ...SIX, 'unmarked'],
      'a file whose mark could not be written counts from the day it came',
    );
    t.match(await evictCache(store, { limit: 0 }), { files: 0 }, 'what came a moment ago stays for the moment');
    t.same(await evictCache(store, { limit: 0, now }), { files: 8, bytes: 8 * SIZE }, 'none is kept with a limit of 0');
    t.strictSame(await left(store), []);
    t.strictSame(await listed(store, paths.upstreamUses()), [paths.upstreamUse(TODAY, hashOf('coming'), SIZE)]);
    for (const key of others) t.ok(await store.head(key), `${key} is not its business`);
  });

t.test('several at once, and an end in the middle', async (t) => {
  const store = createFileStore({ folder: join(t.testdir({}), 'bucket') });
  for (let at = 0; at < 40; at += 1) await keep(store, `file-${at}`, ago(at));
  const control = new AbortController();
  control.abort(new Error('the worker ends'));
  await t.rejects(evictCache(store, { limit: 0, now, signal: control.signal }), { message: 'the worker ends' });
  t.equal((await left(store)).length, 40);
  await Promise.all(Array.from({ length: 5 }, () => evictCache(store, { limit: 20 * SIZE, now })));
  t.equal((await left(store)).length, 18);
});

t.test('a use is noted once a day, and one that could not be written the next time', async (t) => {
  const store = createFileStore({ folder: join(t.testdir({}), 'bucket') });
  let time = now;
  let fails = false;
  const puts: Promise<void>[] = [];
  const put: ObjectStore['put'] = (key, content) => {
    const done = fails ? Promise.reject(new Error('the store is away')) : store.put(key, content);
    puts.push(done);
    return done;
  };
  const noteUse = createCacheUses({ put }, () => time);
  const uses = async () => {
    await Promise.allSettled(puts);
    return listed(store, paths.upstreamUses());
  };
  const [one, two] = [hashOf('one'), hashOf('two')];
  noteUse(one, 1);
  noteUse(one, 1);
  noteUse(two, 2);
  t.strictSame(await uses(), [paths.upstreamUse(TODAY, one, 1), paths.upstreamUse(TODAY, two, 2)].sort());
  t.equal(puts.length, 2);
  time = new Date(now.getTime() + DAY);
  fails = true;
  noteUse(one, 1);
  t.equal((await uses()).length, 2);
  fails = false;
  noteUse(one, 1);
  t.match(await uses(), { length: 3, 2: paths.upstreamUse(ago(-1), one, 1) });
});
