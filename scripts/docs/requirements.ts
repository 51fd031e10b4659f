import { LIST_CODES } from '../../src/core/list-codes.ts';
import { LENIENCIES, OTHERWISE, REFUSALS } from './pip-differences.ts';
import { table } from './table.ts';

const INTRO = `<!-- Generated from scripts/docs/requirements.ts, src/core/list-codes.ts and scripts/docs/pip-differences.ts by \`npm run docs\`. -->

# Requirements lists

What may stand in a \`requirements.txt\` that is sent to Wheelmill, and what becomes of it. Lists are read as pip reads them
([its own page](https://pip.pypa.io/en/stable/reference/requirements-file-format/)); a list that pip installs from an index
is a list that can be sent. Every line that cannot be used is refused with its number, a code and what to do, all of
them at once, before anything is built.

## What is read

- Requirements: \`name[extra] >=1,<2 ; python_version > "3.9"\`, as [PEP 508](https://peps.python.org/pep-0508/) has them.
  Markers are evaluated for the target, not for the machine that sends the list.
- \`--hash=sha256:…\` behind a requirement, any number of them; also sha384 and sha512.
- \`--config-settings key=value\` or \`-C key=value\` behind a requirement. A key that is repeated has all its values.
- \`--no-binary\`, \`--only-binary\`, \`--all-releases\`, \`--only-final\` with names, \`:all:\` or \`:none:\`; \`--prefer-binary\`,
  \`--pre\`, \`--require-hashes\`, \`--no-require-hashes\`. Where two of them say different things the last one wins, over all files.
- \`-r FILE\` and \`-c FILE\`, see below.
- Comments, empty lines, lines that go on behind \`\\\`, any line end. Long options may be cut (\`--requirem\`) and have their value
  behind \`=\` or a blank, as in pip.
- Files in UTF-8, UTF-16 and UTF-32 with a byte order mark, in UTF-8 without one, or in the encoding that a comment among the
  first two lines names: \`# -*- coding: latin-1 -*-\`.

## What is ignored, with a warning

\`--index-url\`, \`--extra-index-url\`, \`--find-links\`, \`--trusted-host\` and \`--no-index\`: the server asks the index it is
configured for. \`--use-feature\`. \`--config-settings\` on a line of its own or of a constraint, which pip ignores too.

## Several files

\`-r base.txt\` and \`-c constraints.txt\` name files of the same upload. \`wheelmill prebuild -r requirements.txt\` sends them by
itself; with curl each is one more file called \`requirements\`, under the path by which it is named:

    curl -F requirements=@requirements.txt -F 'requirements=@base.txt;filename=base.txt' \\
      'http://127.0.0.1:8417/api/v1/prebuilds?wait=600'

A path is relative to the file that names it. Files that no other file names are the lists to build; a file that both \`-r\`
and \`-c\` name is read as both. Constraints say which version of a project is taken where something needs it; they have no
extras. Files that name each other in a ring are refused, as by pip.

## What options do

They concern every project that is installed, the dependencies too, and not what a build itself requires. An option that names a
project goes before one for \`:all:\`.

| Option | Effect |
| --- | --- |
| \`--no-binary\` | Upstream's wheels of the project are not taken: its sdist is built. Where upstream has a wheel that fits, the one built here is for this list and lists that ask for the same. A version without an sdist is not chosen; where it is pinned, the item fails as [\`no-sdist\`](errors.md). |
| \`--only-binary\` | Nothing is built, and no wheel that was built here before is taken. A version without a fitting wheel upstream is not chosen; where it is pinned, the item fails as [\`no-wheel\`](errors.md). |
| \`--prefer-binary\` | A version with a fitting wheel upstream comes before newer ones that have an sdist only. What has been built here does not count as such a wheel, so the outcome does not depend on what others built. |
| \`--pre\`, \`--all-releases\` | Pre-releases count like final releases. |
| \`--only-final\` | Pre-releases are not chosen, not even where a line names one or nothing else is there. |
| \`--require-hashes\` | Every requirement must be pinned and have a hash, its own or that of a constraint; all that have none are named at once. |
| \`--config-settings\` | The sdist is built with these settings, where it is built: a wheel of upstream is taken as it is, as by pip (add \`--no-binary NAME\` to have it built). Allowed are the keys of \`WHEELMILL_CONFIG_SETTINGS\` ([settings](configuration.md)); others are refused by name. The wheel is for this list and lists with equal settings. Of several lines of a project that give a key, the first counts. |

Without any of them pre-releases are taken where a line or constraint names one, or where there is nothing final. A list that is not
pinned is resolved by uv, which looks at names of pre-releases in the lists that were sent, and not in what dependencies ask for.

The list that is handed back pins every wheel by the hash of the file that is served here. It needs none of these options.

## Codes

Of faults and warnings, in the answer's \`faults\` and \`warnings\` beside file, line and text.

`;

const DIFFERENCES = `
## Differences from pip

A test compares some thousand lists with pip's own parser. Where the outcome is another, it is for one of these reasons.

`;

/** docs/requirements.md: what a list may hold, its codes, and where it is read in another way than by pip. */
export function requirementsPage(): string {
  const codes = Object.entries(LIST_CODES).map(([code, meaning]) => [`<a id="${code}"></a>\`${code}\``, meaning]);
  const rows = [...REFUSALS, ...LENIENCIES, ...OTHERWISE].map(({ what, pip, here, why }) => [what, pip, here, why]);
  const parts = [
    INTRO,
    table(['Code', 'What stands in the line'], codes),
    DIFFERENCES,
    table(['In the list', 'pip', 'Here', 'Why'], rows),
  ];
  return parts.join('');
}
