import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'minio';
import { WheelmillError } from '../errors.ts';
import { checkByDoing } from './check-store.ts';
import { chunksOf, orLetGo, writeContent } from './content.ts';
import { translateFileError } from './file-errors.ts';
import { createFilePlaces } from './file-places.ts';
import { checkKey, checkPrefix } from './keys.ts';
import type { Content, ObjectInfo, ObjectStore } from './object-store.ts';
import { s3Body } from './s3-body.ts';
import { isAbsent, isPassing, s3Code, translateS3Error } from './s3-errors.ts';
import { type Ask, listBucket, sizesInBucket } from './s3-list.ts';
import { type Call, calls, createTransport } from './s3-transport.ts';

export type S3Settings = {
  /** `http://host:port` or `https://…`. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  /** Bucket in the path (the default) or in the host name. */
  pathStyle?: boolean;
};

/** Waits before the second and the third try, in milliseconds: a restart is survived by the job's retry, not here. */
const RETRY_AFTER_MS = [200, 600];
/** Files that are read at once, each over a connection to the server at the pace of its reader. */
const MAX_FILES = 512;
/** Milliseconds that a reader waits for one of them: pip gives up on a server that says nothing for 15 s, and comes again after a 503. */
const FILE_WAIT_MS = 10_000;
/** One PUT takes this much (S3 and SeaweedFS); the client is told so that it never makes a multipart upload of its own. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

function createClient(settings: S3Settings) {
  const url = new URL(settings.endpoint);
  const useSSL = url.protocol === 'https:';
  const { transport, agent, close } = createTransport(useSSL);
  const client = new Client({
    endPoint: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port !== '' && { port: Number(url.port) }),
    useSSL,
    region: settings.region,
    accessKey: settings.accessKey,
    secretKey: settings.secretKey,
    pathStyle: settings.pathStyle ?? true,
    partSize: MAX_PUT_BYTES,
    transport,
    transportAgent: agent,
    // Its own retries print to the console and cannot send a stream twice.
    retryOptions: { disableRetry: true },
  });
  return { client, close, useSSL };
}

/** The object's whole size: a ranged answer tells it behind the slash. */
function infoOf(key: string, { headers }: IncomingMessage): ObjectInfo {
  const size = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? headers['content-length'];
  const etag = (headers.etag ?? '').replace(/^(?:W\/)?"|"$/g, '');
  return { key, size: Number(size), etag, modified: new Date(headers['last-modified'] ?? 0) };
}

/**
 * The object store in an S3 bucket, through the minio client. Every object is written by one PUT with its length and
 * hash known beforehand, which servers make visible whole or not at all; streams are spooled to the temporary folder
 * for that. (Multipart uploads of the client join one that another process has open for the same key.)
 * The bucket is made at the first use when it is missing and that is allowed.
 */
export function createS3Store(
  settings: S3Settings,
  { maxFiles = MAX_FILES, fileWaitMs = FILE_WAIT_MS } = {},
): ObjectStore {
  const { bucket } = settings;
  const { client, close, useSSL } = createClient(settings);
  const place = `The object store at ${settings.endpoint}`;
  const places = createFilePlaces(maxFiles, fileWaitMs);
  let ready: Promise<void> | undefined;

  /** Runs `work` with passing faults tried again and the errors of ours. */
  async function attempt<T>(work: (call: Call) => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      const call: Call = { signal };
      try {
        signal?.throwIfAborted();
        return await calls.run(call, () => work(call));
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (s3Code(error) === 'NoSuchBucket') ready = undefined;
        const pause = RETRY_AFTER_MS[tries];
        if (pause === undefined || !isPassing(error, call)) throw translateS3Error(error, place, call);
        await wait(pause, undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  async function makeBucket(): Promise<void> {
    const exists = await attempt(() => client.bucketExists(bucket));
    if (exists) return;
    await attempt(() =>
      client.makeBucket(bucket, settings.region).catch((error) => {
        // Another process was faster.
        if (s3Code(error) !== 'BucketAlreadyOwnedByYou' && s3Code(error) !== 'BucketAlreadyExists') throw error;
      }),
    ).catch((error) => {
      if (!(error instanceof WheelmillError) || error.code !== 'store-denied') throw error;
      const message = `${place} has no bucket "${bucket}" and does not let these credentials make it. Make it by hand.`;
      throw new WheelmillError('store-denied', message, { cause: error });
    });
  }

  /** As `attempt`, on a bucket that is there. */
  async function onBucket<T>(work: (call: Call) => Promise<T>, signal?: AbortSignal): Promise<T> {
    ready ??= makeBucket().catch((error) => {
      ready = undefined;
      throw error;
    });
    await ready;
    return attempt(work, signal);
  }

  /** As `onBucket`; undefined when the object is not there. */
  function ifThere<T>(work: (call: Call) => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    return onBucket<T | undefined>(async (call) => {
      try {
        return await work(call);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    }, signal);
  }

  async function get(key: string, options: { range?: { start: number; end: number }; signal?: AbortSignal }) {
    const { range, signal } = options;
    const response = await ifThere(async (call) => {
      call.isFile = true;
      const length = range === undefined ? 0 : range.end - range.start + 1;
      const answer = await client.getPartialObject(bucket, key, range?.start ?? 0, length).catch((error) => {
        if (s3Code(error) === 'InvalidRange' || call.status === 416) return 'beyond' as const;
        throw error;
      });
      if (answer === 'beyond' || answer instanceof IncomingMessage) return answer;
      throw new TypeError('the minio client gave no HTTP answer');
    }, signal);
    if (response !== 'beyond') return response && { info: infoOf(key, response), response };
    const info = await store.head(key);
    return info && { info, response: Readable.from([]) };
  }

  const bodyOf = (response: Readable, signal: AbortSignal | undefined): Readable =>
    s3Body(response, (error) => (signal?.aborted ? signal.reason : translateS3Error(error, place, {})));

  async function putBytes(key: string, bytes: Buffer, signal?: AbortSignal): Promise<void> {
    await onBucket(() => client.putObject(bucket, key, bytes, bytes.length), signal);
  }

  async function putFile(key: string, path: string, size: number, sha256: string, signal?: AbortSignal): Promise<void> {
    if (size > MAX_PUT_BYTES)
      throw new WheelmillError('store-full', `${place} takes 5 GiB an object, not ${size} bytes.`);
    await onBucket(async () => {
      const headers = { 'content-length': size, 'content-type': 'application/octet-stream' };
      const source = createReadStream(path);
      const request = { method: 'PUT', bucketName: bucket, objectName: key, headers };
      const response = await client
        .makeRequestStreamAsync(request, source, useSSL ? '' : sha256, [200], settings.region)
        .finally(() => source.destroy());
      response.resume();
    }, signal);
  }

  /** Keeps the stream's bytes on disk until their number and hash are known, then sends them. */
  async function putStream(key: string, content: Readable, signal?: AbortSignal): Promise<void> {
    const path = join(tmpdir(), `wheelmill-put-${randomUUID()}`);
    const translate = (error: unknown) => translateFileError(error, tmpdir());
    const hash = createHash('sha256');
    let size = 0;
    const file = await open(path, 'wx', 0o600).catch((error) => {
      throw translate(error);
    });
    try {
      const onChunk = (chunk: Buffer) => {
        hash.update(chunk);
        size += chunk.length;
      };
      await writeContent(file, content, { signal, translate, onChunk }).finally(() => file.close());
      await putFile(key, path, size, hash.digest('hex'), signal);
    } finally {
      await rm(path, { force: true });
    }
  }

  async function putPath(key: string, content: { path: string }, signal?: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of chunksOf(content, signal)) {
      hash.update(chunk);
      size += chunk.length;
    }
    return putFile(key, content.path, size, hash.digest('hex'), signal);
  }

  function putContent(key: string, content: Content, signal?: AbortSignal): Promise<void> {
    if (typeof content === 'string' || Buffer.isBuffer(content)) return putBytes(key, Buffer.from(content), signal);
    if (content instanceof Readable) return putStream(key, content, signal);
    return putPath(key, content, signal);
  }

  const store: ObjectStore = {
    kind: 's3',

    async open(key, options = {}) {
      checkKey(key);
      const leave = await places.enter(options.signal);
      let body: Readable | undefined;
      try {
        const found = await get(key, options);
        if (!found) return undefined;
        body = bodyOf(found.response, options.signal).once('close', leave);
        return { ...found.info, body };
      } finally {
        if (!body) leave();
      }
    },

    async read(key) {
      checkKey(key);
      return ifThere(async () => buffer(await client.getObject(bucket, key)));
    },

    async head(key) {
      checkKey(key);
      const stat = await ifThere(() => client.statObject(bucket, key));
      return stat && { key, size: stat.size, etag: stat.etag, modified: stat.lastModified };
    },

    async put(key, content, { signal } = {}) {
      await orLetGo(content, async () => {
        checkKey(key);
        await putContent(key, content, signal);
      });
    },

    async remove(key) {
      checkKey(key);
      await onBucket(() => client.removeObject(bucket, key));
    },

    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      const ask: Ask = (work) => onBucket(async (call) => ({ result: await work(client), server: call.server ?? '' }));
      yield* listBucket(ask, bucket, prefix, options);
    },

    async *sizes(prefix) {
      checkPrefix(prefix);
      const ask: Ask = (work) => onBucket(async (call) => ({ result: await work(client), server: call.server ?? '' }));
      yield* sizesInBucket(ask, bucket, prefix);
    },

    check: () => checkByDoing(store),

    async close() {
      close();
    },
  };
  return store;
}
