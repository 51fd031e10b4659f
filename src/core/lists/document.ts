import { parse, TomlError } from 'smol-toml';
import type { ListCode } from '../list-codes.ts';
import { type Finding, fault, type Located, warning } from '../list-finding.ts';

/** A table of TOML or an object of JSON. Only its own properties count: keys come from strangers. */
export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Locks of large applications reach 2 MiB: they name every wheel of every platform. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Deeper than any lock file; a parser's stack ends somewhere. */
const MAX_DEPTH = 50;

/** What is wrong beyond this many places is wrong for the same reason. */
const MAX_FINDINGS = 1000;

/** A TOML or JSON file as it is read: its data, where things stand in it, and what is wrong with it. */
export class ListDocument {
  readonly root: Table;
  readonly lines: readonly string[];
  /** Everything said so far, in the order it was found. */
  readonly findings: Located[] = [];
  #keys: Map<string, number[]> | undefined;
  #texts: Map<string, number> | undefined;

  constructor(text: string, root: Table) {
    this.root = root;
    this.lines = text.split(/\r?\n/);
  }

  fault(line: number, code: ListCode, message: string): void {
    this.#say(line, fault(code, message));
  }

  warn(line: number, code: ListCode, message: string): void {
    this.#say(line, warning(code, message));
  }

  /** The first line from `from` on that matches, from 1; parsers of TOML and JSON don't tell. */
  lineOf(pattern: RegExp | string, from = 1): number | undefined {
    const test =
      typeof pattern === 'string' ? (line: string) => line.includes(pattern) : (line: string) => pattern.test(line);
    for (let at = Math.max(0, from - 1); at < this.lines.length; at += 1) if (test(this.lines[at]!)) return at + 1;
    return undefined;
  }

  /** The first line from `from` on that starts with this JSON key. */
  keyLine(key: string, from = 1): number | undefined {
    this.#keys ??= keyLines(this.lines);
    return this.#keys.get(JSON.stringify(key))?.find((line) => line >= from);
  }

  /** The first line that has this text in quotes, as it is. */
  textLine(text: string): number | undefined {
    this.#texts ??= textLines(this.lines);
    return this.#texts.get(text);
  }

  #say(line: number, finding: Finding): void {
    if (this.findings.length >= MAX_FINDINGS) return;
    this.findings.push({ line, text: (this.lines[line - 1] ?? '').trim(), finding });
  }
}

function keyLines(lines: readonly string[]): Map<string, number[]> {
  const byKey = new Map<string, number[]>();
  for (const [at, line] of lines.entries()) {
    const key = /^\s*("(?:[^"\\]|\\.)*")\s*:/.exec(line)?.[1];
    const known = key === undefined ? undefined : byKey.get(key);
    if (known) known.push(at + 1);
    else if (key !== undefined) byKey.set(key, [at + 1]);
  }
  return byKey;
}

function textLines(lines: readonly string[]): Map<string, number> {
  const byText = new Map<string, number>();
  for (const [at, line] of lines.entries())
    for (const [, double, single] of line.matchAll(/"([^"\\]*)"|'([^']*)'/g)) {
      const text = double ?? single ?? '';
      if (!byText.has(text)) byText.set(text, at + 1);
    }
  return byText;
}

/** A document from a file's bytes, or why there is none. */
export function readDocument(bytes: Uint8Array, syntax: 'toml' | 'json'): ListDocument | Located {
  const none = (line: number, text: string, code: ListCode, message: string): Located => ({
    line,
    text,
    finding: fault(code, message),
  });
  if (bytes.byteLength > MAX_DOCUMENT_BYTES)
    return none(1, '', 'list-too-large', `The file has ${bytes.byteLength} bytes, and at most 8 MiB are read.`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return none(1, '', 'binary-list', 'This is not a text file in UTF-8.');
  }
  try {
    const root: unknown = syntax === 'json' ? JSON.parse(text) : parseToml(text);
    if (isTable(root)) return new ListDocument(text, root);
    return none(1, text, 'unreadable-lock', 'The file has no JSON object: post the lock file as its tool wrote it.');
  } catch (error) {
    const line = error instanceof TomlError ? Math.max(1, error.line) : 1;
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    const shown = text.split(/\r?\n/)[line - 1]?.trim() ?? '';
    return none(
      line,
      shown,
      'unreadable-lock',
      `This is not ${syntax === 'json' ? 'JSON' : 'TOML'}: ${why.slice(0, 200)}`,
    );
  }
}

/** Numbers of any size: none of ours is one, and a parser must not stumble over those we don't read. */
function parseToml(text: string): unknown {
  return parse(text, { integersAsBigInt: 'asNeeded', maxDepth: MAX_DEPTH });
}
