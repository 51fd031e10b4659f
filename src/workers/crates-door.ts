import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { type CrateName, crateOfIndexPath, isCrateName } from '../core/crate-name.ts';
import { WheelmillError } from '../errors.ts';
import type { Asker } from '../simple/asker.ts';
import { createReadThrough } from '../simple/read-through.ts';
import { sendObject } from '../simple/send-object.ts';
import { asBadGateway } from '../simple/upstream-failure.ts';
import { createCacheUses } from '../storage/cache-uses.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type IndexLine, withoutYank } from '../upstream/crates/index-lines.ts';
import type { Crates } from '../upstream/crates/open-crates.ts';
import { type CrateRegistry, crateFilename } from '../upstream/crates/registry.ts';

/** Who asks: the registry that its cargo is made for, the only crates it may have where they are pinned, and whom to tell. */
export type CratesAudience = {
  builtInRegistry?: string;
  only?: ReadonlySet<string>;
  onCrate?: (crate: { name: string; version: string; filename: string; sha256: string }) => void;
};

export type CratesDoorOptions = {
  crates: Crates;
  store: ObjectStore;
  scratch: string;
  audience: (request: FastifyRequest) => CratesAudience;
  asker: (request: FastifyRequest) => Asker | undefined;
};

/** How often a crate may be evicted between its arrival and its sending. */
const EVICTION_RACES = 5;
/** A host, perhaps with a port, and a path before ours: what may be put into a URL unseen. */
const HOST = /^[\w.-]{1,255}(?::\d{1,5})?$/;
const PREFIX = /^(?:\/[\w-]{1,64})?$/;

/**
 * `/cargo/`: a sparse registry for cargo
 * (https://doc.rust-lang.org/cargo/reference/registry-index.html#sparse-protocol), read through. Crates are checked against the
 * hash in the index, and kept with the other files of upstream.
 */
export const cratesDoor: FastifyPluginCallback<CratesDoorOptions> = (
  app,
  { crates, store, scratch, audience, asker },
  done,
) => {
  const noteUse = createCacheUses(store);
  const readThrough = createReadThrough<IndexLine & { filename: string; registry: CrateRegistry }>({
    ...{ store, scratch, noteUse },
    upstream: { fetch: ({ registry, ...line }, options) => registry.fetch(line, options) },
  });

  async function versions(name: CrateName, request: FastifyRequest) {
    const { builtInRegistry, only } = audience(request);
    const registry = crates.registry(builtInRegistry);
    const lines = await registry.versions(name).catch(asBadGateway);
    const pinned = only === undefined ? lines : lines?.filter(({ sha256 }) => only.has(sha256)).map(withoutYank);
    if (!pinned || pinned.length === 0) throw new WheelmillError('not-found', `There is no crate ${name}.`);
    return { registry, lines: pinned };
  }

  async function sendCrate(line: IndexLine, registry: CrateRegistry, request: FastifyRequest, reply: FastifyReply) {
    const { sha256 } = line;
    for (let round = 1; round <= EVICTION_RACES; round += 1) {
      const crate = { ...line, filename: crateFilename(line), registry };
      const { kept } = await readThrough(crate, asker(request));
      const place = await kept.catch(asBadGateway);
      const sent = await sendObject(request, reply, store, { ...place, sha256 }).catch((error) => {
        if (error instanceof WheelmillError && error.code === 'not-found') return undefined;
        throw error;
      });
      if (sent !== undefined) return sent;
    }
    throw new WheelmillError(
      'store-unavailable',
      `${crateFilename(line)} was evicted each time before it could be sent.`,
    );
  }

  app.get('/cargo/config.json', async (request, reply) => {
    const { builtInRegistry } = audience(request);
    // Told here already where nothing can be had, and not first of some crate.
    crates.registry(builtInRegistry);
    return reply.send({ dl: `${addressOf(request)}/cargo/crates` });
  });
  app.get<{ Params: { name: string; version: string } }>(
    '/cargo/crates/:name/:version/download',
    async (request, reply) => {
      const { name, version } = request.params;
      if (!isCrateName(name)) throw noSuchCrate();
      const { registry, lines } = await versions(name, request);
      const line = lines.find((one) => one.version === version);
      if (!line) throw noSuchCrate();
      if ((await sendCrate(line, registry, request, reply)) === 'whole') audience(request).onCrate?.(crateOf(line));
      return reply;
    },
  );
  app.get<{ Params: { '*': string } }>('/cargo/*', async (request, reply) => {
    const name = crateOfIndexPath(request.params['*']);
    if (name === undefined) throw noSuchCrate();
    const { lines } = await versions(name, request);
    return reply.type('text/plain').send(lines.map(({ text }) => `${text}\n`).join(''));
  });
  done();
};

const crateOf = ({ text: _, ...line }: IndexLine) => ({ ...line, filename: crateFilename(line) });

function noSuchCrate(): WheelmillError {
  return new WheelmillError('not-found', 'There is no such crate here.');
}

/**
 * Where this is for whoever asks: cargo takes no relative URL of crates. Only the build that sends a wrong one is misled by it.
 */
function addressOf({ headers }: FastifyRequest): string {
  const prefix = headers['x-forwarded-prefix'] ?? '';
  if (typeof prefix === 'string' && PREFIX.test(prefix) && HOST.test(headers.host ?? ''))
    return `http://${headers.host}${prefix}`;
  throw new WheelmillError('bad-request', 'The request does not say which host it is for.');
}
