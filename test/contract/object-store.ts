import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Test } from 'tap';
import { sha256Hex } from '../../src/core/sha256.ts';
import type { ListOptions, ObjectStore } from '../../src/storage/object-store.ts';

const MB = 1024 * 1024;

async function listed(store: ObjectStore, prefix: string, options?: ListOptions) {
  const keys: string[] = [];
  for await (const key of store.list(prefix, options)) keys.push(key);
  return keys;
}

async function text(store: ObjectStore, key: string) {
  return (await store.read(key))?.toString();
}

/** Gives a first piece and then fails, as a download that breaks off. */
function brokenStream(error: Error) {
  return Readable.from(
    (async function* () {
      yield Buffer.alloc(MB, 'x');
      throw error;
    })(),
  );
}

/** What `list` must give, computed from all keys. */
function expected(keys: readonly string[], prefix: string, options: ListOptions) {
  const cut = (key: string) => {
    const slash = key.indexOf('/', prefix.length);
    return options.folders && slash >= 0 ? key.slice(0, slash + 1) : key;
  };
  const isDeep = (key: string) => key.indexOf('/', prefix.length) >= 0;
  const own = keys.filter((key) => key.startsWith(prefix) && !(options.shallow && isDeep(key))).map(cut);
  return [...new Set(own)].filter((key) => key > (options.after ?? '')).sort();
}

const ORDER_KEYS = [
  'order/a-b',
  'order/a/b',
  'order/a/c/d',
  'order/a.c',
  'order/a b',
  'order/a+1/x',
  'order/a0',
  'order/-first',
  'order/10/x',
  'order/10-1',
  'order/1',
  'order/007',
  'order/1e5',
  'order/B',
  'order/b/deep/er/x',
  'order/b/deep-1',
  'order/~last',
  'orderly/x',
];

const LIST_ROWS: { prefix: string; after?: string }[] = [
  { prefix: 'order/' },
  { prefix: 'order' },
  { prefix: 'order/a' },
  { prefix: 'order/a/' },
  { prefix: 'order/b/deep' },
  { prefix: 'order/nothing' },
  { prefix: 'nothing/' },
  ...[...ORDER_KEYS, 'order/', 'order/a/', 'order/a', 'order/a+1/', 'order/0', 'order/zz', 'a', 'z'].map((after) => ({
    prefix: 'order/',
    after,
  })),
  { prefix: 'order/a', after: 'order/a-b' },
  { prefix: 'order/a', after: 'order/a/b' },
  { prefix: 'order/b/', after: 'order/a' },
];

const ODD_KEYS = [
  'odd/numpy-1.0+cpu-py3-none-any.whl',
  'odd/a_b-1!2.0-1_0a1b-py3-none-any.whl',
  'odd/with space',
  'odd/per%20cent%',
  'odd/plus+plus',
  'odd/a=b@c,d(e)~',
  'odd/...',
  `odd/${'x'.repeat(200)}`,
];

const BAD_KEYS = [
  '',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  'a/../b',
  'a/./b',
  '../a',
  'a\\b',
  'a\u0000b',
  'a\nb',
  'é',
  'a"b',
  '.tmp/a',
  `a/${'x'.repeat(256)}`,
  Array.from({ length: 300 }, () => 'part').join('/'),
];

/**
 * What every object store must do, on a store that is empty. `second` is the same place as another process would open
 * it.
 */
export function objectStoreContract(t: Test, name: string, make: (t: Test) => Promise<() => ObjectStore>) {
  t.test(`${name} keeps the contract of object stores`, async (t) => {
    const openPlace = await make(t);
    const store = openPlace();
    const second = openPlace();
    t.teardown(() => Promise.all([store.close(), second.close()]));

    t.test('gives back what was put, from every kind of content', async (t) => {
      const path = join(t.testdir({ file: 'from a file', empty: '' }), 'file');
      const rows: [string, Parameters<ObjectStore['put']>[1], string][] = [
        ['trip/buffer', Buffer.from('bytes'), 'bytes'],
        ['trip/string', 'text with é', 'text with é'],
        ['trip/file', { path }, 'from a file'],
        ['trip/stream', Readable.from([Buffer.from('in '), Buffer.from('pieces')]), 'in pieces'],
        ['trip/empty-buffer', Buffer.alloc(0), ''],
        ['trip/empty-file', { path: join(path, '..', 'empty') }, ''],
        ['trip/empty-stream', Readable.from([]), ''],
      ];
      for (const [key, content, bytes] of rows) {
        await store.put(key, content);
        t.equal(await text(store, key), bytes, key);
        t.equal(await text(second, key), bytes, `${key}, seen by another process`);
        const opened = await store.open(key);
        t.equal((await buffer(opened?.body ?? Readable.from([]))).toString(), bytes, `${key}, opened`);
        t.match(await store.head(key), { key, size: Buffer.byteLength(bytes), modified: Date }, `${key}, head`);
        t.same(await store.head(key), opened && (({ body, ...info }) => info)(opened), `${key}, head equals open`);
      }
      t.same(await listed(store, 'trip/'), rows.map(([key]) => key).sort(), 'empty ones are listed too');
    });

    t.test('streams 20 MB', async (t) => {
      const bytes = randomBytes(20 * MB);
      const path = join(t.testdir({ big: bytes }), 'big');
      await store.put('big/stream', createReadStream(path));
      await store.put('big/file', { path });
      for (const key of ['big/stream', 'big/file']) {
        const opened = await store.open(key);
        t.equal(opened?.size, bytes.length);
        t.equal(sha256Hex(await buffer(opened?.body ?? Readable.from([]))), sha256Hex(bytes), key);
      }
    });

    t.test('shows readers whole versions only', async (t) => {
      const version = (letter: string) => Buffer.alloc(2 * MB, letter);
      await store.put('whole/x', version('a'));
      let writing = true;
      const writers = [store, second].map(async (one, at) => {
        for (let round = 0; round < 5; round += 1) {
          await one.put('whole/x', Readable.from([version('bc'[at] ?? ''), version('bc'[at] ?? '')]));
        }
      });
      const seen = new Set<string>();
      const reader = (async () => {
        while (writing) {
          const bytes = (await second.read('whole/x')) ?? Buffer.from('nothing');
          seen.add(
            bytes.every((byte) => byte === bytes[0]) ? `${String.fromCharCode(bytes[0] ?? 0)}${bytes.length}` : 'mix',
          );
        }
      })();
      await Promise.all(writers);
      writing = false;
      await reader;
      const allowed = [`a${2 * MB}`, `b${4 * MB}`, `c${4 * MB}`];
      t.same(
        [...seen].filter((version) => !allowed.includes(version)),
        [],
      );
    });

    t.test('leaves things as they were when the content fails', async (t) => {
      const failure = new Error('the download broke off');
      await t.rejects(store.put('broken/new', brokenStream(failure)), failure, 'the source error comes out as it is');
      await store.put('broken/old', 'old');
      await t.rejects(store.put('broken/old', brokenStream(failure)), failure);
      await t.rejects(store.put('broken/new', { path: join(t.testdir(), 'missing') }), { code: 'ENOENT' });
      const source = brokenStream(failure);
      source.destroy();
      await t.rejects(store.put('broken/new', source), 'a stream that ended early is no empty object');
      t.equal(await store.head('broken/new'), undefined);
      t.equal(await text(store, 'broken/old'), 'old');
      t.same(await listed(store, 'broken/'), ['broken/old']);
    });

    t.test('stops when it is aborted', async (t) => {
      const waiting = new Readable({ read() {} });
      const abort = new AbortController();
      waiting.push('first');
      const put = store.put('aborted/x', waiting, { signal: abort.signal });
      abort.abort();
      await t.rejects(put, { name: 'AbortError' });
      t.equal(waiting.destroyed, true, 'the source is let go');
      await t.rejects(store.put('aborted/x', 'late', { signal: abort.signal }), { name: 'AbortError' });
      t.equal(await store.head('aborted/x'), undefined);

      await store.put('aborted/big', Buffer.alloc(8 * MB));
      const reading = new AbortController();
      const opened = await store.open('aborted/big', { signal: reading.signal });
      reading.abort();
      await t.rejects(buffer(opened?.body ?? Readable.from([])), { name: 'AbortError' });
    });

    t.test('gives ranges', async (t) => {
      await store.put('range/x', '0123456789');
      const rows: [number, number, string][] = [
        [0, 0, '0'],
        [0, 9, '0123456789'],
        [3, 5, '345'],
        [9, 9, '9'],
        [7, 100, '789'],
        [10, 12, ''],
        [100, 200, ''],
      ];
      for (const [start, end, bytes] of rows) {
        const opened = await store.open('range/x', { range: { start, end } });
        t.equal((await buffer(opened?.body ?? Readable.from(['none']))).toString(), bytes, `${start}-${end}`);
        t.equal(opened?.size, 10, `${start}-${end}: the size is the whole one`);
      }
      t.equal(await store.open('range/none', { range: { start: 0, end: 1 } }), undefined);
    });

    t.test('changes the ETag with the content', async (t) => {
      const etags = new Set<string | undefined>();
      for (let round = 0; round < 50; round += 1) {
        await store.put('etag/x', `${100 + round}`);
        etags.add((await store.head('etag/x'))?.etag);
      }
      t.equal(etags.size, 50);
      const { etag } = (await store.head('etag/x')) ?? {};
      t.match(etag, /^[^"\s]+$/);
      t.equal((await second.head('etag/x'))?.etag, etag, 'it is the same for everybody');
      t.equal((await store.head('etag/x'))?.etag, etag, 'and stays');
    });

    t.test('lists in the order of keys', async (t) => {
      await Promise.all(ORDER_KEYS.map((key) => store.put(key, key)));
      for (const row of LIST_ROWS) {
        for (const depth of [{}, { folders: true }, { shallow: true }]) {
          const options = { ...(row.after !== undefined && { after: row.after }), ...depth };
          t.same(
            await listed(store, row.prefix, options),
            expected(ORDER_KEYS, row.prefix, options),
            JSON.stringify({ ...row, ...depth }),
          );
        }
      }
      t.ok((await listed(store, '')).includes('order/a-b'), 'the empty prefix is everything');
      t.ok((await listed(store, '', { folders: true })).includes('order/'));
    });

    t.test('lists more than a page', async (t) => {
      const keys = Array.from(
        { length: 2100 },
        (_, at) => `many/${String((at * 7919) % 2100).padStart(4, '0')}/${at % 3}`,
      );
      for (let from = 0; from < keys.length; from += 100) {
        await Promise.all(keys.slice(from, from + 100).map((key) => store.put(key, '')));
      }
      for (const options of [
        {},
        { folders: true },
        { shallow: true },
        { after: 'many/1500/1' },
        { after: 'many/0700/', folders: true },
      ]) {
        t.same(await listed(store, 'many/', options), expected(keys, 'many/', options), JSON.stringify(options));
      }
      const first: string[] = [];
      for await (const key of store.list('many/')) {
        first.push(key);
        if (first.length === 3) break;
      }
      t.equal(first.length, 3, 'a listing may be left early');

      await store.put('many/0000/size', 'four');
      const sizes = new Map<string, number>();
      for await (const { key, size } of store.sizes('many/')) sizes.set(key, size);
      t.same([...sizes.keys()].sort(), [...keys, 'many/0000/size'].sort(), 'each key once, in whatever order');
      t.equal(sizes.get('many/0000/size'), 4);
      t.equal(sizes.get(keys[0]!), 0);
    });

    t.test('takes odd but legal keys', async (t) => {
      for (const key of ODD_KEYS) {
        await store.put(key, key);
        t.equal(await text(store, key), key, key);
      }
      t.same(await listed(store, 'odd/'), [...ODD_KEYS].sort());
      for (const key of ODD_KEYS) t.same(await listed(store, key), [key], `${key} as prefix`);
      for (const key of ODD_KEYS) await store.remove(key);
      t.same(await listed(store, 'odd/'), []);
    });

    t.test('refuses bad keys', async (t) => {
      for (const key of BAD_KEYS) {
        const refused = { code: 'bad-request' };
        await t.rejects(store.put(key, 'x'), refused, JSON.stringify(key));
        await t.rejects(store.open(key), refused);
        await t.rejects(store.read(key), refused);
        await t.rejects(store.head(key), refused);
        await t.rejects(store.remove(key), refused);
      }
      for (const prefix of ['/', '../', 'a//b', 'a\\', 'a/../b', '.tmp/x'])
        await t.rejects(listed(store, prefix), prefix);
    });

    t.test('removes', async (t) => {
      await store.put('gone/a/b/x', 'x');
      await store.put('gone/c', 'x');
      await store.remove('gone/a/b/x');
      t.equal(await store.head('gone/a/b/x'), undefined);
      t.equal(await store.open('gone/a/b/x'), undefined);
      t.equal(await store.read('gone/a/b/x'), undefined);
      t.same(await listed(second, 'gone/'), ['gone/c']);
      t.same(await listed(second, 'gone/', { folders: true }), ['gone/c'], 'a folder without files is none');
      await store.remove('gone/a/b/x');
      await store.remove('never/was');
      t.equal(await store.head('gone'), undefined, 'a folder is no object');
      t.equal(await store.open('gone'), undefined);
      t.equal(await store.read('gone'), undefined);
    });

    t.test('survives writers and removers of one folder', async (t) => {
      const rounds = Array.from({ length: 40 }, (_, at) => at);
      await Promise.all(
        [store, second].map(async (one, who) => {
          for (const at of rounds) {
            await one.put(`race/folder/${who}-${at}`, 'x');
            if (at % 4 !== 0) await one.remove(`race/folder/${who}-${at}`);
          }
        }),
      );
      t.equal((await listed(store, 'race/')).length, 20);
    });

    t.test('checks itself', async (t) => {
      await store.check();
      t.same(await listed(store, 'checks/'), [], 'and leaves nothing');
    });
  });
}
