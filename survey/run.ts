/**
 * `npm run survey [-- reference|…]`: builds the projects of survey/projects.toml and writes what became of them to
 * docs/survey. Needs what `npm run check` has set up. What has been run is not run again: remove its row, or the file, for that.
 */
import { execFileSync } from 'node:child_process';
import { surveyReference } from './reference/section.ts';

const PARTS = { reference: surveyReference };
type Part = keyof typeof PARTS;

const [asked = 'builds', ...more] = process.argv.slice(2);
if (!Object.hasOwn(PARTS, asked) || more.length > 0)
  throw new Error(`There is no survey ${[asked, ...more].join(' ')}; there are ${Object.keys(PARTS).join(', ')}.`);

await PARTS[asked as Part]((what) => process.stderr.write(`survey: ${what}\n`));
execFileSync('npm', ['run', '--silent', 'docs'], { stdio: ['ignore', 'ignore', 'inherit'] });
