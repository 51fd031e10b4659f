/**
 * Every fault and warning of a requirements list, in one table: what stands in the line. Codes are stable and never
 * reused; `docs/requirements.md` is generated from here (`npm run docs`).
 */
export const LIST_CODES = {
  'ambiguous-option': 'A cut option name that fits several options',
  'ambiguous-file': 'Two files of one upload with the same name',
  'bare-url': 'A requirement that is only a URL',
  'binary-list': 'Bytes that are not text in their encoding',
  'constraint-with-extras': 'A constraint with extras, as pip refuses it',
  'direct-url': '`name @ URL`',
  'duplicate-requirement': 'Pins of one project that exclude each other on some target',
  editable: '`-e`',
  'empty-list': 'No requirement in all the files',
  'hash-missing': 'A requirement without a hash under `--require-hashes`',
  'hash-without-pin': 'Hashes of a requirement that is not pinned to one version',
  'hash-without-requirement': '`--hash` on a line of its own',
  'hashes-both-ways': '`--require-hashes` and `--no-require-hashes` in one posting',
  'invalid-hash': 'A `--hash` that is none',
  'invalid-filename': 'A file in a lock file that is no wheel or sdist by its name',
  'invalid-lock': 'A lock file or project file that lacks something, or has it in another form',
  'invalid-marker': 'A marker that cannot be read, or that compares what cannot be compared',
  'invalid-name': 'A name that no project can have',
  'invalid-requirement': 'A line that is no requirement',
  'invalid-setting': 'A `--config-settings` without `=`',
  'invalid-specifier': 'A version specifier that is none (PEP 440)',
  'invalid-version': 'A version in a lock file that is none (PEP 440)',
  'line-too-long': 'A line of more than 8192 characters',
  'list-cycle': 'Files that include each other',
  'list-too-large':
    'More than 1 MiB or 5000 requirements and options in one file, 20000 in all; 8 MiB or 5000 packages in a lock file',
  'local-archive': 'An archive on your machine',
  'local-path': 'A path on your machine',
  'lock-included': '`-r` or `-c` of a lock file or project file',
  'misplaced-option': 'An option that pip would ignore where it stands',
  'missing-file': '`-r` or `-c` of a file that was not sent',
  'missing-value': 'An option without its value',
  'outside-file': '`-r` or `-c` of an absolute path, or of one that leads out of the upload',
  'remote-file': '`-r` or `-c` of a URL',
  'setting-not-allowed': 'A `--config-settings` whose key is not in `WHEELMILL_CONFIG_SETTINGS`',
  'stray-word': 'A word behind an option that belongs to none',
  'unclosed-quote': 'An open quote or a last backslash among options',
  'unknown-encoding': 'A coding line that names an unknown encoding',
  'unknown-marker-variable': 'A marker with a variable that there is not',
  'unknown-option': 'An option that pip does not read in lists',
  'unknown-selection': 'An extra or group that none of the files has',
  'unresolved-variable': 'A variable (`$` and a name in braces), which pip would fill in from its environment',
  'unreadable-lock': 'A lock file that is not TOML or JSON',
  'unsupported-lock': 'A lock file or project file of a version or with a feature that is not read',
  'unsuited-target': 'A lock file or project file that is not made for the target',
  'unwanted-value': 'A value for an option that takes none',
  'version-control': 'A project in version control',
  'weak-hash': 'A hash of a type that pip no longer takes',
  'ignored-option': 'An option that has no effect here (a warning)',
  'newer-lock': 'A lock file of a newer minor version (a warning)',
  'partly-hashed': 'A requirement without a hash beside others that have some (a warning)',
  'project-skipped': 'The project itself in its own lock file (a warning)',
  'ungrouped-lock': 'A lock file that does not say which groups a package is for (a warning)',
} as const satisfies Record<string, string>;

export type ListCode = keyof typeof LIST_CODES;

export function isListCode(code: string): code is ListCode {
  return Object.hasOwn(LIST_CODES, code);
}
