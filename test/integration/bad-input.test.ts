import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { testTargets } from '../services/docker.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { json, post, prebuild, settled, states } from './client.ts';
import { type LocalIndex, startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';

t.setTimeout(300_000);

const WRONG = '0'.repeat(64);
const BROKEN_BUILD = `
print('compiling broken.c', flush=True)
raise RuntimeError('the broken module does not compile')`;
const PAINTED_BUILD = `
print('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07<script>alert(1)</script> a\\x08b \\x9b2J', flush=True)
raise RuntimeError('painted')`;

/** One upstream with all that can be wrong with a package. */
async function badIndex(t: Test): Promise<LocalIndex> {
  const index = await startLocalIndex(t);
  await index.addSdist('millgood', '1.0');
  await index.addSdist('millgood', '1.2');
  await index.addSdist('millbroken', '1.0', { build: BROKEN_BUILD });
  await index.addSdist('millpainted', '1.0', { build: PAINTED_BUILD });
  await index.addSdist('millswapped', '1.0', { sha256: WRONG });
  await index.addSdist('millrenamed', '1.0', { product: { name: 'millgood', version: '1.0' } });
  await index.addSdist('millrenumbered', '1.0', { product: { name: 'millrenumbered', version: '2.0' } });
  await index.addSdist('millold', '1.0', { requiresPython: '<3.8' });
  const wheel = async (name: string, version: string, requires: string[] = [], listing = {}) => {
    const { filename, bytes } = await realWheel(name, version, requires);
    index.addWheel(name, filename, bytes, listing);
  };
  await wheel('milltampered', '1.0', [], { sha256: WRONG });
  await wheel('millbase', '1.0');
  await wheel('millbase', '2.0');
  await wheel('milleast', '1.0', ['millbase<2']);
  await wheel('millwest', '1.0', ['millbase>=2']);
  await wheel('millorphan', '1.0', ['wheelmill-has-no-such-project']);
  return index;
}

type Case = {
  what: string;
  list: string;
  query?: string;
  state: PrebuildView['state'];
  /** Reason and message of each failed item; `stored` of the others. */
  items: Record<string, [reason: string, message: RegExp] | 'stored'>;
  /** Of the list as a whole. */
  failure?: { reason: string; message: RegExp };
};

const cases: Case[] = [
  {
    what: 'a project nobody has',
    list: 'wheelmill-has-no-such-project==1.0\n',
    state: 'failed',
    items: { 'wheelmill-has-no-such-project': ['no-such-version', /wheelmill-has-no-such-project==1\.0.*spelling/] },
  },
  {
    what: 'a version that does not exist',
    list: 'millgood==9.9\n',
    state: 'failed',
    items: { millgood: ['no-such-version', /no version that is millgood==9\.9\. The newest versions .* 1\.2, 1\.0/] },
  },
  {
    what: 'a hash of the list that no file has',
    list: `millgood==1.0 --hash=sha256:${WRONG}\n`,
    state: 'failed',
    items: { millgood: ['hash-mismatch', /None of the list's hashes for millgood==1\.0/] },
  },
  {
    what: 'an sdist whose bytes are not those of the index',
    list: 'millswapped==1.0\n',
    state: 'failed',
    items: { millswapped: ['hash-mismatch', /millswapped-1\.0\.tar\.gz as downloaded has the SHA-256 \w+, but/] },
  },
  {
    what: 'a wheel whose bytes are not those of the index',
    list: 'milltampered==1.0\n',
    state: 'failed',
    items: { milltampered: ['hash-mismatch', /milltampered-1\.0-py3-none-any\.whl as downloaded has the SHA-256/] },
  },
  {
    what: 'a build that fails beside one that works',
    list: 'millbroken==1.0\nmillgood==1.0\n',
    state: 'partial',
    items: { millbroken: ['build-error', /the broken module does not compile/], millgood: 'stored' },
  },
  {
    what: 'a build that gives a wheel of another project',
    list: 'millrenamed==1.0\n',
    state: 'failed',
    items: { millrenamed: ['bad-wheel', /millgood/] },
  },
  {
    what: 'a build that gives a wheel of another version',
    list: 'millrenumbered==1.0\n',
    state: 'failed',
    items: { millrenumbered: ['bad-wheel', /2\.0/] },
  },
  {
    what: 'a project for older Pythons only',
    list: 'millold\n',
    state: 'failed',
    items: { millold: ['python-incompatible', /millold needs Python <3\.8; the target .* has 3\./] },
  },
  {
    what: 'lines that contradict each other through what they need',
    list: 'milleast\nmillwest\n',
    state: 'failed',
    items: {},
    failure: { reason: 'resolve-failed', message: /milleast.*millbase<2.*millwest|millwest.*millbase>=2.*milleast/s },
  },
  {
    what: 'a dependency nobody has',
    list: 'millorphan\n',
    state: 'failed',
    items: {},
    failure: { reason: 'resolve-failed', message: /wheelmill-has-no-such-project was not found.*millorphan/s },
  },
  {
    what: 'a dependency nobody has, which was not asked for',
    list: 'millorphan\n',
    query: 'deps=false',
    state: 'ready',
    items: { millorphan: 'stored' },
  },
];

const listUrl = (url: string, list: string) => `${url}/lists/${createHash('sha256').update(list).digest('hex')}`;

t.test('what is wrong is told', async (t) => {
  const index = await badIndex(t);
  const server = await startServer(t, localSettings(index, t.testdir()));

  await Promise.all(
    cases.map(async ({ what, list, query, state, items, failure }) => {
      const ended = await prebuild(server.url, list, query);
      t.equal(ended.state, state, what);
      t.same(ended.items.map((one) => one.project).sort(), Object.keys(items).sort(), what);
      for (const item of ended.items) {
        const expected = items[item.project]!;
        if (expected === 'stored') t.equal(item.state, 'stored', what);
        else t.match(item, { state: 'failed', reason: expected[0], message: expected[1], hint: /\w/ }, what);
      }
      if (failure) t.match(ended.failure, failure, what);
      else t.equal(ended.failure, undefined, what);
    }),
  );
  const asked = (pattern: RegExp) => index.requests.filter((one) => pattern.test(one.url ?? '')).length;
  t.equal(asked(/millswapped-1\.0\.tar\.gz$/), 1, 'a wrong hash is not fetched again');
  t.equal(asked(/milltampered-1\.0-py3-none-any\.whl$/), 1, 'nor that of a wheel');
  for (const project of ['millswapped', 'milltampered', 'millrenamed', 'millrenumbered', 'millbroken', 'millold'])
    t.equal((await fetch(`${server.url}/stored/simple/${project}/`)).status, 404, `nothing of ${project} is listed`);

  await t.test('the log of a failed build', async (t) => {
    const { items } = await prebuild(server.url, 'millbroken==1.0\nmillgood==1.0\n');
    const broken = items.find((one) => one.project === 'millbroken')!;
    // What goes to stdout and to stderr comes by two ways, of which neither waits for the other.
    for (const said of [/compiling broken\.c/, /the broken module does not compile/])
      t.match(broken.logTail, said, 'its end is in the answer');
    t.match(await (await fetch(broken.log!)).text(), /compiling broken\.c/, 'the whole is behind its link');
    const build = await json<object>(`${server.url}/api/v1/builds/${broken.build}`);
    t.match(build, { state: 'failed', reason: 'build-error', hint: /log tail/, retry: false });

    const [painted] = (await prebuild(server.url, 'millpainted==1.0\n')).items;
    const answer = await fetch(painted!.log!);
    t.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
    t.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    const text = await answer.text();
    t.match(text, /red <script>alert\(1\)<\/script> ab/, 'text stays text');
    t.notMatch(
      text + painted!.logTail,
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/,
      'no escapes, no control characters',
    );
  });

  await t.test('what has worked of a partial prebuild can be used', async (t) => {
    const list = 'millbroken==1.0\nmillgood==1.0\n';
    const { requirements, wheels } = await prebuild(server.url, list);
    const locked = await (await fetch(requirements!)).text();
    t.match(locked, /^# missing: millbroken 1\.0 \(build-error\)$/m);
    t.match(locked, /^millgood==1\.0 \\\n {4}--hash=sha256:[0-9a-f]{64}$/m);
    const { runtime } = testTargets()[0]!;
    const install = `pip install -q --no-index --find-links ${wheels} --require-hashes -r ${requirements}`;
    t.match(await inSlim(runtime, `${install} && python -c 'import millgood; print(millgood.version)'`), /1\.0/);

    const answer = await fetch(`${listUrl(server.url, list)}/requirements.txt`);
    t.equal(answer.status, 409);
    t.match(answer.statusText, /prebuild of this list ended without millbroken \(build-error\), see http:\S+$/);
    const pip = await inSlim(runtime, `pip install -r ${listUrl(server.url, list)}/requirements.txt 2>&1 || true`);
    t.match(pip, /409 Client Error: Wheelmill: the prebuild of this list ended without millbroken/, 'pip shows it');
  });

  await t.test('an unknown list is told to pip', async (t) => {
    const url = `${listUrl(server.url, 'never posted\n')}/requirements.txt`;
    const pip = await inSlim(testTargets()[0]!.runtime, `pip install -r ${url} 2>&1 || true`);
    t.match(
      pip,
      /404 Client Error: Wheelmill does not know this list\. Run: wheelmill prebuild .*curl -F requirements=@/,
    );
  });

  await t.test('a failed list posted again is tried again', async (t) => {
    const list = 'millmended==1.0\n';
    await index.addSdist('millmended', '1.0', { build: BROKEN_BUILD });
    const first = await prebuild(server.url, list);
    t.match(first, { state: 'failed', attempt: 1 });
    const again = await post(server.url, list);
    t.match(again, { status: 202, body: { id: first.id, attempt: 2 } });
    t.match(await settled(server.url, first.id), { state: 'failed', attempt: 2 }, 'unchanged it fails again');

    index.remove('millmended');
    await index.addSdist('millmended', '1.0');
    const mended = await prebuild(server.url, list);
    t.match(mended, { id: first.id, attempt: 3, state: 'ready' });
    t.same(states(mended), { millmended: 'build stored' });
    const old = await json<PrebuildView>(`${first.url}?attempt=1`);
    t.match(old, { state: 'failed', attempt: 1 }, 'what was is still told');
  });
});
