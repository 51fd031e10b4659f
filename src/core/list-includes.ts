import { type Finding, fault } from './list-finding.ts';
import type { Include } from './list-line.ts';

/*
 * `-r` and `-c` of other files. A name is resolved against the folder of the file that has it, as in pip, but only within
 * the upload: nothing is read from the server's disk or the network.
 */

const HOW =
  'Send it in the same upload, as one more file "requirements" with that name (curl -F requirements=@requirements.txt -F "requirements=@base.txt;filename=base.txt"); "wheelmill prebuild -r" sends such files by itself';

/** The path without `.`, `..` and doubled `/`; undefined where it leads out of its root. */
export function normalizePath(path: string): string | undefined {
  if (path.startsWith('/')) return undefined;
  const folders: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && folders.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') folders.push(part);
  }
  return folders.join('/');
}

/** Which of the files a line names, as its place among them, or why it is none. */
export function resolveInclude(
  { path, as }: Include,
  from: string,
  places: ReadonlyMap<string, number>,
): number | Finding {
  const option = as === 'requirements' ? '-r' : '-c';
  const shown = path.slice(0, 200);
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    const why = 'the server fetches no lists. Download the file and name it by its path';
    return fault('remote-file', `${option} names a URL: ${why}. ${HOW}.`);
  }
  const folder = from.slice(0, from.lastIndexOf('/') + 1);
  const target = path.startsWith('/') ? undefined : normalizePath(folder + path);
  if (target === undefined || /^[a-z]:/i.test(path)) {
    const why = 'is outside the upload: name files by paths relative to this one, and send both';
    return fault('outside-file', `${option} ${shown} ${why}. ${HOW}.`);
  }
  if (/\.(toml|lock)$/.test(target)) {
    const why = 'is a lock file or project file, which pip reads no list from. Send it by itself, without the line';
    return fault('lock-included', `${option} ${shown} ${why}.`);
  }
  const place = places.get(target);
  return place ?? fault('missing-file', `${option} ${shown} names a file that was not sent. ${HOW}.`);
}
