import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../src/cli/client.ts';
import { stateDir } from '../test/services/state.ts';
import { startWheelmill } from '../test/services/wheelmill.ts';
import { surveyTarget } from './about.ts';

/** What all parts of the survey build into: a part that needs a wheel of another one has it already. */
export const SURVEY_DATA = join(stateDir, 'survey/data');

export type SurveyServer = { url: string; client: Client; stop(): Promise<void> };

/**
 * `wheelmill serve` with everything embedded, and with no recipe at all: the shipped ones are turned off through the API, by
 * an empty list for their projects. What builds here, builds without anybody having written down how.
 */
export async function startSurveyServer(folder = SURVEY_DATA): Promise<SurveyServer> {
  const { build, runtime } = surveyTarget();
  await mkdir(folder, { recursive: true });
  const server = await startWheelmill('serve', {
    WHEELMILL_DATA_DIR: folder,
    WHEELMILL_LOG_LEVEL: 'warn',
    WHEELMILL_TARGETS: `${build}=${runtime}`,
    WHEELMILL_CONCURRENCY: '1',
  });
  const client = new Client(server.url);
  for (const { project, recipes } of await client.recipes())
    if (recipes.length > 0) await client.setRecipes(project, []);
  return {
    url: server.url,
    client,
    async stop() {
      await server.stop();
    },
  };
}
