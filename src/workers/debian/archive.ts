import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline as joined, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip, createGzip } from 'node:zlib';
import type { Logger } from 'pino';
import { sha256Hex } from '../../core/sha256.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { createHttp, type Http, HttpFault } from '../../upstream/http.ts';
import type { Gateway } from '../builder.ts';
import { type AptSource, type ContentsUrl, fileOfArchive } from './apt-sources.ts';
import { INTEREST, isOfInterest } from './contents.ts';

/** Far above the largest package a build needs (compilers: 60 MB), below what fills a disk. */
const MAX_FILE_BYTES = 1024 ** 3;
/** Of all files for one container: a TeX distribution with room to spare. */
const MAX_CONTAINER_BYTES = 4 * 1024 ** 3;
/** Of a Contents index: unpacked the largest have some 600 MB, and a line of one has the names of a hundred packages at most. */
const MAX_CONTENTS_BYTES = 4 * 1024 ** 3;
const MAX_LINE_CHARS = 64 * 1024;
/** A released suite hardly changes; others do. */
const CONTENTS_AGE = 30 * 24 * 3_600_000;
/** Of one file, over a slow line. */
const FILE_TIME = 30 * 60_000;

export type Archive = {
  /** The door of one container: GET of the files of these sources, and of nothing else on any host. */
  gateway(sources: readonly AptSource[]): Gateway;
  /** The lines of a Contents index of these sources that builds may look for; none where the archive has no such index. */
  contents(url: ContentsUrl, sources: readonly AptSource[], signal: AbortSignal): AsyncIterable<string>;
  close(): Promise<void>;
};

/** What one container may fetch, and how much it still may. */
type View = { sources: readonly AptSource[]; http: Http; left: number };

/**
 * Reads Debian's archive for containers that have no network: apt in them takes it for its HTTP proxy. Requests are made by
 * this process, with its proxies and certificate authorities: a source with https:// has its TLS here. apt itself checks what it gets against the archive's signatures.
 */
export function createArchive(parts: {
  scratch: string;
  /** Where the indexes of packages' contents are kept: a suite's hardly change after its release. */
  store: ObjectStore;
  environment: Readonly<Record<string, string | undefined>>;
  log: Logger;
}): Archive {
  const { scratch, store, environment, log } = parts;
  const views = new WeakMap<object, View>();
  const clients = new Map<string, Http>();
  const server = createServer((request, response) => {
    const view = views.get(request.socket);
    answer(request, response, view, scratch).catch((error) => {
      if (!(error instanceof HttpFault)) log.error({ err: error }, 'unexpected error while reading from the archive');
      const said = error instanceof HttpFault ? `the archive does not give it: ${error.message}` : 'internal error';
      refuse(response, 502, said);
    });
  });

  /** The hosts are those of the image, which whoever runs the server has named: they may be private ones. */
  function clientOf(sources: readonly AptSource[]): Http {
    const archives = [...new Set(sources.map(({ archive }) => archive))].sort();
    const known = clients.get(archives.join(' '));
    const client = known ?? createHttp({ indexes: archives.map((url) => ({ id: url, url })), environment });
    clients.set(archives.join(' '), client);
    return client;
  }

  return {
    gateway(sources) {
      const view = { sources, http: clientOf(sources), left: MAX_CONTAINER_BYTES };
      return {
        accept(connection) {
          views.set(connection, view);
          // A container may go away in the middle of an answer.
          connection.on('error', () => connection.destroy());
          server.emit('connection', connection);
        },
      };
    },
    async *contents(url, sources, signal) {
      const key = paths.debianContents(sha256Hex(`${INTEREST} ${url}`));
      const known = await store.head(key);
      if (!known || Date.now() - known.modified.getTime() > CONTENTS_AGE) {
        const path = join(scratch, `contents-${randomUUID()}`);
        try {
          if (!(await reduced(clientOf(sources), url, { path, signal }))) return;
          await store.put(key, { path }, { signal });
        } catch (error) {
          // An old index is better than none.
          if (!known || signal.aborted) throw error;
        } finally {
          await rm(path, { force: true });
        }
      }
      const kept = await store.open(key, { signal });
      // The end of either, and its error, is the other's too; the reader of the second is told.
      if (kept) yield* linesOf(joined(kept.body, createGunzip(), () => {}));
    },
    async close() {
      server.closeAllConnections();
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

/** Fetches a Contents index and keeps what is of interest of it, packed; false where there is none. */
async function reduced(
  http: Http,
  url: string,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<boolean> {
  return http.get(url, { headers: { 'accept-encoding': 'identity' }, time: FILE_TIME, signal }, async (answer) => {
    if (answer.status !== 200) return false;
    await pipeline(
      answer.body,
      createGunzip(),
      atMost(MAX_CONTENTS_BYTES),
      async function* (unpacked: AsyncIterable<Buffer>) {
        for await (const line of linesOf(unpacked)) if (isOfInterest(line)) yield `${line}\n`;
      },
      createGzip(),
      createWriteStream(path),
    );
    return true;
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  view: View | undefined,
  scratch: string,
): Promise<void> {
  const url = view && fileOfArchive(request.url ?? '', view.sources);
  if (request.method !== 'GET') return refuse(response, 405, 'only GET is served');
  if (!view || url === undefined) return refuse(response, 403, "only the image's own package sources are served");
  const most = Math.min(MAX_FILE_BYTES, view.left);
  const path = join(scratch, `apt-${randomUUID()}`);
  const gone = new AbortController();
  response.once('close', () => gone.abort(new HttpFault('refused', 'the container went away')));
  try {
    const status = await view.http.get(
      url,
      { headers: { 'accept-encoding': 'identity' }, time: FILE_TIME, signal: gone.signal },
      async ({ status, body }) => {
        if (status === 200) await pipeline(body, atMost(most), createWriteStream(path));
        return status;
      },
    );
    if (status !== 200) return refuse(response, status === 404 ? 404 : 502, `the archive answered ${status}`);
    const { size } = await stat(path);
    view.left -= size;
    const file = createReadStream(path);
    await once(file, 'open');
    // From here on it is there only as long as somebody reads it.
    await rm(path, { force: true });
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
    await pipeline(file, response).catch(() => response.destroy());
  } finally {
    await rm(path, { force: true });
  }
}

/** Lines without their ends. Throws HttpFault `unfit` for one that is no line of an index. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new HttpFault('unfit', 'its index has a line without an end');
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function atMost(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new HttpFault('unfit', 'it is larger than a container may fetch'));
      else done(null, chunk);
    },
  });
}

/** apt shows the reason phrase. */
function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = why.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
  response.writeHead(status, text, { 'content-type': 'text/plain' }).end(`${text}\n`);
}
