import { execFileSync } from 'node:child_process';

/** The commit that a measured run is of, in short, for the header of its page. */
export function commitOfRun(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
