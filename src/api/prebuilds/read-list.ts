import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MAX_DOCUMENT_BYTES } from '../../core/lists/document.ts';
import type { ListFile } from '../../core/read-lists.ts';
import { WheelmillError } from '../../errors.ts';
import { addField, FIELD_NAMES, type SentFields } from './fields.ts';

/** A list as it was sent: one file, or several that belong together. */
export type SentList = { files: ListFile[]; fields: SentFields };

/** Lists have some tens of KB, locks that name every wheel of every platform some MB. */
export const MAX_LIST_BYTES = MAX_DOCUMENT_BYTES;
const MAX_FILES = 20;

/** Text bodies stay bytes: the hash of the file is taken of them. */
export function acceptLists(app: FastifyInstance): void {
  for (const type of ['text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded', '*'])
    app.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit: MAX_LIST_BYTES }, (_request, body, done) =>
      done(null, body),
    );
}

/** Reads the list of a POST in any of the three shapes. Throws WheelmillError with what to send instead. */
export async function readList(request: FastifyRequest): Promise<SentList> {
  if (request.isMultipart()) return readParts(request);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  // What curl calls a body it knows nothing of is still a list.
  if (Buffer.isBuffer(request.body)) {
    if (['text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded', ''].includes(type ?? ''))
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

async function readParts(request: FastifyRequest): Promise<SentList> {
  const fields: SentFields = {};
  const files: ListFile[] = [];
  for await (const part of request.parts({ limits: { fileSize: MAX_LIST_BYTES, files: MAX_FILES, fields: 20 } })) {
    if (part.type === 'file') {
      const bytes = await part.toBuffer();
      if (part.fieldname !== 'requirements') throw unknownField(part.fieldname);
      files.push({ name: part.filename || 'requirements.txt', bytes, role: 'requirements' });
    } else if (part.fieldname === 'requirements') {
      files.push({ name: 'requirements.txt', bytes: Buffer.from(String(part.value)), role: 'requirements' });
    } else if (FIELD_NAMES.has(part.fieldname)) {
      addField(fields, part.fieldname, part.value);
    } else {
      throw unknownField(part.fieldname);
    }
  }
  if (files.length === 0)
    throw new WheelmillError(
      'bad-list',
      'The form has no file named "requirements". Send it with: curl -F requirements=@requirements.txt URL',
    );
  return { files, fields };
}

function readJson(body: unknown): SentList {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new WheelmillError('bad-request', 'The JSON must be an object with "requirements": the text of the list.');
  const { requirements, ...others } = body as Record<string, unknown>;
  const text = Array.isArray(requirements) ? requirements.map((one) => `${one}\n`).join('') : requirements;
  if (typeof text !== 'string')
    throw new WheelmillError(
      'bad-request',
      'The JSON has no "requirements": the text of the list, or its lines as an array.',
    );
  const strange = Object.keys(others).find((name) => !FIELD_NAMES.has(name));
  if (strange !== undefined) throw unknownField(strange);
  const fields: SentFields = {};
  for (const [name, value] of Object.entries(others)) addField(fields, name, value);
  return { files: [{ name: 'requirements.txt', bytes: Buffer.from(text), role: 'requirements' }], fields };
}

function unknownField(name: string): WheelmillError {
  return new WheelmillError(
    'bad-request',
    `There is no field "${name.slice(0, 60)}". There are: requirements, ${[...FIELD_NAMES].join(', ')}.`,
  );
}
