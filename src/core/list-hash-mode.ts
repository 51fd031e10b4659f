import type { Environments } from './list-environments.ts';
import { type Finding, fault, warning } from './list-finding.ts';
import type { Requirement } from './records/requirement.ts';
import { exactPin, parseSpecifier } from './specifier.ts';

/*
 * Hash checking mode, on the list alone: hashes belong to a pin, and with `--require-hashes` every requirement must have
 * both. Without it pip would turn the mode on at the first hash and refuse lines that have none; here these are only
 * warned about, since what is fetched is checked against the index anyway.
 */

interface Judged {
  readonly requirement: Requirement;
  readonly finding: Finding;
}

const isPinned = ({ specifier }: Requirement): boolean => exactPin(parseSpecifier(specifier)) !== undefined;

function withoutPin(requirement: Requirement): Judged {
  const message = `Hashes belong to the files of one version: pin it, like "${requirement.name}==1.2.3", or remove the hashes.`;
  return { requirement, finding: fault('hash-without-pin', message) };
}

function withoutHash(requirement: Requirement): Judged {
  const message = `--require-hashes asks for a hash of every requirement: add --hash=sha256:… to this one, which "pip-compile --generate-hashes" and "uv pip compile --generate-hashes" do.`;
  return { requirement, finding: fault('hash-missing', message) };
}

/** Judges the hashes of a list whose mode is forced (`--require-hashes`) or left to its lines. */
export function judgeHashes(
  requirements: readonly Requirement[],
  constraints: readonly Requirement[],
  { required, judge }: { required: boolean; judge: (marker: string | undefined) => Environments | undefined },
): Judged[] {
  const unpinned = requirements.filter((one) => one.hashes.length > 0 && !isPinned(one)).map(withoutPin);
  const unhashed = requirements.filter(({ hashes }) => hashes.length === 0);
  if (required) {
    const locked = new Set(constraints.filter(({ hashes }) => hashes.length > 0).map(({ name }) => name));
    const needing = unhashed.filter(({ name, marker }) => !locked.has(name) && judge(marker) !== 0);
    return [...unpinned, ...needing.map(withoutHash)];
  }
  const [first] = unhashed;
  if (first === undefined || unhashed.length === requirements.length) return unpinned;
  const message = `Other lines have hashes, ${first.name} has none: what is fetched for it is checked against the index only.`;
  return [...unpinned, { requirement: first, finding: warning('partly-hashed', message) }];
}
