import { quoted } from '../faults.ts';
import { canonicalExtra } from '../marker-syntax.ts';
import type { ListDocument } from './document.ts';
import { Entry } from './entry.ts';

/** As many as a list may have lines. */
export const MAX_PACKAGES = 5000;

/** The tables of a lock file's array, each named after its package, with the line where its name stands. */
export function packageEntries(document: ListDocument, key: string): Entry[] {
  const root = new Entry(document, document.root);
  const tables = root.tables(key);
  if (tables.length > MAX_PACKAGES) {
    root.fault('list-too-large', `The file locks more than ${MAX_PACKAGES} packages.`);
    return [];
  }
  const headers = headerLines(document, key);
  // An array may be written in another notation, and a header may stand inside of a text.
  const starts = headers.length === tables.length ? headers : undefined;
  return tables.map((table, index) => {
    const name = table.value('name');
    const start = starts?.[index];
    if (typeof name !== 'string') return table.as(`Package ${index + 1}`, start ?? 1);
    const end = starts?.[index + 1] ?? document.lines.length + 1;
    const line = start === undefined ? document.textLine(name) : nameLine(document, name, start, end);
    return table.as(shownName(name), line ?? start ?? 1);
  });
}

function headerLines(document: ListDocument, key: string): number[] {
  const pattern = new RegExp(`^\\s*\\[\\[\\s*${key}\\s*\\]\\]`);
  return document.lines.flatMap((line, at) => (pattern.test(line) ? [at + 1] : []));
}

function nameLine(document: ListDocument, name: string, start: number, end: number): number | undefined {
  for (let line = start; line < end; line += 1) {
    const text = document.lines[line - 1]!;
    if (/^\s*name\s*=/.test(text) && text.includes(name)) return line;
  }
  return undefined;
}

/** A package's name as messages begin with it. */
export function shownName(name: string): string {
  return quoted(name).slice(1, -1);
}

/** Its name for comparing with others; empty where it has none. */
export function canonicalName(entry: Entry): string {
  const name = entry.value('name');
  return typeof name === 'string' ? canonicalExtra(name) : '';
}
