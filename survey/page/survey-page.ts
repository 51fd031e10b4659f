import { AptRowSchema } from '../apt/apt-row.ts';
import { BuildRowSchema } from '../builds/build-row.ts';
import { LayersRowSchema } from '../layers/layers-row.ts';
import { surveyList } from '../list.ts';
import { readPart } from '../part.ts';
import { ProgramsRowSchema } from '../programs/programs-row.ts';
import { ReferenceRowSchema } from '../reference/reference-row.ts';
import { VerificationRowSchema } from '../verification/verification-row.ts';
import { aptSection } from './apt-section.ts';
import { buildsSection, surveyed } from './builds-section.ts';
import { layersSection } from './layers-section.ts';
import { programsSection } from './programs-section.ts';
import { referenceSection } from './reference-section.ts';
import { verificationSection } from './verification-section.ts';

const HEAD = `# Survey

Written by \`npm run survey\` from [docs/survey](survey/); nothing here is typed by hand. The projects and why they are in it are in
[survey/projects.toml](../survey/projects.toml), which was committed before anything of it had been run.

Each project is posted as a list of its own with \`--no-binary\`, to a server with an empty store and **no recipe**: those that Wheelmill
ships are turned off as anybody can do it, by an empty list (\`PUT /api/v1/recipes/PROJECT\` with \`{"recipes": []}\`). What is *healed* was built
after self-healing had found what was missing. *Seconds* are those of the reference and of Wheelmill; the latter has the making of images
with added packages, the dependencies and the proof in it, and is no benchmark: [that is another page](benchmarks.md).
`;

/** `docs/survey.md`, from what the parts of the survey have left in `docs/survey`. */
export function surveyPage(): string {
  const reference = readPart('reference', ReferenceRowSchema);
  const builds = readPart('builds', BuildRowSchema);
  const verification = readPart('verification', VerificationRowSchema);
  const apt = readPart('apt', AptRowSchema);
  const layers = readPart('layers', LayersRowSchema);
  const programs = readPart('programs', ProgramsRowSchema);
  const all = surveyed(surveyList().projects, reference?.rows ?? [], builds?.rows ?? []);
  return [
    HEAD,
    ...(builds ? [buildsSection(all, builds)] : []),
    ...(apt ? [aptSection(apt)] : []),
    ...(layers ? [layersSection(layers)] : []),
    ...(verification ? [verificationSection(verification)] : []),
    ...(programs ? [programsSection(programs)] : []),
    ...(reference ? [referenceSection(reference)] : []),
  ].join('\n');
}
