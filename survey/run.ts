/**
 * `npm run survey [-- reference|builds|verify|apt|layers|programs]`: what becomes of the projects of survey/projects.toml, written to
 * docs/survey and docs/survey.md; `builds` where no part is named. Needs what `npm run check` has set up. What has been run is not
 * run again, unless it is named: `npm run survey -- builds lxml xmlsec`.
 */
import { execFileSync } from 'node:child_process';
import { surveyApt } from './apt/survey-apt.ts';
import { surveyBuilds } from './builds/survey-builds.ts';
import { surveyLayers } from './layers/survey-layers.ts';
import { surveyPrograms } from './programs/survey-programs.ts';
import { surveyReference } from './reference/survey-reference.ts';
import { surveyVerification } from './verification/survey-verification.ts';

const PARTS = {
  reference: surveyReference,
  builds: surveyBuilds,
  verify: surveyVerification,
  apt: surveyApt,
  layers: surveyLayers,
  programs: surveyPrograms,
};
type Part = keyof typeof PARTS;

const [asked = 'builds', ...only] = process.argv.slice(2);
if (!Object.hasOwn(PARTS, asked))
  throw new Error(`There is no survey ${asked}; there are ${Object.keys(PARTS).join(', ')}.`);

await PARTS[asked as Part]((what) => process.stderr.write(`survey: ${what}\n`), only);
execFileSync('npm', ['run', '--silent', 'docs'], { stdio: ['ignore', 'ignore', 'inherit'] });
