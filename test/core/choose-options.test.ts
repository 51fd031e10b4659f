import t from 'tap';
import { choose, recipeHash } from '../../src/core/choose.ts';
import { readLists } from '../../src/core/read-lists.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { wantedOn } from '../../src/core/wanted.ts';
import { built, offered, shown, supply, TARGET } from './planning-data.ts';

const WHEEL = 'demo-1.0-py3-none-any.whl';
const OLD_WHEEL = 'demo-0.9-py3-none-any.whl';
const WINDOWS = 'demo-1.0-cp313-cp313-win_amd64.whl';
const SDIST = 'demo-1.0.tar.gz';
const NEW_SDIST = 'demo-2.0.tar.gz';
const EARLY = 'demo-3.0rc1-py3-none-any.whl';
const OURS = 'demo-1.0-1_0a1b2c3d-py3-none-any.whl';
const OURS_NEW = 'demo-2.0-1_0a1b2c3d-py3-none-any.whl';
const SETTINGS = { configSettings: { flavour: 'sweet' } };

const both = [offered(WHEEL), offered(SDIST)];
const mirrored = built(WHEEL, SDIST, { origin: 'mirrored' });
const { build: _, ...uploaded } = built(WHEEL, SDIST, { origin: 'uploaded' });
const own = built(OURS, SDIST);
const ofOneList = built(OURS, SDIST, { visibility: 'prebuild' });
const sweet = built(OURS, SDIST, {
  visibility: 'prebuild',
  build: { ...own.build!, recipe: recipeHash(SETTINGS) },
});
const hash = (filename: string) => `--hash=sha256:${sha256Hex(filename)}`;

type Row = [list: string, Parameters<typeof choose>[1], expected: string, what: string, constraints?: string];

const rows: Record<string, Row[]> = {
  '--no-binary': [
    ['demo', supply(both), `build ${SDIST} prebuild`, 'upstream has a wheel: ours is for this list'],
    ['demo', supply([offered(SDIST), offered(WINDOWS)]), `build ${SDIST} public`, 'upstream has none that fits'],
    ['demo', supply(both, [mirrored]), `build ${SDIST} prebuild`, "upstream's wheel, stored"],
    ['demo', supply(both, [ofOneList]), `hit ${OURS}`, 'one that was built for an equal request'],
    ['demo', supply(both, [own]), `hit ${OURS}`, 'one that was built before upstream had a wheel'],
    ['demo', supply(both, [sweet]), `build ${SDIST} prebuild`, 'one that was built with settings'],
    ['demo', supply([offered(SDIST), offered('demo-2.0-py3-none-any.whl')]), `build ${SDIST} public`, 'newer wheels'],
    ['demo', supply([offered(WHEEL)]), 'failed no-sdist 1.0', 'no sdist at all'],
    [`demo==1.0 ${hash(WHEEL)}`, supply(both, [mirrored]), 'failed hash-mismatch 1.0', 'locked to the wheel'],
    [`demo==1.0 ${hash(OURS)}`, supply(both, [own]), `hit ${OURS}`, 'locked to what was handed back'],
    ['demo', supply(undefined, [mirrored, own]), `hit ${OURS}`, 'upstream does not answer'],
  ].map(([list, ...rest]) => [`--no-binary demo\n${list}`, ...rest] as Row),
  '--only-binary': [
    ['demo', supply([...both, offered(NEW_SDIST)]), `mirror ${WHEEL}`, 'the newest version with a wheel'],
    [
      'demo',
      supply([...both, offered(NEW_SDIST)], [built(OURS_NEW, NEW_SDIST)]),
      `mirror ${WHEEL}`,
      'nor one built here',
    ],
    ['demo==2.0', supply([...both, offered(NEW_SDIST)]), 'failed no-wheel 2.0', 'pinned to an sdist'],
    ['demo', supply([offered(WINDOWS), offered(SDIST)]), 'failed no-wheel 1.0', 'none that fits'],
    [`demo==1.0 ${hash(OURS)}`, supply(both, [own]), `hit ${OURS}`, 'locked to what was handed back'],
    ['demo', supply([offered(EARLY), offered(SDIST)]), `mirror ${EARLY}`, 'nothing final has a wheel'],
    ['demo', supply(undefined, [mirrored]), `hit ${WHEEL}`, 'upstream does not answer'],
  ].map(([list, ...rest]) => [`--only-binary :all:\n${list}`, ...rest] as Row),
  'uploaded wheels, of a claimed name': [
    ['demo', supply([offered(SDIST)], [uploaded]), `hit ${WHEEL}`, 'before building the sdist of the same version'],
    ['demo', supply([], [uploaded]), `hit ${WHEEL}`, 'without any sdist'],
    ['demo', supply([offered(NEW_SDIST)], [uploaded]), `build ${NEW_SDIST} public`, 'a newer version is built'],
    ['--only-binary :all:\ndemo', supply([offered(NEW_SDIST)], [uploaded]), `hit ${WHEEL}`, 'the only wheel'],
    ['--prefer-binary\ndemo', supply([offered(NEW_SDIST)], [uploaded]), `hit ${WHEEL}`, 'preferred'],
    ['--no-binary demo\ndemo', supply([offered(SDIST)], [uploaded]), `build ${SDIST} prebuild`, 'for this list only'],
    [`demo==1.0 ${hash(WHEEL)}`, supply([offered(SDIST)], [uploaded]), `hit ${WHEEL}`, 'locked to it'],
    [
      `demo==1.0 ${hash(SDIST)}`,
      supply([offered(SDIST)], [uploaded]),
      `build ${SDIST} prebuild`,
      'locked to the sdist',
    ],
    [`demo==1.0 ${hash(OURS)}`, supply([], [uploaded]), 'failed no-such-version 1.0', 'locked to something else'],
    [
      'demo',
      supply([], [built(WINDOWS, SDIST, { origin: 'uploaded' })]),
      'failed no-such-version 1.0',
      'it does not fit',
    ],
    ['demo', supply([offered(SDIST)], [mirrored]), `build ${SDIST} public`, "upstream's of before the claim"],
  ],
  'options that name a project go before :all:': [
    ['--only-binary :all:\n--no-binary demo\ndemo', supply(both), `build ${SDIST} prebuild`, 'no-binary'],
    ['--no-binary :all:\n--only-binary demo\ndemo', supply(both), `mirror ${WHEEL}`, 'only-binary'],
    ['--only-final :all:\n--all-releases demo\ndemo', supply([...both, offered(EARLY)]), `mirror ${EARLY}`, 'releases'],
    ['--pre\n--only-final demo\ndemo', supply([...both, offered(EARLY)]), `mirror ${WHEEL}`, 'only-final'],
    ['--no-binary other\ndemo', supply(both), `mirror ${WHEEL}`, 'others are not concerned'],
  ],
  '--prefer-binary': [
    ['--prefer-binary\ndemo', supply([...both, offered(NEW_SDIST)]), `mirror ${WHEEL}`, 'an older wheel'],
    ['--prefer-binary\ndemo>1', supply([...both, offered(NEW_SDIST)]), `build ${NEW_SDIST} public`, 'if there is one'],
    [
      '--prefer-binary\ndemo',
      supply([...both, offered(NEW_SDIST)], [built(OURS_NEW, NEW_SDIST)]),
      `mirror ${WHEEL}`,
      'whatever was built here before',
    ],
    ['--prefer-binary\ndemo', supply([offered(SDIST), offered(EARLY)]), `build ${SDIST} public`, 'no pre-release'],
    ['demo', supply([...both, offered(NEW_SDIST)]), `build ${NEW_SDIST} public`, 'without it the newest'],
  ],
  'pre-releases': [
    ['--pre\ndemo', supply([...both, offered(EARLY)]), `mirror ${EARLY}`, '--pre'],
    ['--all-releases demo\ndemo', supply([...both, offered(EARLY)]), `mirror ${EARLY}`, '--all-releases'],
    ['--only-final demo\ndemo>=3.0rc1', supply([...both, offered(EARLY)]), 'failed no-such-version -', 'only-final'],
    ['--only-final demo\ndemo', supply([offered(EARLY)]), 'failed no-such-version -', 'even if nothing else is there'],
    ['demo', supply([...both, offered(EARLY)], []), `mirror ${WHEEL}`, 'neither'],
    [
      'demo',
      supply([offered('demo-1.0.tar.gz', { requiresPython: '<3' }), offered(EARLY)]),
      `mirror ${EARLY}`,
      'no other',
    ],
  ],
  '--config-settings': [
    ['demo -C flavour=sweet', supply(both), `mirror ${WHEEL}`, 'a wheel of upstream is taken, as by pip'],
    ['demo -C flavour=sweet', supply([offered(SDIST)]), `build ${SDIST} prebuild`, 'of builds, for this list only'],
    ['demo -C flavour=sweet', supply([offered(SDIST)], [own]), `build ${SDIST} prebuild`, 'one without them is no hit'],
    ['demo -C flavour=sweet', supply([offered(SDIST)], [sweet]), `hit ${OURS}`, 'one of an equal request is'],
    ['demo -C flavour=sour', supply([offered(SDIST)], [sweet]), `build ${SDIST} prebuild`, 'another value'],
    ['demo', supply([offered(SDIST)], [sweet]), `build ${SDIST} public`, 'nor for a list without them'],
  ],
  constraints: [
    ['demo', supply([...both, offered(OLD_WHEEL)]), `mirror ${OLD_WHEEL}`, 'a bound', 'demo<1'],
    ['demo', supply([offered(OLD_WHEEL), offered(WHEEL)]), 'failed no-such-version -', 'that nothing meets', 'demo>1'],
    ['demo', supply(both), `build ${SDIST} prebuild`, 'hashes', `demo==1.0 ${hash(SDIST)}`],
    ['demo', supply(both), `mirror ${WHEEL}`, 'for elsewhere', 'demo<1; os_name == "nt"'],
    ['demo', supply([...both, offered(EARLY)]), `mirror ${EARLY}`, 'that names a pre-release', 'demo>=3.0rc1'],
    [
      'demo',
      supply([offered(SDIST, { yanked: true })]),
      `build ${SDIST} public`,
      'a pin lets yanked ones in',
      'demo==1.0',
    ],
  ],
};

for (const [group, table] of Object.entries(rows)) {
  t.test(group, async (t) => {
    for (const [list, available, expected, what, constraints] of table) {
      const bytes = (text: string) => new TextEncoder().encode(text);
      const { faults, ...lists } = readLists([
        { name: 'requirements.txt', bytes: bytes(list), role: 'requirements' },
        ...(constraints ? [{ name: 'c.txt', bytes: bytes(constraints), role: 'constraints' as const }] : []),
      ]);
      t.same(faults, [], `${what}: the list is sound`);
      const [wanted] = wantedOn(lists, TARGET.environment).wanted;
      t.equal(shown(choose(wanted!, available, TARGET)), expected, what);
    }
  });
}

t.test('what an option refuses is said with what to do', async (t) => {
  const table: [list: string, Parameters<typeof choose>[1], message: RegExp, constraints?: string][] = [
    [
      '--only-binary demo\ndemo==2.0',
      supply([...both, offered(NEW_SDIST)]),
      /--only-binary for demo.*one is 1\.0\..*leave the option out/,
    ],
    ['--no-binary demo\ndemo', supply([offered(WHEEL)]), /--no-binary for demo.*no sdist of demo\. Ask/],
    ['--only-final demo\ndemo', supply([offered(EARLY)]), /only pre-releases \(3\.0rc1\).*--only-final/],
    ['demo==1.0', supply(both), /demo==1\.0,<1 \(bounded by the constraint in c\.txt:2\)/, '# bounds\ndemo<1'],
  ];
  for (const [list, available, message, constraints] of table) {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const lists = readLists([
      { name: 'requirements.txt', bytes: bytes(list), role: 'requirements' },
      ...(constraints ? [{ name: 'c.txt', bytes: bytes(constraints), role: 'constraints' as const }] : []),
    ]);
    const [wanted] = wantedOn(lists, TARGET.environment).wanted;
    t.match(choose(wanted!, available, TARGET), { kind: 'failed', message });
  }
});
