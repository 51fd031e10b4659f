import { readFileSync } from 'node:fs';

/** A text file's content; undefined where there is none or it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
