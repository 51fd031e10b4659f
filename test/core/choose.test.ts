import t from 'tap';
import { choose, needlessFor } from '../../src/core/choose.ts';
import { platformOf, type Target } from '../../src/core/records/target.ts';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { parseRequirementsList } from '../../src/core/requirements-list.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { wantedOn } from '../../src/core/wanted.ts';
import { built, offered, shown, supply, TARGET } from './planning-data.ts';

const LINUX = 'demo-1.0-cp313-cp313-manylinux_2_17_x86_64.whl';
const WINDOWS = 'demo-1.0-cp313-cp313-win_amd64.whl';
const SDIST = 'demo-1.0.tar.gz';
const OURS = 'demo-1.0-1_0a1b2c3d-cp313-cp313-linux_x86_64.whl';
const PURE = 'demo-1.0-1_0a1b2c3d-py3-none-any.whl';
const hash = (filename: string) => `--hash=sha256:${sha256Hex(filename)}`;

/** A wheel of the sdist that was built somewhere else than on TARGET. */
function builtOn(filename: string, on: Partial<NonNullable<WheelRecord['build']>>, more: Partial<WheelRecord> = {}) {
  const record = built(filename, SDIST);
  return { ...record, ...more, build: { ...record.build!, image: sha256Hex('other image'), ...on } };
}
const BOOKWORM = { platform: 'debian-bookworm-glibc-2.36-amd64' };

const rows: [what: string, line: string, Parameters<typeof choose>[1], expected: string][] = [
  [
    'a wheel that fits comes before the sdist',
    'demo==1.0',
    supply([offered(SDIST), offered(LINUX)]),
    `mirror ${LINUX}`,
  ],
  [
    'a wheel for another platform is none',
    'demo==1.0',
    supply([offered(SDIST), offered(WINDOWS)]),
    `build ${SDIST} public`,
  ],
  [
    'a mirrored wheel is a hit',
    'demo==1.0',
    supply([offered(LINUX)], [built(LINUX, SDIST, { origin: 'mirrored' })]),
    `hit ${LINUX}`,
  ],
  [
    'an archived project is one like others',
    'demo==1.0',
    { ...supply([offered(LINUX)]), status: { status: 'archived' } },
    `mirror ${LINUX}`,
  ],
  [
    'of a quarantined project there is nothing, stored or not',
    'demo==1.0',
    {
      ...supply([offered(SDIST)], [built(OURS, SDIST)]),
      status: { status: 'quarantined', reason: 'steals\u0007 "keys"' },
    },
    'failed quarantined 1.0',
  ],
  [
    'a built wheel of the same sdist is a hit',
    'demo==1.0',
    supply([offered(SDIST)], [built(OURS, SDIST)]),
    `hit ${OURS}`,
  ],
  [
    'unless it is to be built again',
    'demo==1.0',
    { ...supply([offered(SDIST)], [built(OURS, SDIST)]), rebuild: true },
    `build ${SDIST} public`,
  ],
  [
    'which a mirrored one never is',
    'demo==1.0',
    { ...supply([offered(LINUX)], [built(LINUX, SDIST, { origin: 'mirrored' })]), rebuild: true },
    `hit ${LINUX}`,
  ],
  [
    'a yanked one only where there is no other',
    'demo==1.0',
    supply(
      [offered(SDIST)],
      [built('demo-1.0-1_ffffffff-cp313-cp313-linux_x86_64.whl', SDIST, { yanked: 'old' }), built(OURS, SDIST)],
    ),
    `hit ${OURS}`,
  ],
  [
    'of another sdist it is none',
    'demo==1.0',
    supply([offered(SDIST)], [built(OURS, 'demo-1.0.zip')]),
    `build ${SDIST} public`,
  ],
  [
    'of another procedure it is none',
    'demo==1.0',
    supply([offered(SDIST)], [built(OURS, SDIST, { build: { ...built(OURS, SDIST).build!, procedure: '0-lock' } })]),
    `build ${SDIST} public`,
  ],
  [
    'of another Debian release it is none',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(OURS, BOOKWORM)]),
    `build ${SDIST} public`,
  ],
  [
    'of another architecture it is none, though its tags fit',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(PURE, { platform: 'debian-trixie-glibc-2.41-arm64' })]),
    `build ${SDIST} public`,
  ],
  [
    'of the stable ABI and another Debian release it is none',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn('demo-1.0-1_0a1b2c3d-cp313-abi3-linux_x86_64.whl', BOOKWORM)]),
    `build ${SDIST} public`,
  ],
  [
    'of the stable ABI and the same release it is one',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn('demo-1.0-1_0a1b2c3d-cp313-abi3-linux_x86_64.whl', {})]),
    'hit demo-1.0-1_0a1b2c3d-cp313-abi3-linux_x86_64.whl',
  ],
  [
    'a pure one of another release is one',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(PURE, { ...BOOKWORM, pure: true })]),
    `hit ${PURE}`,
  ],
  [
    'a pure one of another architecture too',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(PURE, { platform: 'debian-trixie-glibc-2.41-arm64', pure: true })]),
    `hit ${PURE}`,
  ],
  [
    'one that only says it is pure is none',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(PURE, BOOKWORM)]),
    `build ${SDIST} public`,
  ],
  [
    'a pure one for a newer Python is none',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(PURE, { ...BOOKWORM, pure: true }, { requiresPython: '>=3.14' })]),
    `build ${SDIST} public`,
  ],
  [
    'a pure one of another builder is none',
    'demo==1.0',
    supply([offered(SDIST)], [builtOn(PURE, { procedure: 'process-1-lock', pure: true })]),
    `build ${SDIST} public`,
  ],
  [
    'of two pure ones that of the own image is taken',
    'demo==1.0',
    supply(
      [offered(SDIST)],
      [
        builtOn('demo-1.0-1_ffffffff-py3-none-any.whl', { ...BOOKWORM, pure: true }),
        builtOn('demo-1.0-1_0a1b2c3d-py3-none-any.whl', { image: TARGET.build.identity, pure: true }),
        builtOn('demo-1.0-1_eeeeeeee-py3-none-any.whl', { pure: true }),
      ],
    ),
    'hit demo-1.0-1_0a1b2c3d-py3-none-any.whl',
  ],
  [
    'of another image alone it still is one',
    'demo==1.0',
    supply(
      [offered(SDIST)],
      [built(OURS, SDIST, { build: { ...built(OURS, SDIST).build!, image: sha256Hex('newer') } })],
    ),
    `hit ${OURS}`,
  ],
  [
    'upstream publishing a wheel later wins over ours',
    'demo==1.0',
    supply([offered(SDIST), offered(LINUX)], [built(OURS, SDIST)]),
    `mirror ${LINUX}`,
  ],
  ['without upstream stored wheels do', 'demo==1.0', supply(undefined, [built(OURS, SDIST)]), `hit ${OURS}`],
  [
    '.tar.gz comes before .zip',
    'demo==1.0',
    supply([offered('demo-1.0.zip'), offered(SDIST)]),
    `build ${SDIST} public`,
  ],
  [
    'the newest version wins, sdist or not',
    'demo',
    supply([offered(LINUX), offered('demo-1.1.tar.gz')]),
    'build demo-1.1.tar.gz public',
  ],
  ['but no pre-release', 'demo', supply([offered(SDIST), offered('demo-2.0rc1.tar.gz')]), `build ${SDIST} public`],
  ['unless there is nothing else', 'demo', supply([offered('demo-2.0rc1.tar.gz')]), 'build demo-2.0rc1.tar.gz public'],
  [
    'or it is asked for',
    'demo>=2.0rc1',
    supply([offered(SDIST), offered('demo-2.0rc1.tar.gz')]),
    'build demo-2.0rc1.tar.gz public',
  ],
  [
    'a version with wheels for others only is passed over',
    'demo',
    supply([offered('demo-2.0-cp313-cp313-win_amd64.whl'), offered(SDIST)]),
    `build ${SDIST} public`,
  ],
  [
    'a version for a newer Python is passed over',
    'demo',
    supply([offered('demo-2.0.tar.gz', { requiresPython: '>=3.14' }), offered(SDIST)]),
    `build ${SDIST} public`,
  ],
  [
    'a yanked version is passed over',
    'demo',
    supply([offered('demo-2.0.tar.gz', { yanked: 'broken' }), offered(SDIST)]),
    `build ${SDIST} public`,
  ],
  [
    'but taken when pinned',
    'demo==2.0',
    supply([offered('demo-2.0.tar.gz', { yanked: true })]),
    'build demo-2.0.tar.gz public',
  ],
  [
    'a hash of the sdist alone builds for that list only',
    `demo==1.0 ${hash(SDIST)}`,
    supply([offered(LINUX), offered(SDIST)]),
    `build ${SDIST} prebuild`,
  ],
  [
    'a hash of the wheel mirrors it',
    `demo==1.0 ${hash(LINUX)}`,
    supply([offered(LINUX), offered(SDIST)]),
    `mirror ${LINUX}`,
  ],
  [
    'our own hash, handed back, is a hit',
    `demo==1.0 ${hash(OURS)}`,
    supply([offered(LINUX), offered(SDIST)], [built(OURS, SDIST)]),
    `hit ${OURS}`,
  ],
  [
    'a wheel of one list is no hit for others',
    'demo==1.0',
    supply([offered(SDIST)], [built(OURS, SDIST, { visibility: 'prebuild' })]),
    `build ${SDIST} public`,
  ],
  [
    'but for an equal request',
    `demo==1.0 ${hash(SDIST)}`,
    supply([offered(LINUX), offered(SDIST)], [built(OURS, SDIST, { visibility: 'prebuild' })]),
    `hit ${OURS}`,
  ],
  ['no hash fits', `demo==1.0 ${hash('other')}`, supply([offered(LINUX), offered(SDIST)]), 'failed hash-mismatch 1.0'],
  ['no such project', 'demo==1.0', supply([]), 'failed no-such-version 1.0'],
  ['no such version', 'demo==3.0', supply([offered(SDIST)]), 'failed no-such-version 3.0'],
  ['nothing but foreign wheels', 'demo==1.0', supply([offered(WINDOWS)]), 'failed no-such-version 1.0'],
  [
    'only for another Python',
    'demo==1.0',
    supply([offered(SDIST, { requiresPython: '<3' })]),
    'failed python-incompatible 1.0',
  ],
];

t.test('choose', async (t) => {
  for (const [what, line, available, expected] of rows) {
    const { faults, ...list } = parseRequirementsList(line);
    t.same(faults, [], `${what}: the line is sound`);
    const [wanted] = wantedOn(list, TARGET.environment).wanted;
    t.equal(shown(choose(wanted!, available, TARGET)), expected, what);
  }
});

t.test('this machine and images never take each other’s wheels', async (t) => {
  const local = (identity: string): Target => ({
    ...TARGET,
    name: 'local',
    builder: 'process',
    build: { reference: 'local', identity },
  });
  const wheel = (target: Target, visibility: WheelRecord['visibility']) => {
    const { build } = built(OURS, SDIST);
    return built(OURS, SDIST, { visibility, build: { ...build!, platform: platformOf(target) } });
  };
  const [one, other] = [local(sha256Hex('python3.11')), local(sha256Hex('python3.12'))];
  const build = `build ${SDIST}`;
  const table: [what: string, stored: WheelRecord, target: Target, expected: string][] = [
    ['of the machine for the machine, on no page of the index', wheel(one, 'prebuild'), one, `hit ${OURS}`],
    ['of the machine for an image', wheel(one, 'prebuild'), TARGET, `${build} public`],
    ['of an image for the machine', wheel(TARGET, 'public'), one, `${build} prebuild`],
    ['of another Python of the machine', wheel(other, 'prebuild'), one, `${build} prebuild`],
  ];
  for (const [what, stored, target, expected] of table) {
    for (const line of ['demo==1.0', `demo==1.0 ${hash(SDIST)} ${hash(OURS)}`, 'demo']) {
      const [wanted] = wantedOn(parseRequirementsList(line), TARGET.environment).wanted;
      t.equal(shown(choose(wanted!, supply([offered(SDIST)], [stored]), target)), expected, `${what}: ${line}`);
    }
  }
});

t.test('failures say what there is', async (t) => {
  const [wanted] = wantedOn(parseRequirementsList('demo==3.0'), TARGET.environment).wanted;
  const missing = choose(wanted!, supply([offered(SDIST), offered('demo-0.9.tar.gz')]), TARGET);
  t.match(missing, { message: 'Upstream has no version that is demo==3.0. The newest versions there are 1.0, 0.9.' });
  const unknown = choose(wanted!, supply([]), TARGET);
  t.match(unknown, { message: 'No upstream index has a project demo==3.0. Check the spelling of the name.' });
  const status = { status: 'quarantined' as const, reason: 'steals\u0007\n "keys"' };
  t.match(choose(wanted!, { ...supply([]), status }, TARGET), {
    message:
      'Upstream has quarantined demo ("steals \\"keys\\""): nothing of it is handed out, what is stored here neither. Take it off the list.',
  });
});

t.test('the build key follows what changes bytes', async (t) => {
  const [wanted] = wantedOn(parseRequirementsList('demo==1.0'), TARGET.environment).wanted;
  const key = (files = supply([offered(SDIST)]), target = TARGET) => {
    const choice = choose(wanted!, files, target);
    return choice.kind === 'build' ? choice.key : choice.kind;
  };
  t.equal(key(), key());
  t.not(key(supply([offered('demo-1.0.zip')])), key(), 'another sdist');
  t.not(key({ ...supply([offered(SDIST)]), recipes: [{ environment: { CFLAGS: '-O1' } }] }), key(), 'another recipe');
  t.not(key(supply([offered(SDIST)]), { ...TARGET, procedure: '2-lock' }), key(), 'another procedure');
  t.not(
    key(supply([offered(SDIST)]), { ...TARGET, build: { reference: 'x', identity: sha256Hex('x') } }),
    key(),
    'another image',
  );
});

t.test('a build is needless where another target has made what fits', async (t) => {
  const request = { sdist: { filename: SDIST, sha256: sha256Hex(SDIST) }, recipe: {}, visibility: 'public' as const };
  const pure = builtOn(PURE, { ...BOOKWORM, pure: true });
  const rows: [
    what: string,
    stored: WheelRecord,
    more: Partial<typeof request> | { visibility: 'prebuild' },
    boolean,
  ][] = [
    ['a pure wheel of the sdist', pure, {}, true],
    ['of another sdist', pure, { sdist: { filename: SDIST, sha256: sha256Hex('other') } }, false],
    ['with another recipe', pure, { recipe: { environment: { A: '1' } } }, false],
    ['a yanked one', { ...pure, yanked: 'broken' }, {}, false],
    ['one that one prebuild alone shows', { ...pure, visibility: 'prebuild' }, {}, false],
    ['the same for a prebuild alone', { ...pure, visibility: 'prebuild' }, { visibility: 'prebuild' }, true],
    ['one for another Python', { ...pure, requiresPython: '<3' }, {}, false],
    ['one whose tags do not fit', builtOn('demo-1.0-1_0-py2-none-any.whl', { pure: true }), {}, false],
    ['one with machine code, of another release', builtOn(OURS, BOOKWORM), {}, false],
    ['a mirrored one', { ...pure, origin: 'mirrored' }, {}, false],
  ];
  for (const [what, stored, more, isNeedless] of rows)
    t.equal(needlessFor([stored], { ...request, ...more }, TARGET), isNeedless ? stored : undefined, what);
});
