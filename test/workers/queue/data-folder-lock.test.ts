import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { holdDataFolder } from '../../../src/workers/queue/data-folder-lock.ts';
import { startChild } from './child.ts';

/** A path that sockets of the test itself fit into, which those of `t.testdir` do not. */
function shortFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'wheelmill-lock-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const sockets = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.sock'));

/** Leaves a socket behind as a killed process does. */
async function leaveDeadSocket(folder: string, name: string): Promise<void> {
  const server = createServer().listen(join(folder, 'bound.sock'));
  await once(server, 'listening');
  renameSync(join(folder, 'bound.sock'), join(folder, name));
  await once(server.close(), 'close');
}

t.test('one holder at a time, told apart from others by a sentence; free again after its release', async (t) => {
  const folder = join(shortFolder(t), 'not', 'there', 'yet');
  const held = await holdDataFolder(folder);
  const refused = {
    name: 'WheelmillError',
    code: 'data-folder-in-use',
    message: new RegExp(
      `\\(pid ${process.pid}\\) uses the data folder .*WHEELMILL_DATA_DIR.*WHEELMILL_QUEUE_URL=redis://`,
    ),
  };
  await t.rejects(holdDataFolder(folder), refused);
  const link = join(shortFolder(t), 'link');
  symlinkSync(folder, link);
  await t.rejects(holdDataFolder(link), refused, 'the same folder by another name');
  t.equal(sockets(folder).length, 1);
  await held.release();
  t.same(readdirSync(folder), []);
  await (await holdDataFolder(folder)).release();
});

t.test('paths longer than a socket may have', async (t) => {
  const folder = join(shortFolder(t), 'ü'.repeat(100), 'x'.repeat(120));
  const held = await holdDataFolder(folder);
  t.match(sockets(folder), [/^lock-/]);
  await t.rejects(holdDataFolder(folder), { code: 'data-folder-in-use' });
  await held.release();
  t.same(readdirSync(folder), []);
});

t.test('what dead processes left is removed', async (t) => {
  const folder = shortFolder(t);
  const dead = ['lock-0000000000000000.sock', 'lock-ffffffffffffffff.sock', '.lock-0000000000000001.sock'];
  for (const name of dead) await leaveDeadSocket(folder, name);
  await leaveDeadSocket(folder, '.lock-0000000000000002.sock');
  utimesSync(join(folder, dead[2]!), 0, 0);
  writeFileSync(join(folder, 'lock-of-mine.sock'), 'not ours');
  const held = await holdDataFolder(folder);
  const left = sockets(folder).filter((name) => dead.includes(name));
  t.same(left, []);
  t.ok(statSync(join(folder, '.lock-0000000000000002.sock')), 'may be about to listen');
  t.ok(statSync(join(folder, 'lock-of-mine.sock')));
  await held.release();
});

t.test('a process that is alive but does not answer holds the folder', async (t) => {
  const folder = shortFolder(t);
  for (const name of ['lock-0000000000000000.sock', 'lock-ffffffffffffffff.sock']) {
    const mute = createServer().listen(join(folder, name));
    await once(mute, 'listening');
    await t.rejects(
      holdDataFolder(folder, { answerWithin: 100 }),
      { code: 'data-folder-in-use', message: /^Another Wheelmill process uses/ },
      name,
    );
    await once(mute.close(), 'close');
  }
});

t.test('those who knock learn that it is held, early and late', async (t) => {
  const folder = shortFolder(t);
  const held = await holdDataFolder(folder);
  const socket = connect(join(folder, sockets(folder)[0]!)).setEncoding('utf8');
  const [said] = await once(socket, 'data');
  t.equal(said, `pid ${process.pid}\nheld\n`);
  const closed = once(socket, 'close');
  await held.release();
  await closed;
});

t.test('a folder that cannot be had is a fault of the settings', async (t) => {
  const file = join(t.testdir({ file: 'x' }), 'file');
  await t.rejects(holdDataFolder(file), { code: 'bad-config', message: /EEXIST.*WHEELMILL_DATA_DIR/ });
  await t.rejects(holdDataFolder(join(file, 'below')), { code: 'bad-config', message: /ENOTDIR/ });
});

t.test('of many that start at once over dead sockets exactly one wins, also after kill -9 of the winner', async (t) => {
  const starters = Array.from({ length: 6 }, () => startChild(t, 'lock-starter.ts'));
  await Promise.all(starters.map((starter) => starter.said.first(1)));
  const root = shortFolder(t);
  let heard = 1;
  for (let round = 0; round < 60; round++) {
    const folder = join(root, String(round));
    mkdirSync(folder);
    for (let n = 0; n < round % 4; n++) await leaveDeadSocket(folder, `lock-${String(n).repeat(16)}.sock`);
    heard++;
    for (const starter of starters) starter.send(folder);
    const answers = await Promise.all(starters.map(async (starter) => (await starter.said.first(heard))[heard - 1]));
    if (answers.filter((answer) => answer === 'won').length !== 1) t.fail(`round ${round}`, { answers });
    if (!answers.every((answer) => answer === 'won' || answer === 'data-folder-in-use')) t.fail('code', { answers });
    heard++;
    for (const starter of starters) starter.send('release');
    await Promise.all(starters.map((starter) => starter.said.first(heard)));
  }
  const last = join(root, 'last');
  while (starters.length > 1) {
    heard++;
    for (const starter of starters) starter.send(last);
    const answers = await Promise.all(starters.map(async (starter) => (await starter.said.first(heard))[heard - 1]));
    t.equal(answers.filter((answer) => answer === 'won').length, 1, `${starters.length} starters`);
    const [winner] = starters.splice(answers.indexOf('won'), 1);
    await winner!.kill();
  }
});
