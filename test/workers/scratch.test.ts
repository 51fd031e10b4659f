import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import t from 'tap';
import { readConfig } from '../../src/config.ts';
import { makeScratch } from '../../src/workers/scratch.ts';

t.test('what dead processes of this host left goes, all else stays', async (t) => {
  const { instance } = readConfig({});
  const of = (pid: number) => `${instance.replace(`-${process.pid}-`, `-${pid}-`)}-AbC123`;
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  const stays = [of(process.ppid), `elsewhere-${dead}-mbq1-AbC123`, 'notes'];
  const goes = [of(dead), of(process.pid)];
  const root = t.testdir(Object.fromEntries([...stays, ...goes].map((name) => [name, { 'six.tar.gz': '' }])));
  const made = await makeScratch(root, instance);
  t.same((await readdir(root)).sort(), [...stays, basename(made)].sort());
  t.same(await readdir(made), []);
});
