import { readFileSync } from 'node:fs';
import Type, { type Static } from 'typebox';
import { checked } from '../../src/storage/json-records.ts';
import { docker } from '../../test/services/docker.ts';

const CHECK = readFileSync(new URL('check.py', import.meta.url), 'utf8');

const LoadedSchema = Type.Object(
  { imports: Type.Integer(), files: Type.Integer(), broken: Type.Array(Type.String()) },
  { additionalProperties: false },
);
/** What check.py says of distributions in an image: imports and ELF files that were tried, and each that does not load. */
export type Loaded = Static<typeof LoadedSchema>;

/** Loads these distributions in a new container without a network, after `removed` was taken out of it with what only it needs. */
export async function loadedWithout(image: string, names: readonly string[], removed?: string): Promise<Loaded> {
  const remove = removed === undefined ? '' : `apt-get -qq autoremove --purge -y -- ${removed} >&2; `;
  const script = `${remove}python -c "$CHECK" ${names.join(' ')}`;
  const environment = ['-e', `CHECK=${CHECK}`, '-e', 'DEBIAN_FRONTEND=noninteractive'];
  const printed = await docker('run', '--rm', '--network', 'none', ...environment, image, 'sh', '-ec', script);
  return checked(LoadedSchema, JSON.parse(printed), 'What check.py prints');
}

/** The packages of a line, each with those others of it that go when it is removed: they imply it. */
export async function impliedBy(image: string, line: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const name of line) {
    const printed = await docker('run', '--rm', '--network', 'none', image, 'apt-get', '-s', 'remove', name);
    const gone = [...printed.matchAll(/^Remv ([^\s:]+)/gm)].map(([, one = '']) => one);
    const others = gone.filter((one) => one !== name && line.includes(one));
    found.set(name, others);
  }
  return found;
}
