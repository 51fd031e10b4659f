import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { normalizeName } from '../../src/core/names.ts';
import { docker } from '../../test/services/docker.ts';
import { aboutRun, surveyTarget } from '../about.ts';
import { type Project, surveyList } from '../list.ts';
import { aboutBoth, readPart, writePart } from '../part.ts';
import { prebuilt } from '../prebuilt.ts';
import { type SurveyServer, startSurveyServer } from '../server.ts';
import { type AptRow, AptRowSchema, isExact } from './apt-row.ts';
import { impliedBy, loadedWithout } from './loaded.ts';
import { slimImage } from './slim-image.ts';

const TAG = 'wheelmill-survey-apt';

/**
 * Lists whose projects leave their libraries to Debian packages: whether the line that comes with each is exact, in the
 * runtime image as a Dockerfile makes it.
 */
export async function surveyApt(say: (what: string) => void): Promise<void> {
  const target = surveyTarget();
  const about = await aboutRun(target, [['Recipes', '`libraries: apt` for every project, and nothing else']]);
  const before = readPart('apt', AptRowSchema) ?? { about: [], rows: [] };
  const { rows } = before;
  const server = await startSurveyServer();
  try {
    for (const projects of surveyList().aptLists) {
      const names = projects.map(({ name }) => name);
      if (rows.some((row) => row.projects.join() === names.join())) continue;
      const ended = await withLibrariesFromApt(server, projects);
      const row = await rowOf(target.runtime, names, ended);
      say(`${names.join(' ')}: ${row.line.join(' ')}: ${isExact(row) ? 'exact' : JSON.stringify(row)}`);
      rows.push(row);
      writePart('apt', { about: aboutBoth(before.about, about), rows });
    }
  } finally {
    await server.stop();
  }
}

async function withLibrariesFromApt(server: SurveyServer, projects: readonly Project[]): Promise<PrebuildView> {
  const names = projects.map(({ name }) => normalizeName(name));
  for (const name of names) await server.client.setRecipes(name, [{ libraries: 'apt' }]);
  try {
    return await prebuilt(server, projects);
  } finally {
    for (const name of names) await server.client.setRecipes(name, []);
  }
}

async function rowOf(runtime: string, projects: string[], ended: PrebuildView): Promise<AptRow> {
  const { state, apt: line = [], wheels, requirements } = ended;
  if (state !== 'ready' || wheels === undefined || requirements === undefined) {
    const [failed] = ended.items.filter((item) => item.state === 'failed');
    const failure = `${failed?.project ?? 'the list'}: ${failed?.reason ?? ended.failure?.reason ?? state}`;
    return { projects, failure, line, imports: 0, files: 0, broken: [], without: [] };
  }
  await slimImage(TAG, runtime, line, { wheels, requirements });
  try {
    const loaded = await loadedWithout(TAG, projects);
    const without: AptRow['without'] = [];
    for (const [name, others] of await impliedBy(TAG, line)) {
      const [first] = others.length > 0 ? [] : (await loadedWithout(TAG, projects, name)).broken;
      without.push({ package: name, impliedBy: others, ...(first !== undefined && { breaks: first }) });
    }
    return { projects, line, ...loaded, without };
  } finally {
    await docker('image', 'rm', TAG).catch(() => {});
  }
}
