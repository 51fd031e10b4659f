import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { runWheelmill } from '../services/command.ts';
import { testTargets } from '../services/docker.ts';
import { freePorts } from '../services/process.ts';
import { send } from '../upstream/index-server.ts';
import { settled } from './client.ts';
import { gatedSdist } from './gated-sdist.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';

t.setTimeout(300_000);

t.test('the command line against a server', async (t) => {
  const [target] = testTargets();
  const index = await startLocalIndex(t);
  await index.addSdist('millgood', '1.0');
  await index.addSdist('millbroken', '1.0', {
    build: "print('\\x1b[1mcompiling\\x1b[0m', flush=True)\nraise RuntimeError('the broken module does not compile')",
  });
  const folder = t.testdir({
    'requirements.txt': 'millgood==1.0\nmillgone==1; sys_platform == "win32"\n',
    'broken.txt': 'millbroken==1.0\nmillgood==1.0\n',
    'missing.txt': 'wheelmill-has-no-such-project\n',
    'faults.txt': 'millgood=1.0\nmillgood==1.0\n-e .\n./here\n',
    data: {},
    other: {},
  });
  const settings = localSettings(index, join(folder, 'data'));
  const server = await startServer(t, settings);
  const prebuild = (args: string[], input?: string) =>
    runWheelmill(['prebuild', ...args], { WHEELMILL_SERVER: server.url }, input);
  const file = (name: string) => join(folder, name);

  await t.test('a list whose wheels are all made', async (t) => {
    const ran = await prebuild(['-r', file('requirements.txt')]);
    t.equal(ran.code, 0, ran.err);
    const lines = ran.err.trim().split('\n');
    t.match(lines[0], /^prebuild [0-9a-f]{32}: planning$/);
    t.match(lines.at(-1), /^(prebuild [0-9a-f]{32}: ready| {2}millgood 1\.0 +build +stored)$/);
    t.notMatch(ran.err + ran.out, /\u001b/, 'plain lines where there is no terminal');
    t.match(ran.out, /^ready: 1 of 1 wheels \(1 built, 0 mirrored, 0 already there\)/);
    t.match(ran.out, new RegExp(`^FROM ${target!.runtime}$`, 'm'), 'the lines for a Dockerfile');
    t.match(ran.out, new RegExp(`^ARG WHEELMILL=${server.url}$`, 'm'));
    t.match(ran.out, /--mount=type=bind,source=requirements\.txt/);
    const noDeps = await prebuild(['-r', file('requirements.txt'), '--no-deps']);
    t.match(noDeps.out, /The wheels, for --find-links: http:\S+\/wheels\/$/m);
  });

  await t.test('a list with a build that fails', async (t) => {
    const ran = await prebuild(['-r', file('broken.txt')]);
    t.equal(ran.code, 1);
    t.match(ran.err, /^ {2}millbroken 1\.0 +build +failed: build-error$/m);
    t.match(ran.out, /^partial: 1 of 2 wheels/);
    t.match(ran.out, /^millbroken 1\.0: build-error: .*the broken module does not compile/m);
    t.match(ran.out, /^ {2}\| .*the broken module does not compile/m, 'the end of the log');
    t.notMatch(ran.out, /\u001b/);
    const page = /^ {2}log: (http:\S+\/dashboard\/builds\/[0-9a-f]{64})$/m.exec(ran.out)?.[1];
    t.match(await (await fetch(page!)).text(), /compiling/, 'and a link to the page that has all of it');
    t.notMatch(ran.out, /FROM /);
  });

  await t.test('a list that cannot be planned', async (t) => {
    const ran = await prebuild(['-r', file('missing.txt')]);
    t.equal(ran.code, 1);
    t.match(ran.out, /^wheelmill-has-no-such-project: no-such-version: .*Check the spelling/m);
    t.equal(ran.out.match(/spelling/g)?.length, 1, 'what to do is said once');
  });

  await t.test('for programs', async (t) => {
    const ran = await prebuild(['-r', file('broken.txt'), '--json']);
    t.equal(ran.code, 1);
    t.match(
      JSON.parse(ran.out),
      {
        state: 'partial',
        items: [
          { project: 'millbroken', reason: 'build-error' },
          { project: 'millgood', state: 'stored' },
        ],
      },
      'standard output is one JSON text',
    );
  });

  await t.test('from standard input, without waiting', async (t) => {
    const list = 'millgood==1.0  # from a pipe\n';
    const ran = await prebuild(['-r', '-', '--no-wait'], list);
    t.equal(ran.code, 0, ran.err);
    t.match(ran.out, /^http:\S+\/api\/v1\/prebuilds\/[0-9a-f]{32}\n$/);
    t.match(await settled(server.url, ran.out.trim().split('/').at(-1)!), { state: 'ready' });
    const sha256 = createHash('sha256').update(list).digest('hex');
    t.equal((await fetch(`${server.url}/lists/${sha256}/requirements.txt`)).status, 200, 'the same bytes');
  });

  await t.test('a list with faults', async (t) => {
    const ran = await prebuild(['-r', file('faults.txt')]);
    t.equal(ran.code, 2);
    t.match(ran.err, /^wheelmill: The list has 3 faults; nothing was started\.\nline 1: .*\nline 3: .*\nline 4: /);
    await writeFile(file('empty.txt'), '');
    t.match(await prebuild(['-r', file('empty.txt')]), { code: 2, err: /fault/ });
    t.match(await prebuild(['-r', file('requirements.txt'), '--target', 'python-9']), {
      code: 2,
      err: /There is no target "python-9"; nothing was started\. There are: /,
    });
  });

  await t.test('a server that is away', async (t) => {
    const [port] = await freePorts(1);
    const ran = await prebuild(['-r', file('requirements.txt'), '--server', `http://127.0.0.1:${port}`]);
    t.match(ran, { code: 3, out: '', err: /^wheelmill: No Wheelmill server answers at .*\. Start one with/ });
    index.routes.set('/portal/api/v1/prebuilds', send('<form>Log in</form>', 'text/html'));
    for (const [url, status] of [
      [index.origin, 404],
      [`${index.origin}/portal`, 200],
    ]) {
      const stranger = await prebuild(['-r', file('requirements.txt'), '--server', String(url)]);
      t.match(stranger, {
        code: 3,
        out: '',
        err: new RegExp(`^wheelmill: \\S+ answered ${status} .*a Wheelmill server\\?\n$`),
      });
    }
  });

  await t.test('the doctor', async (t) => {
    const ran = await runWheelmill(['doctor'], { ...settings, WHEELMILL_DATA_DIR: join(folder, 'other') });
    t.equal(ran.code, 0, ran.out);
    for (const what of ['engine', 'target', 'queue', 'store', 'upstream'])
      t.match(ran.out, new RegExp(`^(ok|warning) +${what}`, 'm'));
    t.match(ran.out, /^(All is well\.|Nothing is wrong; \d+ warnings?\.)$/m);
  });

  await t.test('logs that are followed from the planning on, until the server goes', async (t) => {
    const gate = await gatedSdist(index, 'millgated', "print('before the gate', flush=True)");
    const post = async (list: string) => (await prebuild(['-r', '-', '--no-wait'], list)).out.trim().split('/').at(-1)!;
    const id = await post('millgated==1.0\nmillgood==1.0\n');
    const following = runWheelmill(['logs', '-f', id], { WHEELMILL_SERVER: server.url });
    await gate.reached;
    gate.open();
    const { code, out, err } = await following;
    t.match({ code, err }, { code: 0, err: '' });
    t.match(out, /^==> millgated 1\.0 <==\n[\s\S]*before the gate\n[\s\S]*the gate is open/);

    const other = await gatedSdist(index, 'millgated2', "print('before the gate', flush=True)");
    const cut = runWheelmill(['logs', '-f', await post('millgated2==1.0\n')], { WHEELMILL_SERVER: server.url });
    await other.reached;
    await server.stop();
    t.match(await cut, { code: 3, err: /^wheelmill: No Wheelmill server answers at \S+ Start one with / });
  });
});
