import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { wellFormed } from '../../src/core/well-formed.ts';
import { openApi } from '../../test/api/harness.ts';
import { generatedList } from '../../test/core/list-generator.ts';
import { damaged } from '../bytes.ts';
import type { Fuzzer } from '../fuzzer.ts';

/** Streams of events go on until the client leaves; everything else answers long before. */
const PATIENCE_MS = 10_000;
const STREAM_MS = 200;
const STREAMS = /\/(events|log)$/;

const VALUES = [
  ...[
    'six',
    '__proto__',
    'constructor',
    '..',
    '%2e%2e',
    '%00',
    '%zz',
    '',
    '0'.repeat(64),
    'A'.repeat(64),
    '0'.repeat(32),
  ],
  ...['six-1.0-py3-none-any.whl', 'true', 'false', '-1', '1e9', 'all', 'x'.repeat(1100), '\u202e', 'a,b', '[]', '{}'],
];
const NAMES = [
  ...[
    'target',
    'deps',
    'extra',
    'group',
    'refresh',
    'rebuild',
    'retry',
    'priority',
    'client',
    'dry-run',
    'against',
    'attempt',
  ],
  ...[
    'requirements',
    'constraints',
    'format',
    'force',
    'state',
    'cursor',
    'limit',
    'project',
    'filename',
    'reason',
    'name',
  ],
  ...[
    'recipes',
    'packages',
    'environment',
    'versions',
    'files',
    'yanked',
    ':action',
    'content',
    '__proto__',
    'constructor',
  ],
];
const TYPES = [
  ...[
    'application/json',
    'text/plain',
    'text/plain; charset=utf-16',
    'multipart/form-data; boundary=x',
    'application/x',
  ],
  ...['multipart/form-data', 'application/json; charset=utf-7', ''],
];
const HEADERS = [
  'accept',
  'accept-encoding',
  'if-none-match',
  'range',
  'origin',
  'sec-fetch-site',
  'authorization',
  'cookie',
  'expect',
];

const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 30 }));
const json = fc.oneof(
  fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.jsonValue()), {
    maxKeys: 5,
  }),
  fc.jsonValue(),
);
const part = fc
  .tuple(fc.constantFrom(...NAMES), fc.boolean(), generatedList)
  .map(
    ([name, isFile, text]) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"${isFile ? '; filename="a.txt"' : ''}\r\n\r\n${text}\r\n`,
  );
const body = fc.oneof(
  json.map((one) => Buffer.from(JSON.stringify(one))),
  generatedList.map((text) => Buffer.from(text)),
  fc.array(part, { maxLength: 4 }).map((parts) => Buffer.from(`${parts.join('')}--x--\r\n`)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);
/** Header values may hold no line ends; whoever sends such comes by the raw socket. */
const headerValue = value.map((text) => text.replace(/[^\x20-\x7e]/g, '?'));

/** An index that has nothing. */
async function emptyIndex() {
  const server = createServer((_, reply) => reply.writeHead(404).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`, close: () => server.close() };
}

async function openServer() {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-fuzz-'));
  const index = await emptyIndex();
  const { app, close } = await openApi(folder, { WHEELMILL_UPSTREAM_URL: index.url });
  return {
    app,
    async close() {
      await close();
      index.close();
      // What a request that was given up began may still be writing.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Every route with parameters, queries, headers and bodies that are right in parts: no answer is a fault of the server. */
export const routes: Fuzzer = {
  name: 'every route',
  share: 3,
  async open() {
    const { app, close } = await openServer();
    await app.ready();
    const known = app.routeNames.filter(({ method }) => method !== 'HEAD');
    const request = fc.record({
      route: fc.constantFrom(...known),
      parameters: fc.array(value, { minLength: 3, maxLength: 3 }),
      query: fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 3 }),
      headers: fc.dictionary(fc.constantFrom(...HEADERS), headerValue, { maxKeys: 3 }),
      type: fc.constantFrom(...TYPES),
      body,
    });
    const property = fc.asyncProperty(request, async ({ route, parameters, query, headers, type, body }) => {
      let at = 0;
      const path = route.url.replace(/:\w+|\*/g, () => encoded(parameters[at++ % parameters.length]!));
      const signal = AbortSignal.timeout(STREAMS.test(route.url) ? STREAM_MS : PATIENCE_MS);
      const payload = ['GET', 'DELETE', 'OPTIONS'].includes(route.method) ? {} : { payload: body };
      const answer = await app
        .inject({
          ...{ method: route.method as 'GET', url: `${path}?${new URLSearchParams(query)}`, signal },
          headers: { ...headers, ...(type && { 'content-type': type }) },
          ...payload,
        })
        .catch((error) => {
          if (signal.aborted && STREAMS.test(route.url)) return undefined;
          throw error;
        });
      if (!answer || answer.statusCode < 500) return;
      // A server that has enough to do says so, and when to come again.
      if (answer.statusCode === 503 && answer.headers['retry-after'] !== undefined) return;
      throw new Error(`${route.method} ${path}: ${answer.statusCode} ${answer.body.slice(0, 300)}`);
    });
    return { property, close };
  },
};

function encoded(text: string): string {
  return /^[\x21-\x7e]*$/.test(text) ? text.replace(/[?#]/g, '') : encodeURIComponent(wellFormed(text));
}

const REQUESTS = [
  'GET /simple/six/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n',
  'GET /api/v1/builds?state=failed HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n',
  'POST /api/v1/prebuilds HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n\r\nsix==1\n',
  'POST /api/v1/prebuilds HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n7\r\nsix==1\n\r\n0\r\n\r\n',
  'POST /legacy/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 65\r\nConnection: close\r\n\r\n--x\r\nContent-Disposition: form-data; name=":action"\r\n\r\nx\r\n--x--\r\n',
].map((text) => Buffer.from(text));

/** Bytes that may be no HTTP at all: an answer without a fault of the server, or a closed connection. */
export const rawSockets: Fuzzer = {
  name: 'raw sockets',
  share: 1,
  async open() {
    const { app, close } = await openServer();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const property = fc.asyncProperty(damaged(REQUESTS), async (bytes) => {
      const answer = await said(port, bytes);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
      // Of what is no HTTP the parser may hang up without a word; 505 and 501 are of versions and codings nobody speaks.
      if (answer !== '' && (status === undefined || (status >= '500' && !['501', '505'].includes(status))))
        throw new Error(answer.slice(0, 300));
    });
    return { property, close };
  },
};

/** Sends bytes and ends its side; gives what came back until the other side ended. */
async function said(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')));
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}
