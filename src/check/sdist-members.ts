import { quoted } from '../core/faults.ts';
import { badSdist } from './bad-sdist.ts';

/** A file or folder of a source archive, as far as checking it needs it. */
export type SdistMember = { name: string; linkTo?: string; isSpecial?: boolean };

/** Bounds on what a source archive may ask of the machine that checks it. */
export type SdistLimits = {
  /** Files and folders. Large real sdists have some fifty thousand. */
  members: number;
  /** Bytes of all files unpacked: as much as the work folder of a build has by default. */
  unpackedBytes: number;
};

export const SDIST_LIMITS: SdistLimits = { members: 200_000, unpackedBytes: 4 * 1024 ** 3 };

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function isOutside(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return path.startsWith('/') || path.includes('\\') || /^[A-Za-z]:/.test(path);
}

/**
 * Looks at the members of a source archive one by one: each stays below the one top folder, links included, and is a file, a
 * folder or a link. A build unpacks with the same rules (`prepare.py`); here whoever uploads is told.
 */
export function createMemberCheck(limits: SdistLimits) {
  const tops = new Set<string>();
  let count = 0;
  return {
    /** Throws WheelmillError `bad-upload`. */
    see({ name, linkTo, isSpecial }: SdistMember): void {
      count += 1;
      if (count > limits.members) throw badSdist(`it has more than ${limits.members} members`);
      const refuse = (why: string) => badSdist(`its member ${quoted(name)} ${why}`);
      if (name === '' || CONTROL.test(name)) throw refuse('has no name, or control characters in it');
      if (isOutside(name)) throw refuse('leads out of the archive');
      if (linkTo !== undefined && isOutside(linkTo)) throw refuse('is a link that leads out of the archive');
      if (isSpecial) throw refuse('is no file, folder or link');
      const top = name.replace(/^(\.\/)+/, '').split('/')[0] ?? '';
      // A comment that `git archive` writes; every tool passes over it.
      if (top !== '' && top !== '.' && top !== 'pax_global_header') tops.add(top);
      if (tops.size > 1) throw badSdist('it needs exactly one folder at its top');
    },
    /** The one folder. Throws WheelmillError `bad-upload` for an empty archive. */
    top(): string {
      const [top] = tops;
      if (top === undefined) throw badSdist('it is empty');
      return top;
    },
  };
}
