import { LRUCache } from 'lru-cache';
import Type, { type Static } from 'typebox';
import type { NormalizedName } from '../core/names.ts';
import { BuildFailure, WheelmillError } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import { readRecord } from '../storage/json-records.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readBody } from './body.ts';
import { type Answer, type Http, HttpFault } from './http.ts';
import { readPage } from './page.ts';
import { type RawPage, RawPageSchema, UnfitPage } from './raw-page.ts';
import { parseSimpleHtml } from './simple-html.ts';
import { parseSimpleJson } from './simple-json.ts';
import { createSingleFlight } from './single-flight.ts';
import type { UpstreamProject } from './upstream.ts';
import { shownUrl, type UpstreamIndex } from './upstream-index.ts';

/** The largest pages of the public index have some tens of MB. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const PAGE_TIME = 120_000;
/** A project that upstream does not have may appear any minute; a typing error is asked for a hundred times. */
const MISSING_AGE = 60_000;
/** While upstream is down its old pages are given without asking again for so long. */
const STALE_AGE = 15_000;
/** Bytes a parsed file takes in memory, a bit more than the 1.6 KB measured with two platform tags. */
const FILE_WEIGHT = 2_000;
/** The same of a version without files. */
const VERSION_WEIGHT = 100;

/** uv's and pip's own wording: JSON first, HTML where an index has nothing else. */
const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01';

/** Since 2 a page has its project's status, versions and provenance. */
const SCHEMA = 2;

/** `upstream/<index>/pages/<project>.json`: disposable. Validators are upstream's own, to ask whether the page changed. */
const StoredPageSchema = Type.Object({
  schema: Type.Union([Type.Literal(1), Type.Literal(SCHEMA)]),
  fetchedAt: Type.String(),
  etag: Type.Optional(Type.String()),
  lastModified: Type.Optional(Type.String()),
  ...RawPageSchema.properties,
});
type Validators = Pick<Static<typeof StoredPageSchema>, 'etag' | 'lastModified'>;

/** What is known of one project on one index: its page, or that there is none. `checkedAt` is when upstream said so. */
type Known = { page: UpstreamProject | undefined; validators: Validators; checkedAt: number };
type Found = Known & { page: UpstreamProject };

export type Pages = {
  /** Whatever is cached, of any age; `'unknown'` when nothing is. */
  cached(index: UpstreamIndex, name: NormalizedName): Promise<UpstreamProject | undefined | 'unknown'>;
  /** What `read` would give at once, from memory; undefined where it would not. */
  remembered(index: UpstreamIndex, name: NormalizedName, maxAge: number): Pick<Known, 'page'> | undefined;
  read(
    index: UpstreamIndex,
    name: NormalizedName,
    options: { maxAge: number; signal?: AbortSignal },
  ): Promise<UpstreamProject | undefined>;
};

/** Project pages of upstream indexes, cached in memory (`maxBytes`, about) and in the bucket. */
export function createPages(
  http: Http,
  store: ObjectStore,
  options: { maxBytes: number; now: () => number; onPage?: (from: 'memory' | 'store' | 'upstream') => void },
): Pages {
  const { now, onPage } = options;
  const memory = new LRUCache<string, Known>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ page }) =>
      FILE_WEIGHT * (1 + (page?.files.length ?? 0)) + VERSION_WEIGHT * (page?.versions.length ?? 0),
  });
  const once = createSingleFlight<UpstreamProject | undefined>();

  const isFresh = (known: Known, maxAge: number): boolean => {
    const limit = known.page ? (known.page.stale ? STALE_AGE : Number.POSITIVE_INFINITY) : MISSING_AGE;
    const age = now() - known.checkedAt;
    // Of a time to come where the clock was set back since: nobody knows how old that is.
    return age >= 0 && age < Math.min(maxAge, limit);
  };

  function keep(key: string, known: Known): UpstreamProject | undefined {
    memory.set(key, known);
    return known.page;
  }

  async function refresh(
    index: UpstreamIndex,
    name: NormalizedName,
    maxAge: number,
  ): Promise<UpstreamProject | undefined> {
    const key = `${index.id}/${name}`;
    const remembered = memory.get(key);
    const known = remembered?.page ? (remembered as Found) : await readStored(store, index, name);
    if (known && isFresh(known, maxAge)) {
      onPage?.('store');
      return keep(key, known);
    }
    onPage?.('upstream');
    try {
      const answer = await ask(http, index, name, known?.validators ?? {});
      const checkedAt = now();
      if (answer === 'missing') {
        if (known) await store.remove(paths.upstreamPage(index.id, name)).catch(ignored);
        return keep(key, { page: undefined, validators: {}, checkedAt });
      }
      const fetchedAt = new Date(checkedAt);
      if (answer === 'unchanged' && known) {
        return keep(key, { ...known, page: { ...known.page, fetchedAt, stale: false }, checkedAt });
      }
      if (answer === 'unchanged') throw new HttpFault('unfit', 'it said a page is unchanged that it never gave');
      const page = { ...answer.read, fetchedAt, stale: false };
      await store
        .put(
          paths.upstreamPage(index.id, name),
          JSON.stringify({ schema: SCHEMA, fetchedAt: fetchedAt.toISOString(), ...answer.validators, ...answer.raw }),
        )
        .catch(ignored);
      return keep(key, { page, validators: answer.validators, checkedAt });
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      if (known) return keep(key, { ...known, page: { ...known.page, stale: true }, checkedAt: now() });
      throw new BuildFailure(
        'upstream-unavailable',
        `The upstream index ${shownUrl(index.url)} did not give the page of ${name}: ${error.message}.`,
        { cause: error },
      );
    }
  }

  function remembered(index: UpstreamIndex, name: NormalizedName, maxAge: number): Known | undefined {
    const known = memory.get(`${index.id}/${name}`);
    return known && isFresh(known, maxAge) ? known : undefined;
  }

  return {
    remembered,
    async cached(index, name) {
      const key = `${index.id}/${name}`;
      const remembered = memory.get(key);
      if (remembered) return remembered.page;
      const stored = await readStored(store, index, name);
      return stored ? keep(key, stored) : 'unknown';
    },
    async read(index, name, { maxAge, signal }) {
      const known = remembered(index, name, maxAge);
      if (known) {
        onPage?.('memory');
        return known.page;
      }
      return once(`${index.id}/${name}`, signal, () => refresh(index, name, maxAge));
    },
  };
}

/** The pages in the bucket only save time: a store that fails is for those to report who need it. */
function ignored(error: unknown): undefined {
  if (!(error instanceof WheelmillError)) throw error;
  return undefined;
}

async function readStored(store: ObjectStore, index: UpstreamIndex, name: NormalizedName): Promise<Found | undefined> {
  const stored = await readRecord(store, paths.upstreamPage(index.id, name), StoredPageSchema).catch(ignored);
  if (!stored) return undefined;
  const { fetchedAt: text, etag, lastModified } = stored;
  const fetchedAt = new Date(text);
  const read = readUnlessUnfit(name, stored);
  if (!read) return undefined;
  return {
    page: { ...read, fetchedAt, stale: false },
    // A page of before lacks what is read today: it must come whole once more, though it has not changed.
    validators:
      stored.schema === SCHEMA
        ? { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) }
        : {},
    // A time that cannot be read makes the page old.
    checkedAt: fetchedAt.getTime() || 0,
  };
}

/** A page that was kept before it would have been refused is as good as none. */
function readUnlessUnfit(name: NormalizedName, raw: RawPage): ReturnType<typeof readPage> | undefined {
  try {
    return readPage(name, raw);
  } catch (error) {
    if (error instanceof UnfitPage) return undefined;
    throw error;
  }
}

type PageAnswer = 'missing' | 'unchanged' | (ParsedPage & { validators: Validators });
type ParsedPage = { raw: RawPage; read: ReturnType<typeof readPage> };

function ask(http: Http, index: UpstreamIndex, name: NormalizedName, known: Validators): Promise<PageAnswer> {
  const headers = {
    accept: ACCEPT,
    'accept-encoding': 'gzip',
    ...(known.etag !== undefined && { 'if-none-match': known.etag }),
    ...(known.lastModified !== undefined && known.etag === undefined && { 'if-modified-since': known.lastModified }),
  };
  return http.get(`${index.url}${name}/`, { headers, time: PAGE_TIME }, async (answer) => {
    if (answer.status === 404 || answer.status === 410) return 'missing';
    if (answer.status === 304) return 'unchanged';
    if (answer.status === 401 || answer.status === 403) {
      throw new HttpFault('unfit', `it answered ${answer.status}: check the user name and password in the index URL`);
    }
    if (answer.status !== 200) throw new HttpFault('unfit', `it answered ${answer.status}`);
    const etag = answer.header('etag');
    const lastModified = answer.header('last-modified');
    return {
      ...(await parsePage(answer, name)),
      validators: { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) },
    };
  });
}

async function parsePage(answer: Answer, name: NormalizedName): Promise<ParsedPage> {
  const type = (answer.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const isJson = type === 'application/vnd.pypi.simple.v1+json' || type === 'application/json';
  if (!isJson && type !== 'application/vnd.pypi.simple.v1+html' && type !== 'text/html') {
    throw new HttpFault('unfit', `it sent ${JSON.stringify(type.slice(0, 60))} where an index page belongs`);
  }
  const bytes = await readBody(answer, MAX_PAGE_BYTES);
  try {
    const raw = isJson ? parseSimpleJson(bytes, answer.url, name) : parseSimpleHtml(bytes.toString('utf8'), answer.url);
    return { raw, read: readPage(name, raw) };
  } catch (error) {
    throw error instanceof UnfitPage ? new HttpFault('unfit', error.message, { cause: error }) : error;
  }
}
