import t from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { report } from '../../src/cli/report.ts';
import { item, prebuildView } from './views.ts';

const lines = {
  server: 'http://127.0.0.1:8417',
  runtimeImage: 'python:3.13-slim',
  list: 'app/requirements.txt',
};

t.test('ready: the Dockerfile lines and the command that builds with them', async (t) => {
  const text = report(
    prebuildView('ready', [item('a', 'build', 'stored'), item('b', 'mirror', 'stored'), item('c', 'hit', 'stored')]),
    lines,
  );
  t.match(text, /^ready: 3 of 3 wheels \(1 built, 1 mirrored, 1 already there\), prebuild 0123\n/);
  t.match(
    text,
    'Dockerfile beside requirements.txt, and build it with: DOCKER_BUILDKIT=1 docker build --network=host .\n\nFROM python:3.13-slim\n',
  );
});

t.test('what is counted is what came of it', async (t) => {
  const items = [item('a', 'build', 'failed'), item('b', 'build', 'stored'), item('c', 'mirror', 'failed')];
  t.match(
    report(prebuildView('partial', items), lines),
    /^partial: 1 of 3 wheels \(1 built, 0 mirrored, 0 already there\)/,
  );
  const failure = { reason: 'build-error' as const, message: 'What sklearn==0.0.post12 needs is not known: x.' };
  t.match(
    report(prebuildView('failed', [], { failure }), lines),
    /^failed: it could not be planned, prebuild 0123\n\nbuild-error: What sklearn==0\.0\.post12 needs/,
  );
});

t.test('what was healed, and how that becomes a recipe', async (t) => {
  const healed = { ...item('a', 'build', 'stored'), build: '9'.repeat(64), healed: ['liba-dev', 'libb-dev'] };
  for (const state of ['ready', 'partial'] as const) {
    const text = report(prebuildView(state, [healed, item('b', 'mirror', 'stored')]), lines);
    t.match(
      text,
      new RegExp(`\\na 1.0 .* found for it: liba-dev, libb-dev\\n {2}Nobody .*recipe accept ${'9'.repeat(64)}\\n?`),
      state,
    );
    t.notMatch(text, '\nb 1.0 ');
  }
  const known = item('a', 'build', 'stored', { packages: ['liba-dev'] });
  t.match(
    report(prebuildView('ready', [known]), lines),
    '\na 1.0 was built with Debian packages, as its recipe says: liba-dev\n',
  );
});

t.test('how the proof went', async (t) => {
  const runtime = 'python:3.13-slim';
  const notImported = [
    { project: 'a', module: 'a.conf', message: 'NoSettings: none' },
    { project: 'a', module: 'a', message: 'OSError: x', because: 'b-1.0.whl' },
  ];
  const rows: [NonNullable<PrebuildView['proof']>, string][] = [
    [
      { state: 'proven', runtime, wheels: 12, modules: 31 },
      'Proven in python:3.13-slim: 12 wheels installed, 31 modules imported',
    ],
    [
      { state: 'proven', runtime, packages: ['libpq5'], wheels: 1, modules: 1, conflicts: ['a 1.0 requires b'] },
      'Proven in python:3.13-slim with libpq5: 1 wheel installed, 1 module imported\n  pip check: a 1.0 requires b',
    ],
    [
      { state: 'proven', runtime, wheels: 2, modules: 0 },
      'slim: 2 wheels installed; none is newly built, so there is nothing to',
    ],
    [
      { state: 'failed', runtime, wheels: 2, failures: [{ project: 'a', filename: 'a', message: 'x' }], notImported },
      `Proof failed in python:3.13-slim: 1 fault in 2 wheels
  a.conf of a imports nowhere as it is: NoSettings: none
  a of a does not import because of b-1.0.whl: OSError: x`,
    ],
    [{ state: 'skipped', message: 'Nobody wants it.' }, 'Not proven: Nobody wants it.'],
    [{ state: 'not-done', message: 'It is too large.' }, 'handed out without: It is too large.'],
  ];
  for (const [proof, text] of rows)
    for (const state of ['ready', 'partial'] as const)
      t.match(report(prebuildView(state, [item('a', 'build', 'stored')], { proof }), lines), `${text}\n`.trimEnd());
});

t.test('ready on a machine without an engine: no Dockerfile takes these wheels', async (t) => {
  const urls = { requirements: 'http://mill/r.txt', wheels: 'http://mill/w/' };
  const text = report(prebuildView('ready', [item('a', 'build', 'stored')], urls), {
    ...lines,
    localPython: '/usr/bin/python3.11',
  });
  t.match(text, /UNSANDBOXED .* no image is proven/);
  t.match(text, '\n/usr/bin/python3.11 -m venv .venv\n');
  t.match(text, '--no-index \\\n    --find-links http://mill/w/ -r http://mill/r.txt\n');
  t.notMatch(text, 'FROM');
  const noDeps = prebuildView('ready', [item('a', 'build', 'stored')], { ...urls, deps: false });
  t.match(report(noDeps, { ...lines, localPython: '/usr/bin/python3.11' }), 'pip install --no-index --no-deps \\\n');
});

t.test('ready without dependencies: such lists have no URL by their hash', async (t) => {
  const urls = { requirements: 'http://mill/r.txt', wheels: 'http://mill/w/' };
  const text = report(prebuildView('ready', [item('a', 'hit', 'stored')], { ...urls, deps: false }), lines);
  t.match(text, 'http://mill/r.txt');
  t.match(text, 'http://mill/w/');
  t.notMatch(text, 'FROM');
});

t.test('ready, of several files: no hash of one names them, so the lines have the URLs of the prebuild', async (t) => {
  const base = 'http://mill:8417';
  const urls = {
    requirements: `${base}/api/v1/prebuilds/0123/requirements.txt`,
    wheels: `${base}/prebuilds/0123/wheels/`,
  };
  const text = report(prebuildView('ready', [item('a', 'hit', 'stored')], urls), {
    ...lines,
    server: base,
    list: undefined,
  });
  t.notMatch(text, 'sha256sum');
  t.match(text, '\nFROM python:3.13-slim\nARG WHEELMILL=http://mill:8417\nRUN PYTHONDONTWRITEBYTECODE=1 pip install');
  t.match(
    text,
    ' --trusted-host mill:8417 \\\n      --find-links "$WHEELMILL/prebuilds/0123/wheels/" -r "$WHEELMILL/api/',
  );
});

t.test('partial: each failure with reason, hint, the end of its log and where the whole log is', async (t) => {
  const logTail = Array.from({ length: 40 }, (_, at) => `line ${at}`).join('\n');
  const failed = item('uwsgi', 'build', 'failed', {
    reason: 'missing-header',
    message: 'pcre.h is missing.',
    hint: 'Add the Debian package.',
    lines: [{ line: 3 }, { file: 'base.txt', line: 7 }],
    logTail: `${logTail}\n`,
    log: 'http://mill/api/v1/builds/99/log',
  });
  const text = report(prebuildView('partial', [item('a', 'hit', 'stored'), failed]), lines);
  t.match(text, /^partial: 1 of 2 wheels/);
  t.match(
    text,
    '\nuwsgi 1.0: missing-header: pcre.h is missing.\n  asked for by line 3, base.txt:7\n  Add the Debian package.\n  | line 25\n',
  );
  t.match(text, '  | line 39\n  log: http://mill/dashboard/builds/99');
  t.notMatch(text, 'line 24');
  t.notMatch(text, 'FROM');
});

t.test('a plan that failed as a whole', async (t) => {
  const failure = { reason: 'resolve-failed' as const, message: 'No versions fit.', logTail: 'a needs b<2\n' };
  const text = report(prebuildView('failed', [], { failure }), lines);
  t.match(text, '\nresolve-failed: No versions fit.\n  | a needs b<2');
});

t.test('ready, with needs at run time', async (t) => {
  const needs = [{ soname: 'libpq.so.5', package: 'libpq5' }, { soname: 'libown.so' }];
  const view = prebuildView('ready', [item('a', 'build', 'stored', { needs })], { apt: ['libpq5'] });
  t.match(report(view, lines), /has what these ask for:\n {2}a asks for libown\.so\n\n/);
  t.match(report(view, lines), '\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5 \\\n');
  t.match(report(view, { ...lines, list: undefined }), '\nRUN apt-get update && ');
  t.match(report({ ...view, deps: false }, lines), '\nThe image they go to needs: apt-get update && ');
});
