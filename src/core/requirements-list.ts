/*
 * Requirements lists, as `pip install -r` reads them (https://pip.pypa.io/en/stable/reference/requirements-file-format/).
 *
 * The pipeline is pip's: decode (list-encoding.ts); end lines where Python ends them, join those that end in `\`, comments
 * excepted, cut comments (list-lines.ts); look for `${VARIABLE}`; split off the options at the first word that starts with
 * `-`, take them apart as a shell would (list-words.ts) and read them as optparse does (list-options.ts); follow `-r` and
 * `-c` within the upload (list-includes.ts, list-order.ts).
 *
 *   list        = line*
 *   line        = (requirement own* | include | option+)? comment?
 *   requirement = name ('[' (extra (',' extra)*)? ']')? (specifier | '(' specifier ')')? (';' marker?)?
 *   own         = '--hash' ('=' | ' ') ('sha256' | 'sha384' | 'sha512') ':' hex
 *               | ('--config-settings' ('=' | ' ') | '-C') key '=' value
 *   include     = ('-r' | '--requirement' | '-c' | '--constraint') path
 *   option      = ('--no-binary' | '--only-binary' | '--all-releases' | '--only-final') names
 *               | '--prefer-binary' | '--pre' | '--require-hashes' | '--no-require-hashes' | ignored
 *   names       = (name | ':all:' | ':none:') (',' names)?
 *   comment     = '#' ...            at the start of a line or after a blank
 *
 * Supported: the above; byte order marks of UTF-8, UTF-16 and UTF-32, coding lines (PEP 263), UTF-8; any line end; long
 * options cut short (`--requirem`), values attached or behind.
 * Ignored with a warning: --index-url, --extra-index-url, --find-links, --trusted-host, --no-index, --use-feature,
 * --config-settings on a line of its own or of a constraint.
 * Refused, line by line, each with its own code (list-codes.ts): files that were not sent, by URL or outside the upload,
 * rings of files; -e, version control, URLs, `name @ url`, paths and archives; `${VARIABLE}`; unknown, misplaced and broken
 * options; weak and malformed hashes, a hash without a pin; pins that contradict one another; whatever is no requirement.
 * Nothing is read from the server's environment, disk or network. Where pip differs, docs/requirements.md says so, and
 * test/core/pip.test.ts compares.
 */
import type { Lists } from './read-lists.ts';
import type { Requirement } from './records/requirement.ts';
import { formatRequirement } from './requirement.ts';
import { parseRequirementsFiles } from './requirements-files.ts';

export type { ListFault } from './records/list-fault.ts';
export type { Requirement } from './records/requirement.ts';
export { formatRequirement } from './requirement.ts';

/**
 * Reads a list that is one file. It never throws for what is in the list: everything wrong is in `faults`.
 * @param content the file's bytes, at most 1 MiB, or its text
 * @param options.file the file's name, repeated in requirements, faults and warnings
 */
export function parseRequirementsList(content: Uint8Array | string, options: { file?: string } = {}): Lists {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const file = { name: options.file ?? 'requirements.txt', bytes, role: 'requirements' } as const;
  return parseRequirementsFiles([file], { named: options.file !== undefined });
}

/** A list's content in one spelling whatever its order, comments and line breaks; prebuild ids are made from it. */
export function normalizedListText(requirements: readonly Requirement[]): string {
  const lines = new Set(requirements.map(formatRequirement));
  return [...lines]
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}
