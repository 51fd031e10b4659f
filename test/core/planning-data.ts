import type { Choice, OfferedFile, Supply } from '../../src/core/choose.ts';
import { recipeHash } from '../../src/core/choose.ts';
import type { Target } from '../../src/core/records/target.ts';
import { platformOf } from '../../src/core/records/target.ts';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { parseSdistFilename } from '../../src/core/sdist-filename.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { parseWheelFilename } from '../../src/core/wheel-filename.ts';

/** Facts of the `python:3.13` pair, as far as choosing files needs them. */
export const TARGET: Target = {
  schema: 1,
  name: 'python-3.13',
  builder: 'docker',
  build: { reference: 'python:3.13', identity: sha256Hex('build image') },
  runtime: { reference: 'python:3.13-slim', identity: sha256Hex('runtime image') },
  platform: 'linux/amd64',
  python: { implementation: 'cpython', version: '3.13.5', executable: '/usr/local/bin/python3' },
  libc: { name: 'glibc', version: '2.41' },
  distribution: { id: 'debian', version: '13', codename: 'trixie' },
  environment: {
    implementation_name: 'cpython',
    implementation_version: '3.13.5',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_python_implementation: 'CPython',
    platform_release: '6.1.0',
    platform_system: 'Linux',
    platform_version: '#1 SMP',
    python_full_version: '3.13.5',
    python_version: '3.13',
    sys_platform: 'linux',
  },
  tags: ['cp313-cp313-manylinux_2_17_x86_64', 'cp313-cp313-linux_x86_64', 'cp313-abi3-linux_x86_64', 'py3-none-any'],
  procedure: '1-lock',
  pipVersion: '25.1.1',
  probedAt: '2026-01-01T00:00:00.000Z',
};

export type Offered = OfferedFile & { sha256?: OfferedFile['sha256'] };

/** A file of an index; its hash is that of its name. */
export function offered(
  filename: string,
  more: Partial<Pick<OfferedFile, 'requiresPython' | 'yanked'>> = {},
): OfferedFile {
  const about = { filename, sha256: sha256Hex(filename), ...more };
  if (filename.endsWith('.whl')) return { ...about, kind: 'wheel', wheel: parseWheelFilename(filename) };
  return { ...about, kind: 'sdist', sdist: parseSdistFilename(filename) };
}

/** A stored wheel that was built on TARGET from the sdist of that name. */
export function built(filename: string, sdist: string, more: Partial<WheelRecord> = {}): WheelRecord {
  const { name, version } = parseWheelFilename(filename);
  return {
    ...{
      schema: 1,
      project: name,
      version,
      filename,
      sha256: sha256Hex(filename),
      size: 1,
      metadataSha256: sha256Hex('metadata'),
    },
    ...{ uploadedAt: '2026-01-01T00:00:00.000Z', visibility: 'public', origin: 'built' },
    build: {
      ...{ key: sha256Hex('key'), sdist: { filename: sdist, sha256: sha256Hex(sdist) }, target: TARGET.name },
      ...{
        image: TARGET.build.identity,
        platform: platformOf(TARGET),
        procedure: TARGET.procedure,
        recipe: recipeHash({}),
      },
    },
    ...more,
  };
}

export function supply(files: OfferedFile[] | undefined, stored: WheelRecord[] = []): Supply {
  return { offered: files, stored, recipes: [] };
}

/** A choice in a few words. */
export function shown(choice: Choice): string {
  if (choice.kind === 'hit') return `hit ${choice.wheel.filename}`;
  if (choice.kind === 'mirror') return `mirror ${choice.file.filename}`;
  if (choice.kind === 'build') return `build ${choice.file.filename} ${choice.visibility}`;
  return `failed ${choice.reason} ${choice.version ?? '-'}`;
}
