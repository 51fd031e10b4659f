import type { Rule } from './rule.ts';

/** How cargo ends that had such an answer of the gateway, after all its tries: the pattern's group is what the gateway said. */
function answered(status: string, detail: string): RegExp {
  return new RegExp(
    `\\n +failed to get successful HTTP response from \`http://127\\.0\\.0\\.1:\\d+/[^\`\\n]*\` [^\\n]*, got ${status}\\n +body:\\n +\\{[^\\n]*"detail":"(${detail})"`,
  );
}

/** Of the gateway's sentences, which a build could print just as well. */
const MAX_SAID_CHARS = 300;
const shortened = (said: string): string => said.slice(0, MAX_SAID_CHARS);

/** The crates registry behind the build: all else in a log follows from it. */
export const CRATES: Rule[] = [
  {
    reason: 'hash-mismatch',
    pattern: answered('502', '[^"\\\\\\n]+\\.crate as downloaded has the SHA-256 [^"\\\\\\n]*'),
    message: (_said, _place, [said = '']) => `A crate is not the one that the registry lists: ${shortened(said)}`,
    hint: 'The crates registry, or what is between it and this server, gives out other bytes. Check WHEELMILL_CARGO_UPSTREAM.',
  },
  {
    reason: 'upstream-unavailable',
    pattern: answered('50[234]', '[^"\\\\\\n]+'),
    message: (_said, _place, [said = '']) => `The build could not have its crates. ${shortened(said)}`,
    hint: 'The crates registry did not answer. Check WHEELMILL_CARGO_UPSTREAM and the network, then send the list again.',
  },
  {
    reason: 'needs-network',
    pattern: answered('500', '[^"\\\\\\n]+'),
    message: (_said, _place, [said = '']) => `The build needs crates. ${shortened(said)}`,
    hint: 'Set WHEELMILL_CARGO_UPSTREAM to a sparse registry, then send the list again.',
  },
];
