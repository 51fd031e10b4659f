import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { configuredIndex } from '../workers/run/index-proxy.ts';
import { missing, stateDir } from './state.ts';

export type Published = { code: number; out: string };

/** The programs that make and upload packages, in a home of their own: nobody's settings but the index count. */
export type Publisher = {
  /** Writes a project and makes its sdist, wheel or both; gives the folder of the files. */
  build(name: string, files: Record<string, string>, ...kinds: ('--sdist' | '--wheel')[]): Promise<string>;
  twine(...args: string[]): Promise<Published>;
  uv(...args: string[]): Promise<Published>;
};

export function publisher(home: string): Publisher {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(UV|TWINE|PIP|XDG|PYTHON)(_|$)/.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    HOME: home,
    PIP_CONFIG_FILE: '/dev/null',
    TWINE_USERNAME: 'somebody',
    TWINE_PASSWORD: 'a secret',
    TWINE_NON_INTERACTIVE: '1',
    UV_NO_CONFIG: '1',
    UV_DEFAULT_INDEX: configuredIndex(),
    UV_PYTHON_DOWNLOADS: 'never',
    // Wide enough that no message is broken in the middle.
    COLUMNS: '1000',
  };
  const run = async (program: string, args: readonly string[]): Promise<Published> => {
    try {
      const { stdout, stderr } = await promisify(execFile)(join(stateDir, 'tools', program), args, { cwd: home, env });
      return { code: 0, out: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number | string; stdout: string; stderr: string };
      if (typeof code !== 'number') throw missing(`${program} is not installed`, error);
      return { code, out: stdout + stderr };
    }
  };
  return {
    async build(name, files, ...kinds) {
      const folder = join(home, name);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      const { code, out } = await run('bin/uv', ['build', '-q', ...kinds, folder]);
      if (code !== 0) throw new Error(`uv build failed: ${out}`);
      return join(folder, 'dist');
    },
    twine: (...args) => run('twine/bin/twine', args),
    uv: (...args) => run('bin/uv', args),
  };
}
