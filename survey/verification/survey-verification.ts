import { normalizeName } from '../../src/core/names.ts';
import { aboutRun, surveyTarget } from '../about.ts';
import { BuildRowSchema } from '../builds/build-row.ts';
import { surveyList } from '../list.ts';
import { aboutBoth, hasRow, readPart, writePart } from '../part.ts';
import { prebuilt } from '../prebuilt.ts';
import { startSurveyServer } from '../server.ts';
import { spread } from './spread.ts';
import { VerificationRowSchema, verificationRow } from './verification-row.ts';

const PROJECTS = 20;

/** Has projects that were built built again, spread evenly over the list, and compares the bytes. */
export async function surveyVerification(say: (what: string) => void): Promise<void> {
  const built = (readPart('builds', BuildRowSchema)?.rows ?? []).filter((row) => row.state !== 'failed');
  const all = surveyList().projects.filter(({ name, version }) =>
    built.some((row) => row.name === name && row.version === version),
  );
  const about = await aboutRun(surveyTarget(), [
    ['Chosen', `every ${all.length}/${PROJECTS}th of those that are built`],
  ]);
  const before = readPart('verification', VerificationRowSchema) ?? { about: [], rows: [] };
  const { rows } = before;
  const server = await startSurveyServer();
  try {
    for (const project of spread(all, PROJECTS)) {
      const { name, version } = project;
      if (hasRow(rows, project)) continue;
      await prebuilt(server, [project]);
      const key = await latestBuild(server.url, normalizeName(name));
      if (key === undefined) throw new Error(`${name} ${version} was not built here: run the survey of builds first.`);
      const started = performance.now();
      const build = await server.client.verify(key, say);
      const row = verificationRow(project, build, (performance.now() - started) / 1000);
      say(`${name} ${version}: ${row.state} ${row.why ?? ''} (${row.seconds} s)`);
      rows.push(row);
      writePart('verification', { about: aboutBoth(before.about, about), rows });
    }
  } finally {
    await server.stop();
  }
}

/** The key of the newest build of a project that is stored: of a hit, a prebuild does not say which build made it. */
async function latestBuild(url: string, project: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/api/v1/builds?project=${project}&state=stored`);
  const { items } = (await answer.json()) as { items: { key: string }[] };
  return items[0]?.key;
}
