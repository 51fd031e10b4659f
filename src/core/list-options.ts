import { quoted } from './faults.ts';
import { type Finding, fault, isFinding } from './list-finding.ts';
import { splitWords } from './list-words.ts';

/*
 * The options of a line, as Python's optparse reads them for pip: `-rFILE`, `-r FILE`, `--requirement=FILE` and
 * `--requirement FILE` are the same, long names may be cut where no other begins alike, the word behind an option that
 * takes a value is its value whatever it looks like, and `--` ends the options.
 */

/** An option by its long name: `-C a=b` is {name: '--config-settings', value: 'a=b'}. */
export interface ListOption {
  readonly name: OptionName;
  /** Empty for a flag. */
  readonly value: string;
}

/** All that pip has for lists, and whether it takes a value. */
const OPTIONS = {
  '--index-url': true,
  '--pypi-url': true,
  '--extra-index-url': true,
  '--no-index': false,
  '--constraint': true,
  '--requirement': true,
  '--editable': true,
  '--find-links': true,
  '--no-binary': true,
  '--only-binary': true,
  '--prefer-binary': false,
  '--require-hashes': false,
  '--no-require-hashes': false,
  '--pre': false,
  '--all-releases': true,
  '--only-final': true,
  '--trusted-host': true,
  '--use-feature': true,
  '--hash': true,
  '--config-settings': true,
} as const;

export type OptionName = keyof typeof OPTIONS;

const NAMES = Object.keys(OPTIONS) as OptionName[];

/** All of them take a value, so that no two can stand behind one `-`. */
const SHORT: ReadonlyMap<string, OptionName> = new Map([
  ['-i', '--index-url'],
  ['-c', '--constraint'],
  ['-r', '--requirement'],
  ['-e', '--editable'],
  ['-f', '--find-links'],
  ['-C', '--config-settings'],
]);

/** The option that a name, perhaps cut, stands for. */
function longName(written: string): OptionName | Finding {
  const exact = NAMES.find((name) => name === written);
  const [first, ...others] = exact === undefined ? NAMES.filter((name) => name.startsWith(written)) : [exact];
  if (first === undefined) {
    const known = `Lists have ${NAMES.join(', ')}`;
    return fault('unknown-option', `${quoted(written)} is no option that pip reads in a list: remove it. ${known}.`);
  }
  if (others.length === 0) return first;
  return fault('ambiguous-option', `${quoted(written)} could be ${[first, ...others].join(' or ')}: write it in full.`);
}

/** The option that starts at a word, and how many words it takes. */
function optionAt(words: readonly string[], at: number): { option: ListOption; taken: number } | Finding {
  const word = words[at] as string;
  const long = word.startsWith('--');
  const end = long ? word.indexOf('=') : 2;
  const written = end < 0 ? word : word.slice(0, end);
  const name = SHORT.get(written) ?? longName(written);
  if (isFinding(name)) return name;
  const attached = long ? (end < 0 ? undefined : word.slice(end + 1)) : word.slice(2) || undefined;
  if (!OPTIONS[name]) {
    if (attached === undefined) return { option: { name, value: '' }, taken: 1 };
    return fault('unwanted-value', `${name} takes no value: remove "=" and what follows it.`);
  }
  if (attached !== undefined) return { option: { name, value: attached }, taken: 1 };
  const next = words[at + 1];
  if (next !== undefined) return { option: { name, value: next }, taken: 2 };
  return fault('missing-value', `${name} needs a value: write it behind the option.`);
}

/**
 * The options of a line, up to the first that is wrong. A word that belongs to no option is a fault: pip drops it without
 * a word, and with it what was meant.
 */
export function parseOptions(text: string): { options: ListOption[]; finding?: Finding } {
  const words = splitWords(text);
  if (isFinding(words)) return { options: [], finding: words };
  const options: ListOption[] = [];
  let ended = false;
  for (let at = 0; at < words.length; ) {
    const word = words[at] as string;
    if (ended || word === '-' || !word.startsWith('-')) {
      const why =
        'it belongs to no option: pip would ignore it. Remove it, or put it in quotes with what it belongs to';
      return { options, finding: fault('stray-word', `${quoted(word)} stands behind an option, but ${why}.`) };
    }
    ended = word === '--';
    if (ended) {
      at += 1;
      continue;
    }
    const found = optionAt(words, at);
    if (isFinding(found)) return { options, finding: found };
    options.push(found.option);
    at += found.taken;
  }
  return { options };
}
