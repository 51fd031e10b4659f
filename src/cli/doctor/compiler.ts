import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOCAL_TARGET } from '../../core/records/target.ts';
import { type Check, type Finding, ok, warning } from './check.ts';
import type { DoctorContext } from './context.ts';

const run = promisify(execFile);

const HEADERS = 'import sysconfig; print(sysconfig.get_path("include"))';
const SOURCE = '#include <Python.h>\nint answer(void) { return PY_MAJOR_VERSION; }\n';

/** Compiles a line of C against the headers of this machine's Python; without that only pure wheels can be built. */
export function compilerCheck({ probe }: Pick<DoctorContext, 'probe'>, path: string): Check {
  return {
    name: 'compiler',
    seconds: 60,
    look: async (signal) => {
      const { python } = await probe({ name: LOCAL_TARGET, build: '', runtime: '' });
      const options = { env: { PATH: path }, signal };
      const include = (await run(python.executable, ['-I', '-c', HEADERS], options)).stdout.trim();
      const folder = await mkdtemp(join(tmpdir(), 'wheelmill-doctor-'));
      try {
        const source = join(folder, 'answer.c');
        await writeFile(source, SOURCE);
        await run('cc', ['-c', `-I${include}`, '-o', join(folder, 'answer.o'), source], options);
        const version = (await run('cc', ['--version'], options)).stdout.split('\n')[0];
        return ok(`${version}, with the headers of Python in ${include}`);
      } catch (error) {
        return explain(error);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function explain(error: unknown): Finding {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT')
    return warning('there is no cc: only pure wheels can be built', 'Debian and Ubuntu have it in: build-essential.');
  if (/Python\.h/.test(stderr))
    return warning('Python.h is missing: only pure wheels can be built', 'Debian and Ubuntu have it in: python3-dev.');
  return warning(
    `cc cannot compile: ${stderr.split('\n')[0] || String(error)}`,
    'Install build-essential and python3-dev (Debian and Ubuntu) anew.',
  );
}
