import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { cli } from './run-cli.ts';
import { item, prebuildView } from './views.ts';

const KEY = 'a'.repeat(64);

async function listening(t: Test, answer: RequestListener): Promise<{ url: string; end(): void }> {
  const http = createServer(answer).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const end = () => {
    http.close();
    http.closeAllConnections();
  };
  t.teardown(end);
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, end };
}

/** Answers what is asked of a build: each request for its log gets the next answer, `state` stands for how the build is. */
function build(answers: ((response: ServerResponse) => void)[], state: () => string): RequestListener {
  return ({ url = '' }, response) => {
    if (url.includes('/log?')) return answers.shift()!(response);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ key: KEY, state: state() }));
  };
}

const whole = (text: string) => (response: ServerResponse) => void response.end(text);
/** Breaks off behind `text`, when that has been sent. */
const cutOff = (text: string) => (response: ServerResponse) =>
  void response.write(text, () => setImmediate(() => response.socket?.destroy()));

t.test('a followed log that breaks off is taken up again where it was', async (t) => {
  const many = Array.from({ length: 5000 }, (_, at) => `line ${at}\n`).join('');
  const dots = '.'.repeat(9000);
  const rows: [what: string, first: string, now: string, again: string, out: string][] = [
    ['nothing new', 'one\n', 'one\n', 'one\ntwo\n', 'one\ntwo\n'],
    ['more in between', 'one\n', 'one\ntwo\n', 'one\ntwo\nthree\n', 'one\ntwo\nthree\n'],
    ['before it says anything', '', '', 'one\n', 'one\n'],
    ['a log that repeats itself', dots, `${dots}..`, `${dots}...end`, `${dots}...end`],
    ['a log whose oldest part is lost', `first\n${many}`, `${many}x\n`, `${many}x\ny\n`, `first\n${many}x\ny\n`],
    ['another run of the build', 'one\n', 'other\n', 'other\nend\n', 'one\nother\nend\n'],
    ['and of that nothing yet', 'one\n', '', 'one\nend\n', 'one\none\nend\n'],
  ];
  for (const [what, first, now, again, out] of rows)
    for (const json of [false, true]) {
      const states = ['building', 'failed'];
      const answers = [cutOff(first), whole(now), whole(again)];
      const { url } = await listening(
        t,
        build(answers, () => states.shift()!),
      );
      const result = await cli(t, 'logs', '-f', KEY, '--server', url, ...(json ? ['--json'] : []));
      const lines = out.replace(/\n$/, '').split('\n');
      t.equal(result.out, json ? lines.map((line) => `${JSON.stringify({ build: KEY, line })}\n`).join('') : out, what);
      t.match(result, { code: 1, err: '' });
    }
});

t.test('a log that breaks off as its build ends: the rest is in the stored one', async (t) => {
  const answers = [cutOff('of the middle\n'), whole('first\nof the middle\nend\n')];
  const { url } = await listening(
    t,
    build(answers, () => 'stored'),
  );
  t.match(await cli(t, 'logs', '-f', KEY, '--server', url), { code: 0, out: 'of the middle\nend\n', err: '' });
});

t.test('a server that goes away in the midst of a log', async (t) => {
  const server = await listening(t, (_, response) => void response.write('one\n', () => setImmediate(server.end)));
  const gone = await cli(t, 'logs', '-f', KEY, '--server', server.url);
  t.match(gone, { code: 3, out: 'one\n', err: /^wheelmill: No Wheelmill server answers at / });
  const { url } = await listening(
    t,
    build([cutOff('one\n')], () => 'building'),
  );
  const broken = await cli(t, 'logs', KEY, '--server', url);
  t.match(broken, { code: 3, out: 'one\n', err: /^wheelmill: \S+ broke off in the midst of its answer\.\n$/ });
});

t.test('a followed log may be silent for as long as it likes', async (t) => {
  const before = getGlobalDispatcher();
  setGlobalDispatcher(new Agent({ bodyTimeout: 1000 }));
  t.teardown(() => setGlobalDispatcher(before));
  let asked = 0;
  const { url } = await listening(t, ({ url = '' }, response) => {
    if (url === '/silent') return response.write('one\n');
    if (!url.includes('/log?')) return response.end('{"state": "stored"}');
    asked++;
    response.write('one\n');
    // Asked later, given up by the client first: by then the log would have been, too.
    const other = fetch(`http://${response.req.headers.host}/silent`).then((answer) => answer.text());
    other.catch(() => response.end('two\n'));
  });
  t.match(await cli(t, 'logs', '-f', KEY, '--server', url), { code: 0, out: 'one\ntwo\n' });
  t.equal(asked, 1);
});

t.test('the builds of a prebuild are followed as they come', async (t) => {
  const id = '0123456789abcdef0123456789abcdef';
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
  const of = (key: string, state: 'queued' | 'building' | 'stored' | 'failed') =>
    item(key.slice(0, 1), 'build', state, { build: key });
  const planning = prebuildView('planning', [], { id });
  const views = [
    prebuildView('working', [of(a, 'queued')], { id }),
    prebuildView('working', [of(a, 'building'), item('c', 'mirror', 'stored')], { id }),
    prebuildView('working', [of(a, 'stored'), of(b, 'queued')], { id }),
    prebuildView('partial', [of(a, 'stored'), of(b, 'failed')], { id, endedAt: '2026-01-01T00:00:00.000Z' }),
  ];
  let known = 0;
  let now: object = planning;
  const { url } = await listening(t, ({ url = '' }, response) => {
    const key = /builds\/([0-9a-f]{64})/.exec(url)?.[1];
    if (url.includes('/log?')) return response.end(`log of ${key?.slice(0, 1)}\n`);
    if (url.includes('/events'))
      return response.end(views.map((view) => `event: prebuild\ndata: ${JSON.stringify(view)}\n\n`).join(''));
    // The plan names a build before anybody else knows of it.
    if (key === a && ++known === 1) return response.writeHead(404).end('{"code": "not-found", "detail": "No build."}');
    return response.end(JSON.stringify(key ? { key, state: key === a ? 'stored' : 'failed' } : now));
  });
  const out = '==> a 1.0 <==\nlog of a\n==> b 1.0 <==\nlog of b\n';
  t.same(await cli(t, 'logs', '-f', id, '--server', url), { code: 1, out, err: '' });
  t.equal(known > 1, true, 'it was asked for again');
  for (const [view, said] of [
    [planning, /Prebuild \S+ is still being planned\. `wheelmill logs -f 0123\S+` waits for it\.\n$/],
    [prebuildView('working', [of(a, 'queued')], { id }), /Nothing of prebuild \S+ is being built yet\. `wheelmill/],
    [prebuildView('working', [item('c', 'mirror', 'fetching')], { id }), /builds nothing, so there is no log\.\n$/],
  ] as const) {
    [now, known] = [view, 0];
    t.match(await cli(t, 'logs', id, '--server', url), { code: 2, out: '', err: said });
  }
});
