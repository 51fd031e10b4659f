import { parse } from 'smol-toml';
import type { Test } from 'tap';
import { readLists, type Selection } from '../../src/core/read-lists.ts';
import { planList } from '../../src/plan/planner.ts';
import type { ListToResolve } from '../../src/plan/resolution.ts';
import type { Sources } from '../../src/plan/supply.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { TARGET } from '../core/planning-data.ts';
import { createIndexServer, page } from '../upstream/index-server.ts';

type Row = [file: string, selection?: Partial<Selection>];

/** Which files say what the project needs, and what has to be selected in those that lock all of it. */
export const MAIN: readonly Row[] = [
  ['uv.lock', { withoutGroups: ['dev'] }],
  ['uv.main.txt'],
  ['pylock.uv-main.toml'],
  ['pip-compile.main.txt'],
  ['poetry.lock'],
  ['poetry.main.txt'],
  ['pdm.lock'],
  ['pdm.main.txt'],
  ['pylock.pdm.toml'],
  ['Pipfile.lock'],
];

/** The same with the extra "http" and the group "dev". */
export const FULL: readonly Row[] = [
  ['uv.lock', { extras: ['http'] }],
  ['uv.full.txt'],
  ['pylock.uv-full.toml'],
  ['pip-compile.full.txt'],
  ['poetry.lock', { extras: ['http'], groups: ['dev'] }],
  ['poetry.full.txt'],
  ['pdm.lock', { extras: ['http'], groups: ['dev'] }],
  ['pdm.full.txt'],
  ['pylock.pdm.toml', { extras: ['http'], groups: ['dev'] }],
  ['Pipfile.lock', { groups: ['http', 'dev'] }],
];

/** What is to be had for one project: in which version, and from which file. */
export type PlannedFile = { name: string; version: string | undefined; kind: string; file: string | undefined };

/** Plans the lists of some files against an index that has what uv locked. */
export async function planner(
  t: Test,
  files: ReadonlyMap<string, string>,
): Promise<(file: string, selection?: Partial<Selection>) => Promise<PlannedFile[]>> {
  const sources = await sourcesOf(t, files.get('uv.lock') ?? '');
  return async (file, selection = {}) => {
    const bytes = Buffer.from(files.get(file) ?? '');
    const lists = readLists([{ name: file, bytes, role: 'requirements' }], { extras: [], groups: [], ...selection });
    t.same(lists.faults, [], `${file} has no faults`);
    const versions = new Map((await lockedByUv(files)).map(({ name, version }) => [name, version]));
    // Of an unpinned list the resolver says what it needs: here all that uv found.
    const resolve = async ({ lines }: ListToResolve) =>
      lines
        .map((line) => /^[a-z0-9-]+/.exec(line)?.[0] ?? '')
        .map((name) => ({ name, version: versions.get(name) ?? '0' }));
    const outcome = await planList(
      sources,
      { requirements: lists.requirements, options: { deps: true } },
      TARGET,
      resolve,
    );
    return (outcome?.planned ?? [])
      .map(({ wanted, choice }) => ({
        name: wanted.name,
        version: choice.version,
        kind: choice.kind,
        file: choice.kind === 'mirror' || choice.kind === 'build' ? choice.file.filename : undefined,
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  };
}

type UvFile = { url: string; hash: string };
type UvPackage = { name: string; version: string; sdist?: UvFile; wheels?: UvFile[] };

async function lockedByUv(files: ReadonlyMap<string, string>): Promise<UvPackage[]> {
  return (parse(files.get('uv.lock') ?? '') as unknown as { package: UvPackage[] }).package;
}

async function sourcesOf(t: Test, lock: string): Promise<Sources> {
  const server = await createIndexServer(t);
  for (const { name, sdist, wheels = [] } of await lockedByUv(new Map([['uv.lock', lock]]))) {
    const offered = [...(sdist ? [sdist] : []), ...wheels].map(({ url, hash }) => {
      const filename = url.slice(url.lastIndexOf('/') + 1);
      return { filename, url: `/files/${filename}`, hashes: { sha256: hash.replace('sha256:', '') } };
    });
    server.routes.set(`/simple/${name}/`, page(offered));
  }
  const store = createFileStore({ folder: t.testdir() });
  const upstream = createUpstream({ indexes: [parseIndexUrl(server.indexUrl)!], store });
  t.teardown(() => upstream.close());
  return { store, upstream };
}
