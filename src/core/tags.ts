import { CoreError, quoted } from './faults.ts';

/** One platform compatibility tag: `cp313-cp313-manylinux_2_17_x86_64`, lower case (PEP 425). */
export type Tag = string;

/** A compressed set multiplies its three parts; real wheels reach some dozens. */
const MAX_TAGS = 1000;

const PART = /^[a-z0-9_]+$/;
const PYTHON_PART = /^[a-z_]/;

/** The three parts of a compressed tag set, each with its members in the order written, lower case. */
export interface TagParts {
  pythonTags: string[];
  abiTags: string[];
  platformTags: string[];
}

/** Splits `py2.py3-none-any` into its parts; throws CoreError `invalid-tag`. */
export function parseTagParts(text: string): TagParts {
  const [pythonTags, abiTags, platformTags, ...rest] = text
    .toLowerCase()
    .split('-')
    .map((part) => part.split('.'));
  if (!pythonTags || !abiTags || !platformTags || rest.length > 0) {
    throw new CoreError('invalid-tag', `${quoted(text)} is not a tag: it needs a Python, an ABI and a platform part.`);
  }
  const parts = [...pythonTags, ...abiTags, ...platformTags];
  if (!parts.every((part) => PART.test(part)) || !pythonTags.every((part) => PYTHON_PART.test(part))) {
    throw new CoreError(
      'invalid-tag',
      `${quoted(text)} is not a tag: a part is empty or has a character tags never have.`,
    );
  }
  if (pythonTags.length * abiTags.length * platformTags.length > MAX_TAGS) {
    throw new CoreError('invalid-tag', `${quoted(text)} stands for more than ${MAX_TAGS} tags.`);
  }
  return { pythonTags, abiTags, platformTags };
}

/** All tags of a split set, without repetitions. */
export function expandTags(parts: TagParts): Tag[] {
  const tags = parts.pythonTags.flatMap((python) =>
    parts.abiTags.flatMap((abi) => parts.platformTags.map((platform) => `${python}-${abi}-${platform}`)),
  );
  return [...new Set(tags)];
}

/** All tags a compressed set stands for: `py2.py3-none-any` gives two. Throws CoreError `invalid-tag`. */
export function parseTagSet(text: string): Tag[] {
  return expandTags(parseTagParts(text));
}

/** A target's list has over a thousand tags and is asked for every file of every page. */
const positionsOf = new WeakMap<readonly Tag[], Map<Tag, number>>();

function positions(supported: readonly Tag[]): Map<Tag, number> {
  const known = positionsOf.get(supported);
  if (known !== undefined) return known;
  const made = new Map<Tag, number>();
  for (const [at, tag] of supported.entries()) if (!made.has(tag)) made.set(tag, at);
  positionsOf.set(supported, made);
  return made;
}

/**
 * How well a wheel fits: the place of its best tag in the target's list, which is ordered best first, so lower is
 * better. Undefined when no tag is supported. `supported` must not be changed afterwards: its look-up table is kept.
 */
export function tagPriority(tagSet: readonly Tag[], supported: readonly Tag[]): number | undefined {
  const table = positions(supported);
  let best: number | undefined;
  for (const tag of tagSet) {
    const at = table.get(tag);
    if (at !== undefined && (best === undefined || at < best)) best = at;
  }
  return best;
}
