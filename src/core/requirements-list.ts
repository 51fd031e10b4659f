/*
 * Requirements lists, as `pip install -r` reads them (https://pip.pypa.io/en/stable/reference/requirements-file-format/).
 *
 * The pipeline is pip's: decode, join lines that end in `\` (comments are not), cut comments, look for `${VARIABLE}`, split
 * off the options at the first word that starts with `-`.
 *
 *   list        = line*
 *   line        = (requirement hash* | option)? comment?
 *   requirement = name ('[' extra (',' extra)* ']')? specifier? (';' marker)?
 *   hash        = '--hash' ('=' | ' ') ('sha256' | 'sha384' | 'sha512') ':' hex
 *   comment     = '#' ...            at the start of a line or after a blank
 *
 * Supported: the above; UTF-8 or UTF-16 with or without a byte order mark, any line end.
 * Ignored with a warning: --index-url, --extra-index-url, --find-links, --trusted-host, --no-index.
 * Refused, line by line, each with its own code: other lists (-r, -c), -e, version control, URLs, `name @ url`, paths and
 * archives, `${VARIABLE}`, every other option, weak and malformed hashes, a hash without a pin, pins that contradict one
 * another, and whatever is no requirement. Nothing is read from the server's environment, disk or network.
 */
import { findDuplicates } from './list-duplicates.ts';
import { type Finding, fault, isFinding, type Located, orFault, shownLine, warning } from './list-finding.ts';
import { parseListHash } from './list-hashes.ts';
import { refuseForeignSource, refuseVariables } from './list-kinds.ts';
import { decodeList, type LogicalLine, logicalLines } from './list-lines.ts';
import { judgeOption, judgeRequirementOption, type ListOption, parseOptions, splitOptions } from './list-options.ts';
import type { ListFault } from './records/list-fault.ts';
import type { Requirement } from './records/requirement.ts';
import { formatRequirement, parseRequirement } from './requirement.ts';
import { exactPin, parseSpecifier } from './specifier.ts';

export type { ListFault } from './records/list-fault.ts';
export type { Requirement } from './records/requirement.ts';
export { formatRequirement } from './requirement.ts';

/** A parsed list. With any fault it must not be used; all faults are there at once, in the order of their lines. */
export interface RequirementsList {
  requirements: Requirement[];
  faults: ListFault[];
  warnings: ListFault[];
}

/** What one line gives. */
interface LineResult {
  readonly requirement?: Requirement;
  readonly findings: Finding[];
}

function readHashes(options: readonly ListOption[]): { hashes: string[]; findings: Finding[] } {
  const results = options.map((option) =>
    option.name === '--hash' ? parseListHash(option.value) : judgeRequirementOption(option),
  );
  const hashes = results.filter((result) => typeof result === 'string');
  return { hashes: [...new Set(hashes)].sort(), findings: results.filter(isFinding) };
}

function readRequirement(text: string, options: readonly ListOption[], line: number): LineResult {
  const foreign = refuseForeignSource(text);
  if (foreign !== undefined) return { findings: [foreign] };
  const { hashes, findings } = readHashes(options);
  const bare = orFault(() => parseRequirement(text));
  if (isFinding(bare)) return { findings: [bare, ...findings] };
  if (hashes.length > 0 && exactPin(parseSpecifier(bare.specifier)) === undefined) {
    const message = `Hashes belong to the files of one version: pin it, like "${bare.name}==1.2.3", or remove the hashes.`;
    return { findings: [fault('hash-without-pin', message), ...findings] };
  }
  return findings.length > 0 ? { findings } : { requirement: { ...bare, hashes, line }, findings };
}

function readLine({ line, text }: LogicalLine): LineResult {
  const variables = refuseVariables(text);
  if (variables !== undefined) return { findings: [variables] };
  const { requirement, options } = splitOptions(text);
  const parsed = parseOptions(options);
  return requirement === '' ? { findings: parsed.map(judgeOption) } : readRequirement(requirement, parsed, line);
}

/** The same requirement on several lines is one. */
function withoutRepetitions(requirements: readonly Requirement[]): Requirement[] {
  const byText = new Map<string, Requirement>();
  for (const requirement of requirements) {
    const key = formatRequirement(requirement);
    if (!byText.has(key)) byText.set(key, requirement);
  }
  return [...byText.values()];
}

/** pip turns to hash checking mode at the first hash, and would refuse the lines that have none. */
function findUnhashed(requirements: readonly Requirement[]): Located[] {
  const unhashed = requirements.find(({ hashes }) => hashes.length === 0);
  if (unhashed === undefined || requirements.every(({ hashes }) => hashes.length === 0)) return [];
  const message = `Other lines have hashes, ${unhashed.name} has none: what is fetched for it is checked against the index only.`;
  return [{ line: unhashed.line, text: formatRequirement(unhashed), finding: warning('partly-hashed', message) }];
}

function finished(
  requirements: Requirement[],
  located: readonly Located[],
  file: string | undefined,
): RequirementsList {
  const shown = (severity: Finding['severity']): ListFault[] =>
    located
      .filter(({ finding }) => finding.severity === severity)
      .sort((a, b) => a.line - b.line)
      .map(({ line, text, finding: { code, message } }) => ({
        ...(file !== undefined && { file }),
        line,
        text: shownLine(text),
        code,
        message,
      }));
  return { requirements, faults: shown('fault'), warnings: shown('warning') };
}

/**
 * Reads a requirements list. It never throws for what is in the list: everything wrong is in `faults`.
 * @param content the file's bytes, at most 1 MiB, or its text
 * @param options.file the file's name, repeated in faults and warnings
 */
export function parseRequirementsList(content: Uint8Array | string, options: { file?: string } = {}): RequirementsList {
  const text = decodeList(content);
  if (isFinding(text)) return finished([], [{ line: 1, text: '', finding: text }], options.file);
  const { lines, findings: lineFindings } = logicalLines(text);
  const results = lines.map((line) => ({ line, ...readLine(line) }));
  const requirements = withoutRepetitions(results.flatMap(({ requirement }) => requirement ?? []));
  const located: Located[] = [
    ...lineFindings,
    ...results.flatMap(({ line, findings }) => findings.map((finding) => ({ ...line, finding }))),
    ...findDuplicates(requirements),
    ...findUnhashed(requirements),
  ];
  if (requirements.length === 0 && !located.some(({ finding }) => finding.severity === 'fault')) {
    const empty = fault(
      'empty-list',
      'The list names no project: write one requirement a line, like "project==1.2.3".',
    );
    located.push({ line: 1, text: '', finding: empty });
  }
  return finished(requirements, located, options.file);
}

/** A list's content in one spelling whatever its order, comments and line breaks; prebuild ids are made from it. */
export function normalizedListText(requirements: readonly Requirement[]): string {
  const lines = new Set(requirements.map(formatRequirement));
  return [...lines]
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}
