/**
 * `node --import=tsx bench/on-demand/clients.ts`: how long real clients wait for a wheel, and what makes them wait longer.
 * A toy index answers each case in its own way; every client meets every case, all at once, with its default limits. Prints
 * the table of docs/on-demand.md, "What clients tolerate". Takes three minutes, nearly all of them waiting.
 */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { findProgram, stateDir } from '../../test/services/state.ts';
import { benchWheel } from '../wheel.ts';

const PIPS = ['23.0', '25.1', '26.3'];
/** A case that has not ended by then waits for ever, as far as anybody cares. */
const LONGEST_MS = 200_000;

const wheel = await benchWheel('toy', '1.0');
const PROMISED = 'toy-1.0-0_deadbeef-py3-none-any.whl';

type Asked = { at: number; method: string; url: string };
type Exchange = { request: IncomingMessage; response: ServerResponse; hop: number; asked: readonly Asked[] };
type Case = { what: string; metadata?: true; answer: (exchange: Exchange) => Promise<unknown> | unknown };

const give = ({ response }: Exchange) =>
  response
    .writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': wheel.bytes.length })
    .end(wheel.bytes);
const again = ({ response, hop }: Exchange) =>
  response.writeHead(307, { location: `${PROMISED}?hop=${hop + 1}`, 'cache-control': 'no-store' }).end();
const every = async (times: number, milliseconds: number, send: () => void) => {
  for (let at = 0; at < times; at++) {
    await after(milliseconds);
    send();
  }
};
const isMetadata = ({ request }: Exchange) => request.url?.split('?')[0]?.endsWith('.metadata') ?? false;
const giveMetadata = ({ response }: Exchange) =>
  response
    .writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': wheel.metadata.length })
    .end(wheel.metadata);

const CASES: Record<string, Case> = {
  plain: { what: 'the file at once, HEAD too', answer: give },
  silence: { what: 'silence', answer: () => {} },
  continues: {
    what: '100 Continue every 8 s for 48 s, then the file',
    answer: async (one) => {
      await every(6, 8000, () => one.response.writeContinue());
      give(one);
    },
  },
  processing: {
    what: '102 Processing every 8 s for 16 s, then the file',
    answer: async (one) => {
      await every(2, 8000, () => one.response.writeProcessing());
      give(one);
    },
  },
  redirects: { what: '307 to itself without end', answer: again },
  nine: { what: '307 to itself nine times, then the file', answer: (one) => (one.hop < 9 ? again(one) : give(one)) },
  held: {
    what: '12 s of silence and 307 to itself, twice, then the file',
    answer: async (one) => {
      if (one.hop === 2) return give(one);
      await after(12_000);
      return again(one);
    },
  },
  'held-longer': {
    what: '25 s of silence and 307 to itself, twice, then the file',
    answer: async (one) => {
      if (one.hop === 2) return give(one);
      await after(25_000);
      return again(one);
    },
  },
  'retry-after': {
    what: '503 with Retry-After: 8 without end',
    answer: ({ response }) => response.writeHead(503, { 'retry-after': '8' }).end(),
  },
  'then-503': {
    what: '307 to itself and 503 in turn, nine times, then the file',
    answer: (one) => {
      if (one.hop === 9) return give(one);
      const before = one.asked.filter(({ url }) => url === one.asked.at(-1)!.url).length;
      return before === 1 ? one.response.writeHead(503, { 'retry-after': '1' }).end() : again(one);
    },
  },
  failed: {
    what: '424 with a reason phrase and a problem document',
    answer: ({ response }) =>
      response
        .writeHead(424, 'PHRASE of the reason', { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ title: 'TITLE of the problem', status: 424, detail: 'DETAIL of the problem' })),
  },
  metadata: {
    what: 'metadata announced and held for 12 s',
    metadata: true,
    answer: async (one) => {
      if (!isMetadata(one)) return give(one);
      await after(12_000);
      return giveMetadata(one);
    },
  },
  'metadata-missing': {
    what: 'metadata announced and 404',
    metadata: true,
    answer: (one) => (isMetadata(one) ? one.response.writeHead(404).end() : give(one)),
  },
  elsewhere: {
    what: '302 to a file of another build tag and other tags',
    answer: (one) =>
      one.request.url?.includes(PROMISED)
        ? one.response
            .writeHead(302, { location: '../true/toy-1.0-1_12345678-cp39-abi3-manylinux_2_17_x86_64.whl' })
            .end()
        : give(one),
  },
};

const asked = new Map<string, Asked[]>();
const agents = new Map<string, string>();
const server = createServer((request, response) => {
  const [, client = '', name = '', ...rest] = (request.url ?? '').split('/');
  const one = CASES[name];
  if (!one) return response.writeHead(404).end();
  agents.set(client, request.headers['user-agent'] ?? '');
  if (rest[0] === 'simple') {
    const file = {
      filename: PROMISED,
      url: `../../files/${PROMISED}`,
      hashes: {},
      ...(one.metadata && { 'core-metadata': true }),
    };
    const page = { meta: { 'api-version': '1.0' }, name: 'toy', files: [file] };
    return response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify(page));
  }
  const list = asked.get(`${client}/${name}`) ?? [];
  asked.set(`${client}/${name}`, list);
  list.push({ at: performance.now(), method: request.method!, url: rest.join('/') });
  // As the server does: uv then asks for the file itself, and pip never sends one.
  if (request.method === 'HEAD' && name !== 'plain') return response.writeHead(405, { allow: 'GET' }).end();
  return one.answer({
    request,
    response,
    hop: Number(new URL(request.url!, 'http://x').searchParams.get('hop') ?? 0),
    asked: list,
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const folder = mkdtempSync(join(tmpdir(), 'wheelmill-clients-'));
const uv = findProgram('uv');
const inherited = Object.entries(process.env).filter(([name]) => !/^(PIP|UV)_/.test(name));
const env = {
  ...Object.fromEntries(inherited),
  PIP_CONFIG_FILE: '/dev/null',
  UV_NO_CONFIG: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
};
const clients: Record<string, (index: string, out: string) => [string, string[]]> = {
  uv: (index, out) => [
    uv,
    [
      'pip',
      'install',
      '--no-cache',
      '--python',
      join(stateDir, 'tools/bin/python'),
      '--target',
      out,
      '--default-index',
      index,
      'toy',
    ],
  ],
};
for (const version of PIPS) {
  const venv = join(folder, `pip-${version}`);
  execFileSync(uv, ['venv', '-q', '--python', join(stateDir, 'tools/bin/python'), venv], { env });
  const find = ['--no-index', '--find-links', join(stateDir, 'tools/pips')];
  execFileSync(uv, ['pip', 'install', '-q', ...find, '--python', join(venv, 'bin/python'), `pip==${version}`], { env });
  clients[`pip-${version}`] = (index, out) => [
    join(venv, 'bin/python'),
    ['-m', 'pip', 'install', '--no-cache-dir', '--target', out, '--index-url', index, 'toy'],
  ];
}

async function meets(client: string, name: string): Promise<string> {
  const index = `http://127.0.0.1:${port}/${client}/${name}/simple/`;
  const [program, args] = clients[client]!(index, join(folder, `${client}-${name}`));
  const { failed, output } = await new Promise<{ failed: boolean; output: string }>((resolve) =>
    execFile(program, args, { env, timeout: LONGEST_MS }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    ),
  );
  const list = asked.get(`${client}/${name}`) ?? [];
  // Without the client's own start.
  const seconds = Math.round((performance.now() - (list[0]?.at ?? performance.now())) / 1000);
  const gets = list.filter(({ method, url }) => method === 'GET' && !url.includes('.metadata')).length;
  const others = [...new Set(list.map(({ method, url }) => (url.includes('.metadata') ? 'metadata' : method)))];
  const shown = ['PHRASE', 'TITLE', 'DETAIL'].filter((word) => output.includes(`${word} of`));
  process.stderr.write(`${client} ${name}: ${failed ? output : 'installed'}\n`);
  return [
    `${failed ? 'fails' : 'installs'} after ${seconds} s`,
    `${gets} GET`,
    ...others.filter((one) => one !== 'GET'),
    ...(shown.length > 0 ? [`shows ${shown.join(', ').toLowerCase()}`] : []),
  ].join(', ');
}

const names = Object.keys(clients);
const rows = await Promise.all(
  Object.entries(CASES).map(async ([name, { what }]) => [
    what,
    ...(await Promise.all(names.map((client) => meets(client, name)))),
  ]),
);
const version = (client: string) =>
  client === 'uv'
    ? execFileSync(uv, ['--version'], { encoding: 'utf8' }).split(' ').slice(0, 2).join(' ')
    : client.replace('-', ' ');
console.log(
  `| The server's answer | ${names.map(version).join(' | ')} |\n| --- |${names.map(() => ' --- |').join('')}`,
);
for (const row of rows) console.log(`| ${row.map((text) => text.replaceAll('|', '/')).join(' | ')} |`);
for (const [client, agent] of agents) process.stderr.write(`${client}: ${agent}\n`);
server.closeAllConnections();
server.close();
rmSync(folder, { recursive: true, force: true });
