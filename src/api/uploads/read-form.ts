import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { quoted } from '../../core/faults.ts';
import { WheelmillError } from '../../errors.ts';

/** The file of an upload on this machine's disk. `filename` is as it was sent. */
export type ReceivedFile = { path: string; filename: string; size: number; sha256: string };

/** An upload as it was sent: fields by name, with all their values, and files called `content`. */
export type UploadForm = { fields: Map<string, string[]>; content: ReceivedFile[]; faults: string[] };

/** Trove classifiers and requirements come one a field; the longest metadata in the wild have some hundred. */
const MAX_FIELDS = 2_000;
/** The fields that count are short. Longer ones (descriptions) are cut, for nothing is kept of them. */
const MAX_FIELD_BYTES = 8 * 1024;
/** All fields together, in bytes: descriptions have some hundred KiB. */
const MAX_FIELDS_BYTES = 16 * 1024 * 1024;
/** One that counts, and a few that are named in the answer or passed over. */
const MAX_FILES = 4;
/** Names of core metadata fields, as the upload API spells them, and what it adds. */
const FIELD = /^:?[a-z0-9_]{1,64}$/;
/** Sent by old versions of twine; nothing here could check it. */
const SIGNATURE = 'gpg_signature';

/**
 * Reads the form of an upload while it comes; the file goes into `folder`. What is wrong with single parts is in `faults`.
 *
 * @param maxBytes largest file
 * @throws WheelmillError `unsupported-media-type`, `upload-too-large`, `bad-upload` for a form that is cut short or broken
 */
export async function readForm(
  request: FastifyRequest,
  { folder, maxBytes }: { folder: string; maxBytes: number },
): Promise<UploadForm> {
  if (!request.isMultipart())
    throw new WheelmillError(
      'unsupported-media-type',
      'An upload is a form (multipart/form-data), as `twine upload` and `uv publish` send it.',
    );
  const limit = maxBytes + MAX_FIELDS_BYTES;
  const tooLarge = () =>
    new WheelmillError(
      'upload-too-large',
      `This server takes files of ${maxBytes} bytes at most (WHEELMILL_MAX_UPLOAD_BYTES).`,
    );
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const overflow = bounded(request, limit);
  const form: UploadForm = { fields: new Map(), content: [], faults: [] };
  const limits = {
    ...{ fileSize: maxBytes, fieldNameSize: 100, fieldSize: MAX_FIELD_BYTES },
    ...{ files: MAX_FILES, fields: MAX_FIELDS, parts: MAX_FILES + MAX_FIELDS },
  };
  // The name with all that was sent: a path in it is a fault, and not to be cut off unseen.
  const parts = request.parts({ limits, preservePath: true });
  try {
    for (;;) {
      const { value: part, done } = await Promise.race([parts.next(), overflow.happened]);
      if (done) return form;
      if (part.type === 'field') addField(form, part);
      else if (part.fieldname === 'content') form.content.push(await receive(part, folder, overflow.signal));
      else await passOver(form, part, overflow.signal);
      if (part.type === 'file' && part.file.truncated) throw tooLarge();
    }
  } catch (error) {
    throw overflow.signal.aborted ? tooLarge() : asBroken(error);
  } finally {
    overflow.stop();
    // Who is still sending reads no answer before the end; how long it may is bounded (slow-clients.ts).
    request.raw.unpipe();
    request.raw.resume();
  }
}

/** Counts the bytes of a body: one without a length, or with an endless field, ends somewhere. */
function bounded(request: FastifyRequest, limit: number) {
  let seen = 0;
  const overflow = new AbortController();
  const { signal } = overflow;
  const happened = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  happened.catch(() => undefined);
  const count = (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > limit) overflow.abort();
  };
  request.raw.on('data', count);
  return { happened, signal, stop: () => request.raw.off('data', count) };
}

function addField({ fields, faults }: UploadForm, part: Extract<Multipart, { type: 'field' }>): void {
  const { fieldname, value } = part;
  if (FIELD.test(fieldname)) fields.set(fieldname, [...(fields.get(fieldname) ?? []), String(value)]);
  else faults.push(`${quoted(fieldname)} is no field of an upload.`);
}

async function receive(part: MultipartFile, folder: string, signal: AbortSignal): Promise<ReceivedFile> {
  const path = join(folder, randomUUID());
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    part.file,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx' }),
    { signal },
  );
  return { path, filename: part.filename ?? '', size, sha256: hash.digest('hex') };
}

async function passOver(form: UploadForm, part: MultipartFile, signal: AbortSignal): Promise<void> {
  if (part.fieldname !== SIGNATURE)
    form.faults.push(`The form has a file called ${quoted(part.fieldname)}; only "content" is one.`);
  await pipeline(part.file, new Writable({ write: (_chunk, _encoding, done) => done() }), { signal });
}

function asBroken(error: unknown): unknown {
  if (error instanceof WheelmillError || (error instanceof Error && 'syscall' in error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^FST_(PARTS|FIELDS|FILES)_LIMIT$/.test(code))
    return new WheelmillError('bad-upload', `An upload has one file and ${MAX_FIELDS} fields at most.`, {
      cause: error,
    });
  return new WheelmillError('bad-upload', 'The upload ended before it was whole, or is no form.', { cause: error });
}
