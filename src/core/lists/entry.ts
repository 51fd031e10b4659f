import { CoreError, quoted } from '../faults.ts';
import { isListCode, type ListCode } from '../list-codes.ts';
import { isTable, type ListDocument, type Table } from './document.ts';

/** A table of a document, with what it is and where it stands. Reading what has another type than it should is a fault. */
export class Entry {
  readonly document: ListDocument;
  readonly line: number;
  readonly what: string;
  readonly #table: Table;

  constructor(document: ListDocument, table: Table, what = 'The file', line = 1) {
    this.document = document;
    this.#table = table;
    this.what = what;
    this.line = line;
  }

  keys(): string[] {
    return Object.keys(this.#table);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#table, key);
  }

  value(key: string): unknown {
    return this.has(key) ? this.#table[key] : undefined;
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#strange(key, 'a text');
  }

  /** The texts of an array; none where it is missing. */
  texts(key: string): string[] {
    return this.#all(key, 'an array of texts', (one) => typeof one === 'string');
  }

  table(key: string): Entry | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    return isTable(value) ? new Entry(this.document, value, this.what, this.line) : this.#strange(key, 'a table');
  }

  /** The tables of an array; none where it is missing. Each stands where this one does. */
  tables(key: string): Entry[] {
    const tables = this.#all(key, 'an array of tables', isTable);
    return tables.map((one) => new Entry(this.document, one, this.what, this.line));
  }

  /** The same table under another name, at another line. */
  as(what: string, line = this.line): Entry {
    return new Entry(this.document, this.#table, what, line);
  }

  fault(code: ListCode, message: string): undefined {
    this.document.fault(this.line, code, message);
  }

  warn(code: ListCode, message: string): undefined {
    this.document.warn(this.line, code, message);
  }

  /** What `read` gives; its parse error is a fault here. */
  parsed<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      return this.fault(isListCode(error.code) ? error.code : 'invalid-lock', `${this.what}: ${error.message}`);
    }
  }

  #all<T>(key: string, wanted: string, test: (one: unknown) => one is T): T[] {
    const value = this.value(key);
    if (value === undefined) return [];
    const members = Array.isArray(value) ? value : [];
    if (!Array.isArray(value) || !members.every(test)) this.#strange(key, wanted);
    return members.filter(test);
  }

  #strange(key: string, wanted: string): undefined {
    return this.fault('invalid-lock', `${this.what}: ${quoted(key)} must be ${wanted}.`);
  }
}
