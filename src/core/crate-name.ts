import type { Brand } from './brand.ts';

/** The name of a crate, in the spelling of whoever asked; a part of URLs and file names. */
export type CrateName = Brand<string, 'CrateName'>;

/** The public registry ends them at 64 characters; others are seldom longer. */
const CRATE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/;
/** Semantic versions as registries have them (https://semver.org/#spec-item-2), in lengths that fit into file names. */
const CRATE_VERSION = /^\d{1,20}\.\d{1,20}\.\d{1,20}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,128})?$/;

export function isCrateName(text: string): text is CrateName {
  return CRATE_NAME.test(text);
}

export function isCrateVersion(text: string): boolean {
  return CRATE_VERSION.test(text);
}

/**
 * The folder of a crate's index file: `1`, `2`, `3/a`, `ab/cd`
 * (https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files). ASCII in, ASCII out, in the name's own case.
 */
export function cratePrefix(name: CrateName): string {
  if (name.length <= 2) return String(name.length);
  if (name.length === 3) return `3/${name[0]}`;
  return `${name.slice(0, 2)}/${name.slice(2, 4)}`;
}

/** Where the index has a crate's file, below its root: `se/rd/serde`. */
export function crateIndexPath(name: CrateName): string {
  const lower = name.toLowerCase() as CrateName;
  return `${cratePrefix(lower)}/${lower}`;
}

/** The crate whose index file is at this path; undefined for any other path. */
export function crateOfIndexPath(path: string): CrateName | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return isCrateName(name) && crateIndexPath(name) === path ? name : undefined;
}
