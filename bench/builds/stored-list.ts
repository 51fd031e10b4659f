import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Row } from '../report.ts';
import { benchWheel, sha256 } from '../wheel.ts';
import { post, startServer } from './server.ts';

const PROJECTS = 130;
const PINS = 100;
const POSTS = 30;

/** A new list of 100 pins that are all stored, upstream's answers cached: from the POST to the answer `ready`. */
export async function benchStoredList(environment: Record<string, string>): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-'));
  const upstream = await startIndex();
  const server = await startServer(folder, { ...environment, WHEELMILL_UPSTREAM_URL: upstream.url });
  try {
    const all = Array.from({ length: PROJECTS }, (_, at) => `bench-project-${at}==1.0`);
    const stored = await post(server.url, all.join('\n'), 'wait=300');
    if (stored.state !== 'ready') throw new Error(`the store could not be filled: ${stored.state}`);
    const times: number[] = [];
    for (let round = 0; round < POSTS; round++) {
      // Another hundred each time: every posting is a list nobody has sent before.
      const list = Array.from({ length: PINS }, (_, at) => all[(at + round) % PROJECTS]).join('\n');
      const before = performance.now();
      const answer = await post(server.url, list);
      times.push(performance.now() - before);
      if (answer.state !== 'ready') throw new Error(`not answered at once: ${answer.state}`);
    }
    return [
      {
        what: `a new list of ${PINS} stored pins, ${POSTS} lists, median`,
        value: `${median(times).toFixed(1)} ms`,
        goal: '<= 50 ms',
        met: median(times) <= 50,
      },
    ];
  } finally {
    await server.stop();
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** An index of small pure wheels with published metadata. */
async function startIndex(): Promise<{ url: string; stop(): Promise<void> }> {
  const files = new Map<string, { body: Buffer; type: string }>();
  for (let at = 0; at < PROJECTS; at++) {
    const { project, filename, bytes: body, metadata } = await benchWheel(`bench-project-${at}`, '1.0');
    const file = {
      filename,
      url: `/files/${filename}`,
      hashes: { sha256: sha256(body) },
      size: body.length,
      'core-metadata': { sha256: sha256(metadata) },
    };
    const page = { meta: { 'api-version': '1.1' }, name: project, versions: ['1.0'], files: [file] };
    files.set(`/simple/${page.name}/`, {
      body: Buffer.from(JSON.stringify(page)),
      type: 'application/vnd.pypi.simple.v1+json',
    });
    files.set(file.url, { body, type: 'application/octet-stream' });
    files.set(`${file.url}.metadata`, { body: metadata, type: 'application/octet-stream' });
  }
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file) response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length }).end(file.body);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
