import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker } from '../../test/services/docker.ts';
import { stateDir } from '../../test/services/state.ts';
import { aboutRun, surveyTarget } from '../about.ts';
import { chosen, surveyList } from '../list.ts';
import { aboutBoth, hasRow, putRow, readPart, writePart } from '../part.ts';
import { referenceImage } from './image.ts';
import { lastWord } from './last-word.ts';
import { pipWheel } from './pip-wheel.ts';
import { type ReferenceRow, ReferenceRowSchema } from './reference-row.ts';

/**
 * What plain `pip wheel` makes of each project in the build image with the list's packages: the denominator of the survey.
 * A project that has been run is not run again, unless it is one of `only`.
 */
export async function surveyReference(say: (what: string) => void, only: readonly string[] = []): Promise<void> {
  const { packages, projects } = surveyList();
  const target = surveyTarget();
  say(`the image with ${packages.length} packages`);
  const image = await referenceImage(target.build, packages);
  const pip = (await docker('run', '--rm', image, 'pip', '--version')).split(' ')[1] ?? '';
  const added = `${packages.length}, those of survey/projects.toml and what they depend on`;
  const about = await aboutRun(target, [
    ['pip', pip],
    ['Packages added to the build image', added],
  ]);
  const before = readPart('reference', ReferenceRowSchema) ?? { about: [], rows: [] };
  const { rows } = before;
  const logs = join(stateDir, 'survey/reference');
  mkdirSync(logs, { recursive: true });
  for (const project of chosen(projects, only)) {
    const { name, version } = project;
    if (only.length === 0 && hasRow(rows, project)) continue;
    const { isBuilt, seconds, log } = await pipWheel(image, project);
    writeFileSync(join(logs, `${name}-${version}.log`), log);
    const row: ReferenceRow = {
      ...{ name, version, state: isBuilt ? 'built' : 'failed', seconds: Math.round(seconds) },
      ...(!isBuilt && { why: lastWord(log) }),
    };
    say(`${name} ${version}: ${row.state} in ${row.seconds} s${row.why ? `: ${row.why}` : ''}`);
    putRow(rows, row);
    writePart('reference', { about: aboutBoth(before.about, about), rows });
  }
}
