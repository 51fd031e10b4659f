import { rmSync } from 'node:fs';
import { aboutRun, surveyTarget } from '../about.ts';
import { chosen, surveyList } from '../list.ts';
import { aboutBoth, hasRow, putRow, readPart, writePart } from '../part.ts';
import { prebuilt } from '../prebuilt.ts';
import { SURVEY_DATA, startSurveyServer } from '../server.ts';
import { BuildRowSchema, buildRow } from './build-row.ts';

/**
 * What Wheelmill makes of each project, as a list of its own: into an empty store, with no recipe. Goes on where an earlier
 * run was cut off; the store is emptied when there is no row yet. Projects of `only` are built anew.
 */
export async function surveyBuilds(say: (what: string) => void, only: readonly string[] = []): Promise<void> {
  const about = await aboutRun(surveyTarget(), [['Recipes', 'none: the shipped ones are turned off']]);
  const before = readPart('builds', BuildRowSchema) ?? { about: [], rows: [] };
  const { rows } = before;
  if (rows.length === 0) rmSync(SURVEY_DATA, { recursive: true, force: true });
  const server = await startSurveyServer();
  try {
    for (const project of chosen(surveyList().projects, only)) {
      const { name, version } = project;
      if (only.length === 0 && hasRow(rows, project)) continue;
      const started = performance.now();
      const ended = await prebuilt(server, [project], only.length > 0 ? { rebuild: 'true' } : {});
      const row = buildRow(project, ended, (performance.now() - started) / 1000);
      const words = [row.state, ...(row.packages ?? []), row.reason ?? '', row.message ?? '', row.proof ?? ''];
      say(`${name} ${version}: ${words.filter(Boolean).join(' ')} (${row.seconds} s)`);
      putRow(rows, row);
      writePart('builds', { about: aboutBoth(before.about, about), rows });
    }
  } finally {
    await server.stop();
  }
}
