import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MAX_LIST_FILES, MAX_POSTING_BYTES } from '../../core/list-named-files.ts';
import { MAX_DOCUMENT_BYTES } from '../../core/lists/document.ts';
import type { ListFile } from '../../core/read-lists.ts';
import { WheelmillError } from '../../errors.ts';
import { addField, FIELD_NAMES, type SentFields } from './fields.ts';

/** A list as it was sent: one file, or several that belong together. */
export type SentList = { files: ListFile[]; fields: SentFields };

/** Lists have some tens of KB, locks that name every wheel of every platform some MB. */
export const MAX_LIST_BYTES = MAX_DOCUMENT_BYTES;
/** Longer ones are no paths of files that anybody has. */
const MAX_NAME_CHARS = 500;
const ROLES: ReadonlySet<string> = new Set(['requirements', 'constraints'] satisfies ListFile['role'][]);
const isRole = (name: string): name is ListFile['role'] => ROLES.has(name);

/** A body that is the list itself: what curl and others call it. */
const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'text/plain',
  'application/toml',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  '',
]);

/** Text bodies stay bytes: the hash of the file is taken of them. */
export function acceptLists(app: FastifyInstance): void {
  for (const type of ['text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded', '*'])
    app.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit: MAX_LIST_BYTES }, (_request, body, done) =>
      done(null, body),
    );
}

/** Reads the list of a POST in any of the three shapes. Throws WheelmillError with what to send instead. */
export async function readList(request: FastifyRequest): Promise<SentList> {
  if (request.isMultipart()) return readParts(request).catch(brokenForm);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  // What curl calls a body it knows nothing of is still a list.
  if (Buffer.isBuffer(request.body)) {
    if (PLAIN_TYPES.has(type ?? ''))
      return { files: [{ name: 'requirements.txt', bytes: request.body, role: 'requirements' }], fields: {} };
    throw new WheelmillError(
      'unsupported-media-type',
      `A list cannot be sent as ${type?.slice(0, 60)}. Send it as text/plain, as a multipart file named "requirements", or as JSON.`,
    );
  }
  if (type === 'application/json') return readJson(request.body);
  throw new WheelmillError(
    'bad-list',
    'The request has no list. Send it with: curl --data-binary @requirements.txt -H "Content-Type: text/plain" URL',
  );
}

/** What the parser of forms says of one that it cannot read has no code; with one it is a limit, or a fault of our own. */
function brokenForm(error: unknown): never {
  if (!(error instanceof Error) || error instanceof WheelmillError || 'code' in error) throw error;
  throw new WheelmillError(
    'bad-list',
    'The form ended before it was whole, or is no form. Send it with: curl -F requirements=@requirements.txt URL',
    { cause: error },
  );
}

async function readParts(request: FastifyRequest): Promise<SentList> {
  const fields: SentFields = {};
  const files: ListFile[] = [];
  const limits = { fileSize: MAX_LIST_BYTES, files: MAX_LIST_FILES, fields: MAX_LIST_FILES + FIELD_NAMES.size };
  // With the folders that clients send: files name each other by paths.
  for await (const part of request.parts({ limits, preservePath: true })) {
    const { fieldname } = part;
    if (isRole(fieldname)) {
      const bytes = part.type === 'file' ? await part.toBuffer() : Buffer.from(String(part.value));
      const name = part.type === 'file' ? part.filename : undefined;
      files.push(listFile(fieldname, name, bytes));
      refuseTooMuch(files);
    } else if (part.type === 'field' && FIELD_NAMES.has(fieldname)) {
      addField(fields, fieldname, part.value);
    } else {
      throw unknownField(fieldname);
    }
  }
  if (!files.some((one) => one.role === 'requirements'))
    throw new WheelmillError(
      'bad-list',
      'The form has no file named "requirements". Send it with: curl -F requirements=@requirements.txt URL',
    );
  return { files, fields };
}

function readJson(body: unknown): SentList {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new WheelmillError('bad-request', 'The JSON must be an object with "requirements": the text of the list.');
  const { requirements, constraints, ...others } = body as Record<string, unknown>;
  const files = [...filesOf('requirements', requirements), ...filesOf('constraints', constraints ?? {})];
  if (!files.some((one) => one.role === 'requirements')) throw noText('requirements');
  refuseTooMuch(files);
  const strange = Object.keys(others).find((name) => !FIELD_NAMES.has(name));
  if (strange !== undefined) throw unknownField(strange);
  const fields: SentFields = {};
  for (const [name, value] of Object.entries(others)) addField(fields, name, value);
  return { files, fields };
}

/** A text, the lines of one, or several by their names. */
function filesOf(role: ListFile['role'], sent: unknown): ListFile[] {
  if (typeof sent === 'object' && sent !== null && !Array.isArray(sent))
    return Object.entries(sent).map(([name, text]) => listFile(role, name, bytesOf(role, text)));
  return [listFile(role, undefined, bytesOf(role, sent))];
}

function bytesOf(role: ListFile['role'], sent: unknown): Buffer {
  const text = Array.isArray(sent) ? sent.map((one) => `${one}\n`).join('') : sent;
  if (typeof text === 'string') return Buffer.from(text);
  throw noText(role);
}

function noText(role: ListFile['role']): WheelmillError {
  return new WheelmillError(
    'bad-request',
    `The JSON has no "${role}": the text of the list, its lines as an array, or an object of file names and texts.`,
  );
}

function listFile(role: ListFile['role'], name: string | undefined, bytes: Buffer): ListFile {
  return { name: name?.slice(0, MAX_NAME_CHARS) || `${role}.txt`, bytes, role };
}

function refuseTooMuch(files: readonly ListFile[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (files.length <= MAX_LIST_FILES && bytes <= MAX_POSTING_BYTES) return;
  throw new WheelmillError(
    'list-too-large',
    `A list may consist of ${MAX_LIST_FILES} files and ${MAX_POSTING_BYTES / 1024 / 1024} MiB in all.`,
  );
}

function unknownField(name: string): WheelmillError {
  return new WheelmillError(
    'bad-request',
    `There is no field "${name.slice(0, 60)}". There are: requirements, constraints, ${[...FIELD_NAMES].join(', ')}.`,
  );
}
