import { stripBlanks } from './blanks.ts';
import { type Finding, fault } from './list-finding.ts';

const ARCHIVE = /\.(whl|tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz|tlz|tar\.lz|tar\.lzma|tar|zip)$/i;

const USE_INDEX = 'name a version from the index instead, like "project==1.2"';

/** What stands before specifier, marker or `@`: where a path would be. */
function firstPart(text: string): string {
  return text.split(/[\s;@<>=!]|~=/, 1)[0] ?? '';
}

/** A path may end in extras: `./project[extra]`. */
function withoutExtras(text: string): string {
  return text.endsWith(']') ? stripBlanks(text.slice(0, text.lastIndexOf('['))) : text;
}

/** Refuses what pip would fetch from elsewhere than an index; undefined for everything else (pip: `req/constructors.py`). */
export function refuseForeignSource(text: string): Finding | undefined {
  if (/^(git|hg|svn|bzr)[+:]|^git@|^ssh:/i.test(text)) {
    return fault('version-control', `Projects are not fetched from version control: ${USE_INDEX}.`);
  }
  if (/^[A-Za-z0-9._-]+[ \t]*(?:\[[^\]]*\][ \t]*)?@/.test(text)) {
    return fault('direct-url', `Requirements by URL ("name @ …") are refused: ${USE_INDEX}.`);
  }
  if (/^file:/i.test(text)) return fault('local-path', `The server cannot see files of your machine: ${USE_INDEX}.`);
  if (/^[a-z][a-z0-9+.-]*:\/\/|^(https?|ftp|sftp):/i.test(text)) {
    return fault('bare-url', `Bare URLs are refused: ${USE_INDEX}.`);
  }
  // pip looks at the end of all that stands before the marker: "x===1.zip" is a file to it.
  if (ARCHIVE.test(withoutExtras(stripBlanks(text.split(';', 1)[0] ?? '')))) {
    return fault('local-archive', `The server cannot see archives of your machine: ${USE_INDEX}.`);
  }
  const start = firstPart(text);
  if (/^[.~]|^[A-Za-z]:\\|[/\\]/.test(start)) {
    return fault('local-path', `The server cannot see folders of your machine: ${USE_INDEX}.`);
  }
  return undefined;
}

/** pip fills these in from its environment; the server's own has nothing that a list may read. */
export function refuseVariables(text: string): Finding | undefined {
  const name = /\$\{([A-Z0-9_]+)\}/.exec(text)?.[0];
  if (name === undefined) return undefined;
  return fault(
    'unresolved-variable',
    `${name} is not filled in by the server: write its value before you post the list.`,
  );
}
