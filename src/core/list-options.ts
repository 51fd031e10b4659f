import { type Finding, fault, warning } from './list-finding.ts';

/** An option as written: `--hash=sha256:…` is {name: '--hash', value: 'sha256:…'}. */
export interface ListOption {
  readonly name: string;
  readonly value?: string;
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  '-r': '--requirement',
  '-c': '--constraint',
  '-e': '--editable',
  '-i': '--index-url',
  '-f': '--find-links',
  '-C': '--config-settings',
  '--pypi-url': '--index-url',
  '--config-setting': '--config-settings',
};

const FLAGS = new Set(['--no-index', '--pre', '--prefer-binary', '--require-hashes', '--no-require-hashes']);

const FLATTEN =
  'Paste the lines of that file here, or post a list flattened by "pip-compile" or "uv pip compile": other files are not yet followed';

const LATER = 'Remove it: this option is not yet supported in lists';

/** What is said about an option that stands on a line of its own. */
const REFUSED: Readonly<Record<string, readonly [code: string, why: string]>> = {
  '--requirement': ['nested-list', FLATTEN],
  '--constraint': ['constraint-file', FLATTEN],
  '--editable': ['editable', 'Editable installs come from a folder; name a version from the index instead'],
  '--hash': ['hash-without-requirement', 'Put it on the line of its requirement, or end the line before with "\\"'],
  '--config-settings': ['unsupported-option', LATER],
  '--no-binary': ['unsupported-option', LATER],
  '--only-binary': ['unsupported-option', LATER],
  '--prefer-binary': ['unsupported-option', LATER],
  '--require-hashes': ['unsupported-option', LATER],
  '--no-require-hashes': ['unsupported-option', LATER],
  '--pre': ['unsupported-option', LATER],
  '--use-feature': ['unsupported-option', LATER],
};

/** The server asks its own upstream: an index named by a list could be anybody's. */
const IGNORED = new Set(['--index-url', '--extra-index-url', '--find-links', '--trusted-host', '--no-index']);

const TOKEN = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/** Splits a line at the first word that starts with `-`, as pip does: requirement before, options after. */
export function splitOptions(line: string): { requirement: string; options: string } {
  const at = line.startsWith('-') ? 0 : line.search(/[ \t]-/);
  if (at < 0) return { requirement: line, options: '' };
  return { requirement: line.slice(0, at).trim(), options: line.slice(at).trim() };
}

/** `-rfile`, `-r file`, `--requirement=file` and `--requirement file` are the same. */
function splitWord(word: string): ListOption {
  const long = /^(--[A-Za-z0-9-]+)(?:=(.*))?$/s.exec(word);
  const short = /^(-[A-Za-z])(.*)$/s.exec(word);
  const name = long?.[1] ?? short?.[1] ?? word;
  const value = long === null ? short?.[2] || undefined : long[2];
  return { name: (Object.hasOwn(LONG_NAMES, name) && LONG_NAMES[name]) || name, ...(value !== undefined && { value }) };
}

/** The options of a line's second half; a word that belongs to none is an option with that word as its name. */
export function parseOptions(text: string): ListOption[] {
  const words = (text.match(TOKEN) ?? []).map((word) => word.replace(/["']/g, ''));
  const options: ListOption[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = splitWord(word);
    const takesNext = word.startsWith('-') && option.value === undefined && !FLAGS.has(option.name);
    const next = takesNext && words[0]?.startsWith('-') === false ? words.shift() : undefined;
    options.push(next === undefined ? option : { ...option, value: next });
  }
  return options;
}

/** What to tell about an option on a line of its own. */
export function judgeOption({ name }: ListOption): Finding {
  if (IGNORED.has(name)) {
    return warning('ignored-option', `${name} is ignored: the server asks the index it is configured for.`);
  }
  const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  const [code, why] = refused ?? ['unknown-option', 'Remove it: pip has no such option for lists'];
  return fault(code, `${name.slice(0, 80)}: ${why}.`);
}

/** What to tell about an option other than `--hash` behind a requirement. */
export function judgeRequirementOption({ name }: ListOption): Finding {
  const ofLists = name !== '--config-settings' && (Object.hasOwn(REFUSED, name) || IGNORED.has(name));
  if (!ofLists) return judgeOption({ name });
  return fault('misplaced-option', `${name} cannot follow a requirement: put it on a line of its own.`);
}
