import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../core/sha256.ts';
import { BuildFailure } from '../errors.ts';
import { isDiskFull } from '../storage/file-errors.ts';
import { type Answer, type Http, HttpFault } from './http.ts';
import type { FetchedFile, FetchOptions, UpstreamFile } from './upstream.ts';
import { shownUrl } from './upstream-index.ts';

/** What has to be known of a file to download it. */
export type Downloadable = Pick<UpstreamFile, 'filename' | 'url' | 'sha256' | 'size'>;

/** The largest wheels of the public index, over a slow line. A silent one ends much earlier. */
const FILE_TIME = 60 * 60_000;

/**
 * Downloads `file` into `options.folder` and checks it against the list's hash, else the index's. Every attempt starts
 * anew, in a file of its own that gets its name when it is checked.
 *
 * @throws BuildFailure `hash-mismatch`, `fetch-failed`; or the signal's reason.
 */
export async function download(
  http: Http,
  file: Downloadable,
  options: FetchOptions & { maxBytes: number },
): Promise<FetchedFile> {
  const expected = options.sha256 ?? file.sha256;
  if (!expected) {
    throw new BuildFailure(
      'fetch-failed',
      `The index gives no SHA-256 for ${file.filename}, so it cannot be checked. Give one in the list with --hash.`,
    );
  }
  if ((file.size ?? 0) > options.maxBytes) throw tooLarge(file, options.maxBytes);
  const folder = join(options.folder, `fetch-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  const release = () => rm(folder, { recursive: true, force: true });
  let attempts = 0;
  const path = join(folder, file.filename);
  try {
    const got = await http.get(
      file.url,
      {
        headers: { 'accept-encoding': 'identity' },
        time: FILE_TIME,
        ...(options.signal && { signal: options.signal }),
      },
      async (answer) => {
        attempts += 1;
        const partial = join(folder, `partial-${attempts}`);
        return { ...(await save(answer, file, partial, options)), partial };
      },
    );
    if (got.sha256 !== expected) {
      throw new BuildFailure(
        'hash-mismatch',
        `${file.filename} as downloaded has the SHA-256 ${got.sha256}, but ${expected === file.sha256 ? 'the index' : 'the list'} gives ${expected}.`,
      );
    }
    await rename(got.partial, path);
    options.growing?.end();
    return { path, size: got.size, sha256: got.sha256, release };
  } catch (error) {
    await release();
    if (isDiskFull(error)) {
      throw new BuildFailure('fetch-failed', `${file.filename} could not be saved: the worker's disk is full.`, {
        cause: error,
      });
    }
    if (!(error instanceof HttpFault)) throw error;
    throw new BuildFailure(
      'fetch-failed',
      `${file.filename} could not be downloaded from ${shownUrl(file.url)}: ${error.message}.`,
      { cause: error },
    );
  }
}

function tooLarge(file: Downloadable, maxBytes: number): BuildFailure {
  return new BuildFailure(
    'fetch-failed',
    `${file.filename} is larger than ${maxBytes} bytes, the most that is fetched.`,
  );
}

/** It cannot have the hash either; an error page is told apart early, and one that never ends does not fill the disk. */
function tooLong(file: Downloadable): HttpFault {
  return new HttpFault('unfit', `it sent more than the ${file.size} bytes that the index gives`);
}

async function save(
  answer: Answer,
  file: Downloadable,
  path: string,
  { maxBytes, growing, onBytes }: Pick<FetchOptions, 'growing' | 'onBytes'> & { maxBytes: number },
): Promise<{ size: number; sha256: Sha256 }> {
  if (answer.status !== 200) throw new HttpFault('unfit', `it answered ${answer.status}`);
  const hash = createHash('sha256');
  let size = 0;
  const announced = Number(answer.header('content-length') ?? Number.NaN);
  if (announced > (file.size ?? announced)) throw tooLong(file);
  growing?.begin(path, Number.isSafeInteger(announced) ? announced : undefined);
  const output = await open(path, 'wx');
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      onBytes?.(chunk.length);
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(file, maxBytes);
      if (size > (file.size ?? size)) throw tooLong(file);
      hash.update(chunk);
      await output.appendFile(chunk);
      growing?.grew(size);
    }
  } finally {
    await output.close();
  }
  // Without a Content-Length the end of a cut connection looks like the end of the file.
  if (file.size !== undefined && size < file.size) {
    throw new HttpFault('broken', `it ended after ${size} of ${file.size} bytes`);
  }
  return { size, sha256: hash.digest('hex') as Sha256 };
}
