import { stripBlanks } from './blanks.ts';
import { type ControlStep, controlStep } from './list-control.ts';
import { type Finding, fault, isFinding, orFault, warning } from './list-finding.ts';
import { parseListHash } from './list-hashes.ts';
import { refuseForeignSource, refuseVariables } from './list-kinds.ts';
import type { LogicalLine } from './list-lines.ts';
import { type ListOption, type OptionName, parseOptions } from './list-options.ts';
import { joinSettings, parseSetting } from './list-settings.ts';
import { splitAtOptions } from './list-words.ts';
import { formatMarker, parseMarker } from './marker.ts';
import type { Requirement } from './records/requirement.ts';
import { type BareRequirement, parseRequirement } from './requirement.ts';

/** Another file that a line names, as it is written there. */
export interface Include {
  readonly path: string;
  readonly as: 'requirements' | 'constraints';
}

/** What one line says, and what is wrong with it. With a fault it says nothing else. */
export interface ListLine {
  readonly requirement?: Requirement;
  readonly include?: Include;
  readonly steps: readonly ControlStep[];
  readonly findings: readonly Finding[];
}

/** The server asks its own upstream: an index named by a list could be anybody's. */
const OF_INDEXES: ReadonlySet<OptionName> = new Set([
  '--index-url',
  '--pypi-url',
  '--extra-index-url',
  '--find-links',
  '--trusted-host',
  '--no-index',
]);

const EDITABLE = fault('editable', 'Editable installs come from a folder: name a version from the index instead.');

function faulty(...findings: readonly Finding[]): ListLine {
  return { steps: [], findings };
}

/** pip cuts the marker off at the first `;`, and takes none for one that holds everywhere. */
function parseBare(text: string): BareRequirement {
  const at = text.indexOf(';');
  if (at < 0) return parseRequirement(stripBlanks(text));
  const bare = parseRequirement(stripBlanks(text.slice(0, at)));
  const marker = stripBlanks(text.slice(at + 1));
  return marker === '' ? bare : { ...bare, marker: formatMarker(parseMarker(marker)) };
}

function judgeBehindRequirement({ name }: ListOption): Finding | undefined {
  if (name === '--hash' || name === '--config-settings') return undefined;
  if (name === '--editable') return EDITABLE;
  return fault('misplaced-option', `${name} cannot follow a requirement: put it on a line of its own.`);
}

function valuesOf(options: readonly ListOption[], name: OptionName): string[] {
  return options.filter((option) => option.name === name).map(({ value }) => value);
}

function readRequirement(text: string, options: readonly ListOption[], line: number): ListLine {
  const foreign = refuseForeignSource(text);
  if (foreign !== undefined) return faulty(foreign);
  const bare = orFault(() => parseBare(text));
  const hashes = valuesOf(options, '--hash').map(parseListHash);
  const settings = valuesOf(options, '--config-settings').map(parseSetting);
  const findings = [bare, ...hashes, ...settings, ...options.map(judgeBehindRequirement)].filter(isFinding);
  if (isFinding(bare) || findings.length > 0) return faulty(...findings);
  const configSettings = joinSettings(
    settings.filter((setting): setting is readonly [string, string] => !isFinding(setting)),
  );
  const requirement = {
    ...bare,
    hashes: [...new Set(hashes.filter((hash) => typeof hash === 'string'))].sort(),
    ...(configSettings !== undefined && { configSettings }),
    line,
  };
  return { requirement, steps: [], findings };
}

/** pip reads one file a line, and nothing that stands beside it. */
function readInclude({ name, value }: ListOption, options: readonly ListOption[]): ListLine {
  if (options.length > 1) {
    const why = 'pip would read one file only and nothing that stands beside it';
    return faulty(fault('misplaced-option', `${name} must be alone on its line: ${why}. Use a line for each option.`));
  }
  const as = name === '--requirement' ? 'requirements' : 'constraints';
  return { include: { path: value, as }, steps: [], findings: [] };
}

function judgeOption({ name, value }: ListOption): Finding | undefined {
  if (OF_INDEXES.has(name)) {
    return warning('ignored-option', `${name} is ignored: the server asks the index it is configured for.`);
  }
  if (name === '--use-feature') {
    return warning('ignored-option', `${name} is ignored: it changes how pip works, which is not what builds here.`);
  }
  if (name === '--config-settings') {
    const setting = parseSetting(value);
    if (isFinding(setting)) return setting;
    const where = 'put it behind the requirement it is for';
    return warning('ignored-option', `${name} has no effect on a line of its own, as in pip: ${where}.`);
  }
  if (name === '--editable') return EDITABLE;
  if (name !== '--hash') return undefined;
  const hash = parseListHash(value);
  if (isFinding(hash)) return hash;
  const where = 'put it on the line of its requirement, or end the line before with "\\"';
  return fault('hash-without-requirement', `--hash belongs to a requirement: ${where}.`);
}

function readOptions(options: readonly ListOption[]): ListLine {
  const results = options.map((option) => judgeOption(option) ?? controlStep(option));
  const findings = results.filter(isFinding);
  if (findings.some(({ severity }) => severity === 'fault')) return faulty(...findings);
  const steps = results.filter((result): result is ControlStep => result !== undefined && !isFinding(result));
  // pip turns to --pre when it has gone through all the other options of the line.
  const late = steps.filter(({ kind }) => kind === 'pre');
  return { steps: [...steps.filter(({ kind }) => kind !== 'pre'), ...late], findings };
}

/** Reads one line by itself. */
export function readLine({ line, text }: LogicalLine): ListLine {
  const variables = refuseVariables(text);
  if (variables !== undefined) return faulty(variables);
  const split = splitAtOptions(text);
  const { options, finding } = parseOptions(split.options);
  if (finding !== undefined) return faulty(finding);
  if (split.requirement !== '') return readRequirement(split.requirement, options, line);
  const include =
    options.find(({ name }) => name === '--requirement') ?? options.find(({ name }) => name === '--constraint');
  const editable = options.some(({ name }) => name === '--editable');
  return include === undefined || editable ? readOptions(options) : readInclude(include, options);
}
