import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { linesToTake } from '../../src/api/dashboard/pages/prebuild-lines.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { closePrebuild, readPrebuildRequest } from '../../src/storage/prebuild-records.ts';
import { finalRecord, readPrebuildStatus } from '../../src/storage/prebuild-status.ts';
import { api, list } from './harness.ts';

const faults: [what: string, body: string | Buffer, status: number, code: string, more: object][] = [
  ['an empty list', '', 400, 'bad-list', { faults: [{ code: 'empty-list' }] }],
  ['a list of comments', '# nothing\n\n', 400, 'bad-list', { faults: [{ code: 'empty-list' }] }],
  [
    'a binary file',
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff]),
    400,
    'bad-list',
    { faults: [{ code: 'binary-list' }] },
  ],
  [
    'config settings that the server does not allow',
    'demo==1.0 -C setup-args=-Dx=1 -C colour=red\n',
    400,
    'bad-list',
    { faults: [{ line: 1, code: 'setting-not-allowed', message: /"colour".*WHEELMILL_CONFIG_SETTINGS/ }] },
  ],
  ['a list of 10 MB', `${'# padding\n'.repeat(1_000_000)}demo==1\n`, 413, 'list-too-large', {}],
];

t.test('lists that cannot be taken are refused whole', async (t) => {
  const { app, store } = await api(t);
  for (const [what, body, status, code, more] of faults) {
    const answer = await app.inject(list(body));
    t.equal(answer.statusCode, status, what);
    t.equal(answer.headers['content-type'], 'application/problem+json');
    t.match(answer.json(), { code, status, detail: /\w/, request: /\w/, ...more }, what);
  }
  for await (const key of store.list('')) t.match(key, /^targets\//, 'nothing was stored');
});

t.test('ten different faults are all named at once', async (t) => {
  const { app, store } = await api(t);
  const lines = [
    'good==1.0',
    'bad name==1',
    'demo=1.0',
    'demo==not.a.version!',
    "demo==1; colour == 'red'",
    'git+https://example.com/demo.git',
    '-e .',
    './demo-1.0.tar.gz',
    'https://example.com/demo-1.0.tar.gz',
    'demo @ https://example.com/demo-1.0.tar.gz',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the list has it so
    'demo==${VERSION}',
  ];
  const answer = await app.inject(list(lines.join('\n')));
  t.equal(answer.statusCode, 400);
  const { faults: named, detail } = answer.json();
  t.same(
    named.map((one: { line: number }) => one.line),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  t.ok(new Set(named.map((one: { code: string }) => one.code)).size >= 7, 'with a code each');
  t.match(detail, /^The list has 10 faults; nothing was started\.\nline 2: /);
  for await (const key of store.list('')) t.match(key, /^targets\//, 'nothing was stored');
});

t.test('a form that is cut short, or is none, is the fault of who sent it', async (t) => {
  const { app } = await api(t);
  const cut = '--b\r\nContent-Disposition: form-data; name="requirements"; filename="a.txt"\r\n\r\nsix==1';
  for (const form of ['{}', '--b', '--b\r\n', cut]) {
    const answer = await app.inject(list(form, { 'content-type': 'multipart/form-data; boundary=b' }));
    t.match(answer.json(), { status: 400, code: 'bad-list', detail: /ended before it was whole/ }, form);
  }
});

t.test('a list can be sent in three shapes, and all are one prebuild', async (t) => {
  const { app } = await api(t);
  const text = 'Demo==1.0  # the one\n';
  const form = `--b\r\nContent-Disposition: form-data; name="requirements"; filename="requirements.txt"\r\n\r\n${text}\r\n--b--\r\n`;
  const answers = await Promise.all([
    app.inject(list(text)),
    app.inject(list(form, { 'content-type': 'multipart/form-data; boundary=b' })),
    app.inject(list(JSON.stringify({ requirements: text }), { 'content-type': 'application/json' })),
    app.inject(list(JSON.stringify({ requirements: ['demo==1.0'] }), { 'content-type': 'application/json' })),
    app.inject(list(text, { 'content-type': 'application/x-www-form-urlencoded' })),
  ]);
  for (const answer of answers) t.equal(answer.statusCode, 202, answer.body);
  t.equal(new Set(answers.map((one) => one.json().id)).size, 1);
  t.match(answers[0]?.json(), {
    state: 'planning',
    attempt: 1,
    target: 'python-3.13',
    url: /\/api\/v1\/prebuilds\/[0-9a-f]{32}$/,
    items: [],
  });
  t.equal(answers[0]?.headers.location, answers[0]?.json().url);
});

t.test('several files can be sent in two shapes, folders and constraints included', async (t) => {
  // Of a target that nobody has looked at nothing is planned, so nothing is asked of upstream.
  const { app } = await api(t, { WHEELMILL_TARGETS: 'python:3.12=python:3.12-slim' });
  const files = {
    requirements: {
      'app/größe.txt': '-r ../common/base.txt\n-c bounds.txt\ndemo\n',
      'common/base.txt': 'base==1.0\n',
      'app/bounds.txt': 'demo<2\n',
    },
    constraints: { 'all.txt': 'base<2\n' },
  };
  const parts = Object.entries(files).flatMap(([role, some]) =>
    Object.entries(some).map(([name, text]) => ({ role, name, text })),
  );
  const form = new FormData();
  for (const { role, name, text } of parts) form.append(role, new Blob([text]), name);
  const sent = new Response(form);
  const type = { 'content-type': sent.headers.get('content-type')! };
  const url = '/api/v1/prebuilds?dry-run=true';
  const answers = [
    await app.inject({ ...list(Buffer.from(await sent.arrayBuffer()), type), url }),
    await app.inject({ ...list(JSON.stringify(files), { 'content-type': 'application/json' }), url }),
  ];
  for (const answer of answers)
    t.match(answer.json(), {
      refused: [],
      lines: [
        { file: 'common/base.txt', line: 1, name: 'base' },
        { file: 'app/größe.txt', line: 3, name: 'demo' },
      ],
      constraints: [
        { file: 'all.txt', specifier: '<2' },
        { file: 'app/bounds.txt', line: 1, name: 'demo' },
      ],
    });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`${n}.txt`, `demo${n}\n`]));
  const tooMany = new FormData();
  for (const [name, text] of Object.entries(many)) tooMany.append('requirements', new Blob([text]), name);
  const crowd = new Response(tooMany);
  const crowdType = { 'content-type': crowd.headers.get('content-type')! };
  for (const answer of [
    await app.inject(list(Buffer.from(await crowd.arrayBuffer()), crowdType)),
    await app.inject(list(JSON.stringify({ requirements: many }), { 'content-type': 'application/json' })),
  ])
    t.match(answer.json(), { status: 413, code: 'list-too-large', detail: /50 files/ });
});

t.test('files that name each other are one list, kept as they were sent', async (t) => {
  const { app, store } = await api(t);
  const files = {
    'base.txt': '-c bounds.txt\ndemo\n',
    'bounds.txt': 'demo<2\nother==1\n',
    'more.txt': '-r base.txt\nsix\n',
  };
  const parts = Object.entries(files).map(
    ([name, text]) =>
      `--b\r\nContent-Disposition: form-data; name="requirements"; filename="${name}"\r\n\r\n${text}\r\n`,
  );
  const answer = await app.inject(
    list(`${parts.join('')}--b--\r\n`, { 'content-type': 'multipart/form-data; boundary=b' }),
  );
  t.equal(answer.statusCode, 202, answer.body);
  const { id, attempt } = answer.json();
  const request = await readPrebuildRequest(store, id, attempt);
  t.match(request, {
    requirements: [
      { name: 'demo', file: 'base.txt', line: 2 },
      { name: 'six', file: 'more.txt', line: 2 },
    ],
    constraints: [
      { name: 'demo', file: 'bounds.txt', line: 1 },
      { name: 'other', file: 'bounds.txt', line: 2 },
    ],
  });
  const kept = (await store.read(paths.prebuildList(id, attempt)))!.toString();
  for (const [name, text] of Object.entries(files)) t.match(kept, `# ==> ${name} (requirements) <==\n${text}`);
  const alone = await app.inject(list('demo==1.0'));
  t.equal(
    (await store.read(paths.prebuildList(alone.json().id, 1)))!.toString(),
    'demo==1.0',
    'one file is kept byte for byte',
  );
});

const misuses: [what: string, url: string, type: string, body: string, code: string, detail: RegExp][] = [
  ['an unknown target', '?target=python-9', 'text/plain', 'demo', 'unknown-target', /There are: python-3.13/],
  ['a proof that is none', '?proof=maybe', 'text/plain', 'demo', 'bad-request', /proof must be true or false/],
  ['a deps that is none', '?deps=perhaps', 'text/plain', 'demo', 'bad-request', /deps must be true or false/],
  ['an unknown query', '?colour=red', 'text/plain', 'demo', 'bad-request', /./],
  ['an image', '', 'image/png', 'demo', 'unsupported-media-type', /text\/plain/],
  ['JSON without a list', '', 'application/json', '{}', 'bad-request', /"requirements"/],
  ['JSON with constraints alone', '', 'application/json', '{"constraints":"demo<2"}', 'bad-request', /"requirements"/],
  ['JSON with a number', '', 'application/json', '{"requirements":{"a.txt":1}}', 'bad-request', /"requirements"/],
  ['JSON that is none', '', 'application/json', '{', 'bad-request', /./],
  [
    'JSON with an unknown field',
    '',
    'application/json',
    '{"requirements":"demo","taget":"x"}',
    'bad-request',
    /no field "taget"/,
  ],
];

t.test('misuse is told', async (t) => {
  const { app } = await api(t);
  for (const [what, query, type, body, code, detail] of misuses) {
    const answer = await app.inject({ ...list(body, { 'content-type': type }), url: `/api/v1/prebuilds${query}` });
    t.match(answer.json(), { code, detail }, what);
  }
});

t.test('a hundred equal lists at once are one prebuild and one job', async (t) => {
  const { app, queue } = await api(t);
  const answers = await Promise.all(Array.from({ length: 100 }, () => app.inject(list('demo==1.0\nother>=2\n'))));
  t.equal(new Set(answers.map((one) => `${one.statusCode} ${one.json().id} ${one.json().attempt}`)).size, 1);
  const [counts] = await queue.counts(['prebuilds.python-3.13']);
  t.equal((counts?.waiting ?? 0) + (counts?.running ?? 0) + (counts?.delayed ?? 0), 1);
});

t.test('what there is not', async (t) => {
  const { app } = await api(t);
  const id = '0'.repeat(32);
  for (const url of [
    `/api/v1/prebuilds/${id}`,
    '/api/v1/prebuilds/..%2f..',
    `/api/v1/prebuilds/${id}/events`,
    `/prebuilds/${id}/wheels/`,
    `/api/v1/builds/${'0'.repeat(64)}`,
    '/api/v1/builds/x/log',
    '/nowhere',
  ])
    t.match((await app.inject(url)).json(), { code: 'not-found', detail: /\w/ }, url);
});

t.test('an unknown list tells pip the command that makes it', async (t) => {
  const { app } = await api(t, { WHEELMILL_PUBLIC_URL: 'http://wheels.example.com' });
  const sha256 = createHash('sha256').update('demo==1.0\n').digest('hex');
  const answer = await app.inject(`/lists/${sha256}/requirements.txt`);
  t.equal(answer.statusCode, 404);
  t.equal(
    answer.raw.res.statusMessage,
    "Wheelmill does not know this list. Run: wheelmill prebuild -r requirements.txt, or: curl -F requirements=@requirements.txt 'http://wheels.example.com/api/v1/prebuilds?wait=600'",
  );
  await app.inject(list('demo==1.0\n'));
  t.equal((await app.inject(`/lists/${sha256}/wheels/`)).statusCode, 200, 'known by the hash of the file from then on');
});

t.test('lists of what there is are pages with a cursor', async (t) => {
  const { app } = await api(t);
  await app.inject(list('demo==1.0\n'));
  t.match((await app.inject('/api/v1/prebuilds')).json(), { items: [{ state: 'working' }], next: undefined });
  t.match((await app.inject('/api/v1/builds')).json(), { items: [] });
  t.match((await app.inject('/api/v1/builds?cursor=nonsense')).json(), { code: 'bad-request' });
  t.match((await app.inject('/api/v1/builds?limit=0')).json(), { code: 'bad-request' });
});

t.test('operations', async (t) => {
  const { app } = await api(t);
  t.same((await app.inject('/live')).json(), { status: 'ok' });
  t.same((await app.inject('/ready')).json(), { status: 'ok' });
  t.match((await app.inject('/api/v1/targets')).json(), {
    items: [{ name: 'python-3.13', python: { version: '3.13.5' } }],
  });
  const { type } = (await app.inject('/nowhere')).json();
  t.match((await app.inject(type)).body, `id="${type.split('#')[1]}"`, 'the type of a problem leads to what it means');
  const { paths } = (await app.inject('/docs')).json();
  t.ok(paths['/api/v1/prebuilds'].post, 'OpenAPI from the same schemas');
});

t.test('a lock file, its extras and groups in each shape', async (t) => {
  const { app, store } = await api(t);
  const lock = readFileSync(new URL('../core/lists/fixtures/locked/poetry.lock', import.meta.url));
  const post = (body: string | Buffer, query = '', type = 'text/plain') =>
    app.inject({ ...list(body, { 'content-type': type }), url: `/api/v1/prebuilds${query}` });
  const form = async (fields: [string, string][]) => {
    const data = new FormData();
    data.append('requirements', new Blob([lock]), 'poetry.lock');
    for (const [name, value] of fields) data.append(name, value);
    const sent = new Response(data);
    return post(Buffer.from(await sent.arrayBuffer()), '', sent.headers.get('content-type')!);
  };
  const both = await Promise.all([
    post(lock, '?extra=http&group=dev,base'),
    post(lock, '?extra=HTTP&group=base&group=dev', 'application/toml'),
    form([
      ['extra', 'http'],
      ['group', 'dev'],
      ['group', 'base'],
    ]),
    post(
      JSON.stringify({ requirements: lock.toString(), extra: ['http'], group: 'dev, base' }),
      '',
      'application/json',
    ),
  ]);
  for (const answer of both) t.equal(answer.statusCode, 202, answer.body);
  t.equal(new Set(both.map((one) => one.json().id)).size, 1, 'are one prebuild');
  const hashed = async () => {
    let count = 0;
    for await (const key of store.list('lists/')) count += key.length > 0 ? 1 : 0;
    return count;
  };
  t.equal(await hashed(), 0, 'which the hash of the file does not lead to');
  const main = await post(lock);
  t.not(main.json().id, both[0]?.json().id, 'without them it is another');
  t.equal(await hashed(), 1, 'which it does lead to');
  const unknown = await post(lock, '?extra=htp');
  t.equal(unknown.statusCode, 400);
  t.match(unknown.json(), { code: 'bad-list', faults: [{ code: 'unknown-selection', message: /There are: http\./ }] });
  const other = await post('[project]\nrequires-python = "<3.12"\ndependencies = ["a"]\n');
  t.match(other.json(), { code: 'bad-list', faults: [{ code: 'unsuited-target', line: 2 }] });
});

t.test('a list without dependencies says so to its end, and its lines install it that way', async (t) => {
  const { app, store, parts } = await api(t);
  const posted = (await app.inject({ ...list('demo==1.0'), url: '/api/v1/prebuilds?deps=false' })).json();
  t.equal(posted.deps, false);
  const status = await readPrebuildStatus(store, posted.id, 1);
  await closePrebuild(store, await finalRecord(store, { ...status!, state: 'ready' }), '');
  const view = (await app.inject(`/api/v1/prebuilds/${posted.id}`)).json();
  t.match(view, { state: 'ready', endedAt: String, deps: false }, 'of its record');
  const viewer = { base: 'http://mill:8417', token: undefined };
  t.match((await linesToTake(parts, view, viewer)).text, 'pip install --no-cache-dir --no-index --no-deps ');
  t.match((await app.inject(list('demo==1.0'))).json(), { deps: true });
});
