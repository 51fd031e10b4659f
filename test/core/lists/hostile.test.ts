import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import t from 'tap';
import Value from 'typebox/value';
import { ListFaultSchema } from '../../../src/core/records/list-fault.ts';
import { RequirementSchema } from '../../../src/core/records/requirement.ts';
import { read } from './read.ts';

/** Real files, of which parts are replaced. */
const FILES = ['pylock.pdm.toml', 'uv.lock', 'poetry.lock', 'pdm.lock', 'pyproject.toml', 'Pipfile.lock'];

const folder = new URL('./fixtures/', import.meta.url);
const real = new Map(
  FILES.map((name) => {
    const path = name === 'pyproject.toml' ? `project/${name}` : `locked/${name}`;
    const text = readFileSync(new URL(path, folder), 'utf8');
    return [name, (): unknown => (name === 'Pipfile.lock' ? JSON.parse(text) : parse(text))] as const;
  }),
);

/** What stands in a place of another file, or of an object of JavaScript. */
const TEXTS = [
  '',
  '.',
  'a',
  'B.c',
  '1.0',
  '==1',
  '2.1',
  'a'.repeat(300),
  '\0',
  '__proto__',
  'sha256:0',
  "os_name == 'x'",
  '"x" in extras',
];
const KEYS = [
  '__proto__',
  'constructor',
  'name',
  'version',
  'marker',
  'markers',
  'git',
  'path',
  'extra',
  'groups',
  'extras',
  'dev',
  '',
];
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...TEXTS, 1, 2.5, true, [], [[]], [{}], {}, 2n ** 62n),
  fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom<unknown>(...TEXTS, 1, [], {})),
  fc.array(fc.constantFrom<unknown>(...TEXTS), { maxLength: 3 }),
);
const change = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add'),
  key: fc.constantFrom(...KEYS),
  value,
});
const selection = fc.constantFrom(
  {},
  { groups: ['dev'] },
  { extras: ['http'], withoutGroups: ['dev'] },
  { extras: ['__proto__'], groups: ['constructor'], withoutGroups: ['default'] },
);

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Every place in a document: an object or array, and a key of it. */
function places(data: unknown): [Record<string, unknown>, string][] {
  if (typeof data !== 'object' || data === null || data instanceof Date) return [];
  const table = data as Record<string, unknown>;
  return Object.keys(table).flatMap((key) => [[table, key], ...places(table[key])] as [typeof table, string][]);
}

function changed(data: unknown, { at, how, key, value: put }: Change): void {
  const all = places(data);
  const [table, name] = all[at % Math.max(1, all.length)] ?? [];
  if (table === undefined || name === undefined) return;
  const set = (where: string) => Object.defineProperty(table, where, { value: put, ...WRITABLE });
  if (how === 'remove' && !Array.isArray(table)) delete table[name];
  else set(how === 'add' && !Array.isArray(table) ? key : name);
}
const WRITABLE = { enumerable: true, configurable: true, writable: true };

/** As TOML or JSON; undefined where the change made what neither can say, such as an array of several types of numbers. */
function written(name: string, data: unknown): string | undefined {
  try {
    return name === 'Pipfile.lock' ? JSON.stringify(data) : stringify(data);
  } catch {
    return undefined;
  }
}

t.test('whatever is in a file, it is read or refused, and never thrown', async (t) => {
  for (const [name, load] of real) {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), selection, (changes, chosen) => {
        const data = load();
        for (const one of changes) changed(data, one);
        const text = written(name, data);
        if (text === undefined) return;
        const { requirements, faults, warnings } = read(name, text, chosen);
        for (const one of [...faults, ...warnings])
          if (!Value.Check(ListFaultSchema, one)) throw new Error(JSON.stringify(one));
        for (const one of requirements) if (!Value.Check(RequirementSchema, one)) throw new Error(JSON.stringify(one));
        if (requirements.length + faults.length === 0) throw new Error('neither read nor refused');
        seen[faults.length > 0 ? 'refused' : 'read'] += 1;
      }),
      { numRuns: 150 },
    );
    t.ok(seen.read > 0 && seen.refused > 0, `${name}: ${seen.read} read, ${seen.refused} refused`);
  }
});

t.test('bytes of any kind are refused', async (t) => {
  const refused = fc.property(
    fc.constantFrom(...FILES),
    fc.uint8Array(),
    (name, bytes) => read(name, bytes).faults.length > 0,
  );
  t.doesNotThrow(() => fc.assert(refused));
});

t.test('large and deep files are answered', async (t) => {
  const much = 2_000_000;
  const rows: [name: string, text: string, code: string][] = [
    ['pylock.toml', `lock-version = "1.0"\npackages = ${'['.repeat(much)}`, 'unreadable-lock'],
    ['Pipfile.lock', `{"_meta":${'['.repeat(much)}`, 'unreadable-lock'],
    ['pylock.toml', `lock-version = "1.0"\n${'[[packages]]\n'.repeat(5001)}`, 'list-too-large'],
    ['pylock.toml', `lock-version = "1.0"\n[[packages]]\nname = "a"\nwheels = [${'1,'.repeat(much)}]`, 'invalid-lock'],
    ['pylock.toml', 'x'.repeat(8 * 1024 * 1024 + 1), 'list-too-large'],
    [
      'pyproject.toml',
      `[dependency-groups]\n${Array.from({ length: 5000 }, (_, at) => `g${at} = [{ include-group = "g${at + 1}" }]\n`).join('')}dev = [{ include-group = "g0" }]`,
      'invalid-lock',
    ],
    ['pyproject.toml', `[project]\ndependencies = [${'7,'.repeat(much)}]`, 'invalid-lock'],
    [
      'Pipfile.lock',
      `{"_meta":{"pipfile-spec":6},"default":{${Array.from({ length: 5001 }, (_, at) => `"p${at}":{}`).join(',')}}}`,
      'list-too-large',
    ],
    [
      'uv.lock',
      // Every package needs every other under a marker of its own.
      `version = 1\n[[package]]\nname = "demo"\nsource = { virtual = "." }\ndependencies = [{ name = "p0" }]\n${Array.from(
        { length: 200 },
        (_, at) =>
          `[[package]]\nname = "p${at}"\nversion = "1"\nsource = { registry = "x" }\ndependencies = [${Array.from({ length: 200 }, (_, to) => `{ name = "p${to}", marker = "platform_version == '${at} ${to}'" }`).join(', ')}]\n`,
      ).join('')}`,
      'unsupported-lock',
    ],
  ];
  for (const [name, text, code] of rows)
    t.ok(
      read(name, text, { groups: name === 'pyproject.toml' ? ['dev'] : [] }).faults.some((one) => one.code === code),
      `${name} ${text.slice(0, 60)}`,
    );
});
