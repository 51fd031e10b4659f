import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MAX_LIST_FILES, MAX_POSTING_BYTES, namedFiles } from '../core/list-named-files.ts';
import { lockFormat } from '../core/lists/lock-file.ts';
import type { ListFile } from '../core/read-lists.ts';
import { WheelmillError } from '../errors.ts';

/** A file to send, and how people call it here; its name in the upload keeps its place beside the others. */
export type UploadFile = ListFile & { path: string };

/** Files as they are named on the command line; `-` is standard input. */
export type Named = { requirements: readonly string[]; constraints: readonly string[] };

type Wish = { path: string; place: string; role: ListFile['role']; from?: string };
type Found = Omit<UploadFile, 'name'> & { place: string };

/** Lock files and project files name no others, and no list can name them. */
const isLock = (path: string, bytes: Uint8Array = new Uint8Array()) => lockFormat(path, bytes) !== undefined;
const isElsewhere = (path: string) => isAbsolute(path) || /^[a-z][a-z0-9+.-]*:/i.test(path);

/**
 * Reads the files of a posting: those that are named, and those that they name by `-r` and `-c` lines, which are looked for
 * beside the file that has the line, as pip does. Nothing else is read; URLs and absolute paths in lists are left for the
 * server to refuse.
 *
 * @throws WheelmillError `bad-list` naming every file that cannot be read and the line that asks for it, `list-too-large`.
 */
export async function collectUpload(named: Named, input: NodeJS.ReadableStream = process.stdin): Promise<UploadFile[]> {
  const found = new Map<string, Found>();
  const folders = new Set<string>();
  const faults: string[] = [];
  const first = (role: ListFile['role']) => (path: string) => ({ path, place: resolve(path), role });
  const wishes: Wish[] = [
    ...named.constraints.map(first('constraints')),
    ...named.requirements.map(first('requirements')),
  ];
  let size = 0;
  for (let wish = wishes.shift(); wish; wish = wishes.shift()) {
    const { path, place, role } = wish;
    if (found.has(place)) continue;
    const bytes = await read(wish, input);
    if (typeof bytes === 'string') {
      faults.push(bytes);
      continue;
    }
    size += bytes.length;
    found.set(place, { path, place, role, bytes });
    if (found.size > MAX_LIST_FILES || size > MAX_POSTING_BYTES) throw tooMuch(found.size, size);
    folders.add(dirname(place));
    if (isLock(place, bytes)) continue;
    for (const { path: inside, as, line } of namedFiles(bytes)) {
      if (isElsewhere(inside) || isLock(inside)) continue;
      const steps = way(dirname(place), inside);
      const next = steps.at(-1) ?? place;
      for (const folder of steps.slice(0, -1)) folders.add(folder);
      const from = `${path}:${line}: ${as === 'requirements' ? '-r' : '-c'} ${inside}: `;
      // Its role follows from the line that names it.
      wishes.push({ path: relative('', next), place: next, role: 'requirements', from });
    }
  }
  if (faults.length > 0) throw new WheelmillError('bad-list', faults.join('\n'));
  return withNames([...found.values()], folders);
}

async function read({ path, place, from }: Wish, input: NodeJS.ReadableStream): Promise<Buffer | string> {
  if (path === '-') return buffer(input);
  try {
    const { isFile, size } = await stat(place).then((one) => ({ isFile: one.isFile(), size: one.size }));
    // What a person names may be a pipe; what a list names may not.
    if (from !== undefined && !isFile) return `${from}it is no file.`;
    if (size > MAX_POSTING_BYTES) throw tooMuch(1, size);
    return await readFile(place);
  } catch (error) {
    if (error instanceof WheelmillError) throw error;
    const { message } = error as Error;
    return from === undefined ? `The list ${path} cannot be read: ${message}` : `${from}${message}`;
  }
}

/** Every folder that a relative path leads through, and where it ends. */
function way(folder: string, path: string): string[] {
  const steps: string[] = [];
  let at = folder;
  for (const part of path.split('/')) {
    at = join(at, part);
    steps.push(at);
  }
  return steps;
}

/** Names are paths from the lowest folder that has all files and all folders between them, with `/`. */
function withNames(files: readonly Found[], folders: ReadonlySet<string>): UploadFile[] {
  const [only] = files;
  if (only && files.length === 1) {
    const name = only.path === '-' ? 'requirements.txt' : basename(only.path);
    return [{ name, bytes: only.bytes, role: only.role, path: only.path }];
  }
  const paths = [...folders].map((folder) => folder.split(sep));
  const [shortest = []] = paths.toSorted((a, b) => a.length - b.length);
  const differs = shortest.findIndex((part, at) => paths.some((path) => path[at] !== part));
  const base = shortest.slice(0, differs < 0 ? shortest.length : differs).join(sep) || sep;
  return files.map(({ place, ...file }) => ({ ...file, name: relative(base, place).split(sep).join('/') }));
}

function tooMuch(files: number, bytes: number): WheelmillError {
  const mib = (size: number) => `${Math.ceil(size / 1024 / 1024)} MiB`;
  return new WheelmillError(
    'list-too-large',
    `A list may consist of ${MAX_LIST_FILES} files and ${mib(MAX_POSTING_BYTES)} in all; these are more (${files} files, ${mib(bytes)}).`,
  );
}
