import type { ListCode } from '../../src/core/list-codes.ts';

/** Where a list is read here in another way than by pip, and why. `test/core/pip.test.ts` allows these and no others. */
export interface PipDifference {
  /** What is in the list. */
  readonly what: string;
  readonly pip: string;
  readonly here: string;
  readonly why: string;
}

/** Refused here, read by pip: by the code of our fault and, where other lines have that code too, by line or message. */
export interface Refusal extends PipDifference {
  readonly codes: readonly ListCode[];
  readonly line?: RegExp;
  readonly message?: RegExp;
}

const REFUSED = 'refused';

export const REFUSALS: readonly Refusal[] = [
  {
    codes: ['editable', 'version-control', 'direct-url', 'bare-url', 'local-archive', 'local-path'],
    what: 'Editables, version control, URLs, paths, archives',
    pip: 'fetches them',
    here: REFUSED,
    why: 'builds come from the index alone: nothing else has a version that can be found again',
  },
  {
    codes: ['unresolved-variable'],
    what: 'A variable in braces behind `$`',
    pip: 'fills it in from its environment, or leaves it as it is',
    here: REFUSED,
    why: "the server's environment is not the client's, and has secrets",
  },
  {
    codes: ['remote-file', 'outside-file', 'lock-included'],
    what: '`-r` and `-c` of URLs, of files outside the upload, of lock files',
    pip: 'reads them from network and disk, a lock file as lines of a list',
    here: REFUSED,
    why: 'the server reads nothing but what is sent; lock files are read when they are sent by themselves',
  },
  {
    codes: ['misplaced-option'],
    what: 'Options behind a requirement or beside `-r` and `-c`',
    pip: 'ignores them, except `--no-binary`, `--only-binary`, `--all-releases` and `--only-final`',
    here: REFUSED,
    why: 'what was meant would be lost without a word',
  },
  {
    codes: ['stray-word'],
    what: 'Words behind options that belong to none',
    pip: 'ignores them',
    here: REFUSED,
    why: 'most are a requirement on the wrong line, or a missing quote',
  },
  {
    codes: ['hash-without-requirement'],
    what: '`--hash` on a line of its own',
    pip: 'ignores it with a warning',
    here: REFUSED,
    why: 'a `\\` was lost, and with it the check',
  },
  {
    codes: ['invalid-hash'],
    what: 'A hash of the wrong length or with other digits',
    pip: 'fails when it compares files with it',
    here: REFUSED,
    why: 'no file can have it',
  },
  {
    codes: ['hash-without-pin', 'hash-missing'],
    what: 'Hashes without a pin; under `--require-hashes` requirements without hashes',
    pip: 'fails when it fetches files',
    here: REFUSED,
    why: 'it is told before anything is built',
  },
  {
    codes: ['duplicate-requirement'],
    what: 'Pins of one project that exclude each other',
    pip: 'fails when it resolves',
    here: REFUSED,
    why: 'it is told before anything is built',
  },
  {
    codes: ['empty-list'],
    what: 'No requirement at all',
    pip: 'does nothing',
    here: REFUSED,
    why: 'there is nothing to build',
  },
  {
    codes: ['line-too-long', 'list-too-large', 'binary-list'],
    what: 'Very long lists and lines, NUL characters',
    pip: 'reads them',
    here: REFUSED,
    why: 'the server has other clients; text has no NUL',
  },
  {
    codes: ['unknown-encoding'],
    what: "Python's own encodings, such as `cp037`, in a coding line",
    pip: 'knows them',
    here: REFUSED,
    why: 'only encodings that text on the web has are known',
  },
  {
    codes: ['invalid-name'],
    line: /^--?[a-z]|_/,
    what: 'Names that end in `_`, and names of `--no-binary` and its like that no project has',
    pip: 'reads them',
    here: REFUSED,
    why: 'the name specification asks for a letter or digit at both ends',
  },
  {
    codes: ['invalid-requirement'],
    message: /_" is not the name of an extra/,
    what: 'Names of extras that end in `_`',
    pip: 'reads them',
    here: REFUSED,
    why: 'the name specification asks for a letter or digit at both ends',
  },
  {
    codes: ['invalid-specifier'],
    message: /[0-9]{16}|"===" is not|U\+FEFF/,
    what: 'Version numbers of 16 digits and more, `===` with nothing or a byte order mark behind it',
    pip: 'reads them',
    here: REFUSED,
    why: 'numbers that large could not be ordered exactly; nothing to compare with is a mistake',
  },
  {
    codes: ['invalid-marker'],
    message: /cannot be read from ".*\\\\|compares versions, which|is not a version specifier/,
    what: 'Backslashes in markers; `~=` and `===` with what is no version',
    pip: 'reads Python escapes; fails when it evaluates',
    here: REFUSED,
    why: 'the grammar has no escapes, and the comparison no meaning',
  },
  {
    codes: ['invalid-marker'],
    message: /needs one variable and one string/,
    what: 'Markers that compare two variables or two strings',
    pip: 'fails when it evaluates, or takes a name for a string',
    here: REFUSED,
    why: 'the comparison has no meaning',
  },
  {
    codes: ['unknown-marker-variable'],
    message: /is a marker variable of lock files only/,
    what: '`extras` and `dependency_groups` in markers',
    pip: 'fails when it evaluates',
    here: REFUSED,
    why: 'only lock files have them (PEP 751)',
  },
];

/** Read here, refused by pip: by what pip says. */
export interface Leniency extends PipDifference {
  readonly pipSays: RegExp;
}

export const LENIENCIES: readonly Leniency[] = [
  {
    pipSays: /option --use-feature: invalid choice/,
    what: '`--use-feature` of a feature that this pip does not have',
    pip: REFUSED,
    here: 'ignored with a warning, as all features are',
    why: 'features come and go with versions of pip, and none changes what is built',
  },
  {
    pipSays: /Port could not be cast|Trusted host URL must/,
    what: '`--trusted-host` of what is no host',
    pip: REFUSED,
    here: 'ignored with a warning, as all such hosts are',
    why: 'the server asks the index it is configured for',
  },
];

/** Read by both with another outcome. */
export const OTHERWISE: readonly PipDifference[] = [
  {
    what: '`--index-url`, `--extra-index-url`, `--find-links`, `--trusted-host`, `--no-index`',
    pip: 'looks where they say',
    here: 'ignored with a warning; their values are not looked at',
    why: "the server asks the index it is configured for: another could be anybody's",
  },
  {
    what: 'A requirement without a hash beside others that have some',
    pip: 'refuses it when it fetches files',
    here: 'read with a warning',
    why: 'what is fetched is checked against the index; `--require-hashes` makes it a fault',
  },
  {
    what: 'The same requirement on several lines or in a file that is named twice',
    pip: 'keeps all of them',
    here: 'kept once',
    why: 'it says nothing more',
  },
  {
    what: 'Empty names in `--no-binary a,,b`',
    pip: 'kept as the name of no project',
    here: 'left out',
    why: 'they name nothing',
  },
  {
    what: 'Bytes that an encoding of a coding line leaves open, such as 0x81 in Windows-1250',
    pip: 'refuses them, or reads them as characters for private use',
    here: 'read as control characters, or refused',
    why: "encodings are decoded by the web's tables, which differ there from Python's",
  },
  {
    what: 'Bytes that are not UTF-8, without a coding line',
    pip: "are read in the locale's encoding",
    here: REFUSED,
    why: 'the server cannot know the locale of the client',
  },
];
