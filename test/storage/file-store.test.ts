import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { createFileStore } from '../../src/storage/file-store.ts';
import { objectStoreContract } from '../contract/object-store.ts';

objectStoreContract(t, 'the file store', async (t) => {
  const folder = t.testdir();
  return () => createFileStore({ folder });
});

t.test('keeps its unfinished files out of listings and clears old ones away', async (t) => {
  const folder = t.testdir({ '.tmp': { old: 'left behind', young: 'being written' } });
  const longAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
  utimesSync(join(folder, '.tmp', 'old'), longAgo, longAgo);
  const store = createFileStore({ folder });
  const keys: string[] = [];
  for await (const key of store.list('')) keys.push(key);
  t.same(keys, []);
  await store.close();
  t.same(readdirSync(join(folder, '.tmp')), ['young']);
});

t.test('leaves no unfinished file and no empty folder behind', async (t) => {
  const folder = t.testdir();
  const store = createFileStore({ folder });
  await store.put('a/b/c', 'x');
  await t.rejects(store.put('a/b/d', Readable.from([Symbol('no bytes')])));
  t.same(readdirSync(join(folder, '.tmp')), []);
  await store.remove('a/b/c');
  t.notOk(existsSync(join(folder, 'a')));
});

t.test('ignores what is no object', async (t) => {
  const folder = t.testdir({ a: { é: 'x', 'b"': 'x', good: 'x', empty: {} } });
  const store = createFileStore({ folder });
  const keys: string[] = [];
  for await (const key of store.list('')) keys.push(key);
  t.same(keys, ['a/good']);
});

t.test('names a key that is the folder of another', async (t) => {
  const store = createFileStore({ folder: t.testdir() });
  await store.put('a/b', 'x');
  await t.rejects(store.put('a', 'x'), { code: 'internal' });
  await t.rejects(store.put('a/b/c', 'x'), { code: 'internal' });
  t.equal((await store.read('a/b'))?.toString(), 'x');
});

t.test('says so when the disk is full or read-only, and keeps nothing half-written', async (t) => {
  // Needs root for the mount; CI has it, and elsewhere this must fail rather than look tried.
  const folder = mkdtempSync(join(tmpdir(), 'wheelmill-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  t.teardown(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const store = createFileStore({ folder });
  await store.put('small', 'fits');
  const big = () => Buffer.alloc(2 * 1024 * 1024);
  await t.rejects(store.put('big', big()), { code: 'store-full', status: 507 });
  await t.rejects(store.put('small', Readable.from([big()])), { code: 'store-full' }, 'with a stream');
  t.equal(await store.head('big'), undefined);
  t.equal((await store.read('small'))?.toString(), 'fits', 'the old version stays');
  t.same(readdirSync(join(folder, '.tmp')), []);
  await store.check();

  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await t.rejects(store.put('small', 'new'), { code: 'store-denied' });
  await t.rejects(store.remove('small'), { code: 'store-denied' });
  await t.rejects(store.check(), { code: 'store-denied' });
  t.equal((await store.read('small'))?.toString(), 'fits');
});

t.test('says so when its folder cannot be one', async (t) => {
  const folder = join(t.testdir(), 'file');
  writeFileSync(folder, 'a file');
  const store = createFileStore({ folder });
  await t.rejects(store.check(), { code: 'internal' });
  mkdirSync(`${folder}-new`);
  await createFileStore({ folder: `${folder}-new/deep/er` }).check();
});
