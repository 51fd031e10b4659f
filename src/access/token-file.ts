import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import Value from 'typebox/value';
import { WheelmillError } from '../errors.ts';
import { type Token, TokenSchema } from './token.ts';

/**
 * The file of tokens: one JSON object a line; empty lines and lines that start with `#` mean nothing. It holds hashes alone, and
 * still is nobody's business: whoever may write it may do everything.
 */
const HEAD =
  '# Tokens of Wheelmill, one a line: hashes, no secrets. Changed by `wheelmill token`, and read again by itself.\n';
const MODE = 0o600;

/**
 * Reads the lines, by id.
 *
 * @throws WheelmillError `bad-tokens` with every faulty line
 */
export function parseTokens(text: string, path: string): Map<string, Token> {
  const tokens = new Map<string, Token>();
  const faults = text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const read = readLine(line);
    if (typeof read === 'string') return [`line ${index + 1}: ${read}`];
    if (tokens.has(read.id)) return [`line ${index + 1}: the id ${read.id} is there twice`];
    tokens.set(read.id, read);
    return [];
  });
  if (faults.length === 0) return tokens;
  throw new WheelmillError('bad-tokens', `The token file ${path} has faults:\n  ${faults.join('\n  ')}`, { faults });
}

/** Never quotes the line: what does not belong there may be a secret. */
function readLine(line: string): Token | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is no JSON object';
  }
  if (Value.Check(TokenSchema, value)) {
    const times = [value.created, value.expires, value.revoked].filter((one) => one !== undefined);
    return times.every((one) => !Number.isNaN(Date.parse(one))) ? value : 'it has a time that is none';
  }
  if (typeof value !== 'object' || value === null) return 'it is no JSON object';
  const unknown = Object.keys(value).filter((key) => !(key in TokenSchema.properties));
  if (unknown.length > 0) return `${JSON.stringify(unknown[0]?.slice(0, 40))} is no field of a token`;
  const [first] = Value.Errors(TokenSchema, value);
  const field = first?.instancePath.split('/')[1];
  return field ? `its ${field.slice(0, 40)} is not valid` : (first?.message ?? 'it is no token');
}

/** The tokens of a file; undefined where there is none. */
export async function readTokens(path: string): Promise<Map<string, Token> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new WheelmillError('bad-tokens', `The token file ${path} cannot be read: ${error.message}`, { cause: error });
  });
  return text === undefined ? undefined : parseTokens(text, path);
}

/** Whether others than its owner can read or write a file. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o077) !== 0;
}

/** Puts the tokens in the place of those in the file, all at once: a reader sees the old ones or the new ones. */
export async function writeTokens(path: string, tokens: Iterable<Token>): Promise<void> {
  await replaceFile(path, HEAD + [...tokens].map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** Writes a file that its owner alone can read, in one step. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  await rename(draft, path).catch(async (error) => {
    await rm(draft, { force: true });
    throw asUnwritable(error, path);
  });
}

/** The same where no file is there yet; false, and nothing changed, where one is. */
export async function createTokens(path: string, tokens: Iterable<Token>): Promise<boolean> {
  const draft = await writeDraft(path, HEAD + [...tokens].map((one) => `${JSON.stringify(one)}\n`).join(''));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw asUnwritable(error, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const before = await stat(path).catch(() => undefined);
    const file = await open(draft, 'wx', MODE);
    try {
      // Changed by root, it still is the server's: it has to be able to read it.
      if (before && process.getuid?.() === 0) await file.chown(before.uid, before.gid);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return draft;
  } catch (error) {
    throw asUnwritable(error, path);
  }
}

function asUnwritable(error: unknown, path: string): WheelmillError {
  return new WheelmillError('bad-tokens', `${path} cannot be written: ${(error as Error).message}`, { cause: error });
}
