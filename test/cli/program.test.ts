import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import type { DryRun } from '../../src/api/prebuilds/dry-run-view.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { cli } from './run-cli.ts';
import { item, prebuildView } from './views.ts';

/** A server that gives one answer to the posting of a list, and knows one target. */
async function server(t: Test, status: number, answer: unknown): Promise<string> {
  const http = createServer((request, response) => {
    const isPost = request.method === 'POST';
    const body = isPost ? answer : { items: [{ name: 'python-3.13', runtime: { reference: 'python:3.13-slim' } }] };
    response.writeHead(isPost ? status : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    request.resume();
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.teardown(() => http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

const ended = (state: PrebuildView['state'], items: PrebuildView['items']) =>
  prebuildView(state, items, { endedAt: '2026-01-01T00:00:00.000Z' });

const usage: [args: string[], code: number, said: RegExp][] = [
  [['--help'], 0, /Commands:\n {2}serve .*\n {2}api .*\n {2}worker .*\n {2}prebuild /],
  [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
  [['prebuild', '--help'], 0, /--no-deps/],
  [[], 2, /Usage: wheelmill/],
  [['bild'], 2, /unknown command 'bild'/],
  [['prebuild'], 2, /required option '-r, --requirement <file>'/],
  [['prebuild', '-r', 'list', '--tarlet', 'x'], 2, /unknown option '--tarlet'/],
  [['prebuild', '-r', 'no/such/list', '--server', 'http://127.0.0.1:9'], 2, /list no\/such\/list cannot be read/],
  [['cancel', 'six', '--server', 'http://127.0.0.1:9'], 2, /"six" is neither a build key .* nor a prebuild id/],
  [['cancel', '0'.repeat(32), '--force', '--server', 'http://127.0.0.1:9'], 2, /cancelled without --force/],
  [['retry', '0'.repeat(64), '--server', 'http://127.0.0.1:9'], 3, /No Wheelmill server answers/],
  [['projects', 'foo bar'], 2, /^wheelmill: "foo bar" is not a project name: use letters/],
  [['logs', 'a b'], 2, /^wheelmill: "a b" is not a project name/],
  [['builds', '--project', '!!'], 2, /^wheelmill: "!!" is not a project name/],
  [['recipe', 'show', 'foo bar'], 2, /^wheelmill: "foo bar" is not a project name/],
  [
    ['builds', '--server', 'http://__token__:50%@127.0.0.1:9'],
    2,
    /^wheelmill: The token .* write a % of it as %25\.\n$/,
  ],
  [['prebuild', '-r', 'package.json', '--server', 'ftp://x'], 2, /"ftp:\/\/x" is no http/],
  [['prebuild', '-r', 'package.json', '--server', 'http://127.0.0.1:9'], 3, /No Wheelmill server answers at .*:9\./],
];

for (const [args, code, said] of usage) {
  t.test(`wheelmill ${args.join(' ')}`, async (t) => {
    const result = await cli(t, ...args);
    t.equal(result.code, code);
    t.match(result.out + result.err, said);
    t.notMatch(result.err, /\n {4}at /, 'no stack');
  });
}

t.test('settings with faults are told, and nothing starts', async (t) => {
  process.env.WHEELMILL_PORT = 'many';
  t.teardown(() => {
    delete process.env.WHEELMILL_PORT;
  });
  const { code, err } = await cli(t, 'serve');
  t.equal(code, 2);
  t.match(err, /^wheelmill: The settings have faults:\n {2}WHEELMILL_PORT must/);
});

const answers: [what: string, status: number, answer: unknown, code: number, said: RegExp][] = [
  ['ready', 200, ended('ready', [item('a', 'hit', 'stored')]), 0, /\nFROM python:3\.13-slim\n/],
  [
    'partial',
    200,
    ended('partial', [item('a', 'build', 'failed', { reason: 'build-error' })]),
    1,
    /a 1\.0: build-error/,
  ],
  ['failed', 200, ended('failed', []), 1, /^failed: 0 of 0/],
  [
    'a bad list',
    400,
    { code: 'bad-list', detail: 'The list has 2 faults\nline 1: x' },
    2,
    /^wheelmill: The list has 2/,
  ],
  ['no queue', 503, { code: 'queue-unavailable', detail: 'The queue is away.' }, 3, /The queue is away\./],
  ['no problem document', 502, 'Bad gateway', 3, /answered 502 Bad Gateway/],
];

for (const [what, status, answer, code, said] of answers) {
  t.test(`prebuild: ${what}`, async (t) => {
    const list = `${t.testdir({ 'requirements.txt': 'a==1.0\n' })}/requirements.txt`;
    const result = await cli(t, 'prebuild', '-r', list, '--server', await server(t, status, answer));
    t.equal(result.code, code);
    t.match(status === 200 ? result.out : result.err, said);
  });
}

const wheel = { filename: 'a-1.0-py3-none-any.whl', sha256: '0'.repeat(64), size: 1_234_567 };
const dryRuns: [what: string, more: Partial<DryRun>, code: number, said: RegExp][] = [
  [
    'that would work',
    {},
    0,
    /^ {2}a {2}1\.0 {2}from upstream {2}a-1\.0-py3-none-any\.whl \(1\.2 MB\) \[.*requirements\.txt:1\]\n0 hits, 1 mirror \(1\.2 MB of wheels\), 0 builds, for python-3\.13\. /,
  ],
  [
    'with a refused line',
    { ok: false, refused: [{ line: 2, text: '-e .', code: 'editable', message: 'Name a version.' }] },
    2,
    /^\S*requirements\.txt:2: Name a version\.\n {2}a /,
  ],
  [
    'with a failure',
    {
      ok: false,
      items: [{ project: 'a', lines: [], kind: 'failed', reason: 'no-such-version', message: 'No a.', hint: 'Look.' }],
    },
    1,
    / {2}a {4}fails {2}no-such-version: No a\. Look\. \[dependency\]\n/,
  ],
  [
    'of a list that cannot be resolved',
    {
      ok: false,
      failure: { reason: 'resolve-failed', message: 'No set fits.', hint: 'Read on.', logTail: 'a needs b\n' },
    },
    1,
    /resolve-failed: No set fits\.\n {2}Read on\.\n {2}\| a needs b\n/,
  ],
  [
    'of builds',
    {
      complete: false,
      unknown: 'Only later.',
      id: '0123',
      items: [
        {
          project: 'b',
          version: '2',
          lines: [],
          kind: 'build',
          sdist: { ...wheel, filename: 'b-2.tar.gz' },
          underWay: 'building',
        },
        {
          ...{ project: 'c', version: '3', lines: [], kind: 'build', sdist: { filename: 'c-3.zip', sha256: '' } },
          failedBefore: { reason: 'build-error', message: 'No compiler.', hint: '' },
        },
      ],
      existing: { attempt: 2, state: 'failed', url: 'http://mill/0123', answers: false },
    },
    0,
    /b-2\.tar\.gz \(1\.2 MB\); under way: building \[dependency\]\n.*c-3\.zip; failed before, build-error: No compiler\. .*\nOnly later\.\n.*\nPrebuild 0123 is there, attempt 2: failed; .* a new attempt: http:\/\/mill\/0123\n$/,
  ],
];

dryRuns.push([
  'against another prebuild',
  {
    diff: {
      against: { id: '4567', attempt: 3, target: 'python-3.12', state: 'ready' },
      note: 'They are for different targets.',
      added: [{ project: 'new', version: '1', kind: 'mirror' }],
      removed: [{ project: 'old', kind: 'failed' }],
      changed: [
        {
          project: 'x',
          what: ['version'],
          from: { version: '1', kind: 'hit', wheel: 'x.whl' },
          to: { version: '2', kind: 'build' },
        },
      ],
      unchanged: 4,
    },
  },
  0,
  /Against prebuild 4567, attempt 3 \(ready\):\nThey are for different targets\.\n {2}\+ new 1 \(from upstream\)\n {2}- old \(fails\)\n {2}~ x 1 \(already there\) x\.whl -> 2 \(build\): version\n {2}4 unchanged\n$/,
]);

for (const [what, more, code, said] of dryRuns) {
  t.test(`prebuild --dry-run ${what}`, async (t) => {
    const answer: DryRun = {
      ...{ dryRun: true, ok: true, complete: true, target: 'python-3.13', options: { deps: true }, lines: [] },
      ...{ constraints: [], refused: [], warnings: [], skipped: [] },
      counts: { hit: 0, mirror: 1, build: 0, failed: 0, total: 1, sdistBytes: 0, wheelBytes: 1_234_567 },
      items: [{ project: 'a', version: '1.0', lines: [{ line: 1 }], kind: 'mirror', wheel }],
      ...more,
    };
    const list = `${t.testdir({ 'requirements.txt': 'a==1.0\n' })}/requirements.txt`;
    const args = ['prebuild', '--dry-run', '-r', list, '--server', await server(t, 200, answer)];
    const result = await cli(t, ...args);
    t.equal(result.code, code);
    t.match(result.out, said);
    const asJson = await cli(t, ...args, '--json');
    t.equal(asJson.code, code);
    t.same(JSON.parse(asJson.out), answer);
  });
}

t.test('prebuild --dry-run --json of several targets, and of all where that is one', async (t) => {
  const answer = { dryRun: true, ok: true, target: 'python-3.13', refused: [], items: [] };
  const list = `${t.testdir({ 'requirements.txt': 'a==1.0\n' })}/requirements.txt`;
  const url = await server(t, 200, { dryRuns: [answer] });
  const ran = await cli(t, 'prebuild', '--dry-run', '-r', list, '--server', url, '--json', '--target', 'all');
  t.same(JSON.parse(ran.out), { dryRuns: [answer] });
});

t.test('prebuild: warnings of the list are shown', async (t) => {
  const warnings = [{ line: 3, code: 'ignored-option', message: '--index-url is ignored.' }];
  const view = { ...ended('ready', []), warnings };
  const list = `${t.testdir({ 'requirements.txt': 'a==1.0\n' })}/requirements.txt`;
  const { err } = await cli(t, 'prebuild', '-r', list, '--server', await server(t, 200, view));
  t.match(err, 'warning: line 3: --index-url is ignored.\n');
});

t.test('prebuild --json and --no-wait', async (t) => {
  const view = ended('ready', [item('a', 'hit', 'stored')]);
  const list = `${t.testdir({ 'requirements.txt': 'a==1.0\n' })}/requirements.txt`;
  const url = await server(t, 202, view);
  t.same(JSON.parse((await cli(t, 'prebuild', '-r', list, '--server', url, '--json')).out), view);
  t.equal((await cli(t, 'prebuild', '-r', list, '--server', url, '--no-wait')).out, `${view.url}\n`);
});
