import { link, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import Type from 'typebox';
import { checked } from '../../src/storage/json-records.ts';
import { docker } from '../../test/services/docker.ts';
import { aboutRun, surveyTarget } from '../about.ts';
import { writePart } from '../part.ts';
import { SURVEY_DATA } from '../server.ts';
import { ProgramsRowSchema } from './programs-row.ts';

const PrintedSchema = Type.Object({ wheels: Type.Integer(), called: Type.Array(ProgramsRowSchema) });
const HERE = new URL('.', import.meta.url).pathname;

/** Which programs the wheels call that the other parts of the survey have built, or had of upstream, in the runtime image. */
export async function surveyPrograms(): Promise<void> {
  const target = surveyTarget();
  const folder = await mkdtemp(join(SURVEY_DATA, 'wheels-'));
  try {
    const files = await readdir(join(SURVEY_DATA, 'bucket'), { recursive: true });
    const wheels = new Map(files.filter((file) => file.endsWith('.whl')).map((file) => [basename(file), file]));
    for (const [name, file] of wheels) await link(join(SURVEY_DATA, 'bucket', file), join(folder, name));
    const mounts = ['-v', `${folder}:/wheels:ro`, '-v', `${HERE}programs.py:/programs.py:ro`];
    const run = [
      'run',
      '--rm',
      '--network',
      'none',
      ...mounts,
      target.runtime,
      'python3',
      '-I',
      '/programs.py',
      '/wheels',
    ];
    const { wheels: read, called } = checked(
      PrintedSchema,
      JSON.parse(await docker(...run)),
      'What programs.py prints',
    );
    writePart('programs', { about: await aboutRun(target, [['Wheels', String(read)]]), rows: called });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
