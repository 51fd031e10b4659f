import t from 'tap';
import type { NormalizedName } from '../../src/core/names.ts';
import { promisedFilename } from '../../src/core/promised-wheel.ts';
import { openVersions, promisesOf } from '../../src/core/promises.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { tagPriority } from '../../src/core/tags.ts';
import type { Version } from '../../src/core/version.ts';
import { parseWheelFilename } from '../../src/core/wheel-filename.ts';
import { built, offered, supply, TARGET } from './planning-data.ts';

const NAME = 'demo' as NormalizedName;
const SDIST = 'demo-1.0.tar.gz';
const LINUX = 'demo-1.0-cp313-cp313-manylinux_2_17_x86_64.whl';
const OURS = 'demo-1.0-1_0a1b2c3d-cp313-cp313-linux_x86_64.whl';
const waiting = built(OURS, SDIST, { proof: { state: 'waiting' } });

t.test('what is promised', async (t) => {
  const rows: [what: string, all: Parameters<typeof promisesOf>[1], listed: string[], expected: string[]][] = [
    ['an sdist alone', supply([offered(SDIST)]), [], [SDIST]],
    ['not where a wheel fits', supply([offered(SDIST), offered(LINUX)]), [], []],
    [
      'a wheel for others is none',
      supply([offered(SDIST), offered('demo-1.0-cp313-cp313-win_amd64.whl')]),
      [],
      [SDIST],
    ],
    ['not where ours is on the page', supply([offered(SDIST)], [built(OURS, SDIST)]), [OURS], []],
    ['where ours is stored and not on the page yet', supply([offered(SDIST)], [built(OURS, SDIST)]), [], [SDIST]],
    ['where ours waits for its proof', supply([offered(SDIST)], [waiting]), [], [SDIST]],
    ['not of another Python', supply([offered(SDIST, { requiresPython: '<3.13' })]), [], []],
    [
      'not where an upload is stored',
      supply([offered(SDIST)], [built(OURS, SDIST, { origin: 'uploaded' })]),
      [OURS],
      [],
    ],
    ['not without an sdist', supply([offered('demo-1.0-cp313-cp313-win_amd64.whl')]), [], []],
    ['not while upstream is away', supply(undefined), [], []],
    ['nothing of a quarantined project', { ...supply([offered(SDIST)]), status: { status: 'quarantined' } }, [], []],
    [
      'each version, the newest first',
      supply([offered('demo-1.2.tar.gz'), offered('demo-1.10.tar.gz'), offered('demo-2.0a1.zip'), offered(SDIST)]),
      [],
      ['demo-2.0a1.zip', 'demo-1.10.tar.gz', 'demo-1.2.tar.gz', SDIST],
    ],
  ];
  for (const [what, all, listed, expected] of rows) {
    const found = promisesOf(NAME, all, TARGET, new Set(listed));
    t.same(
      found.map((one) => one.file.filename),
      expected,
      what,
    );
  }
  t.same(
    promisesOf(NAME, supply([offered(SDIST)]), { ...TARGET, builder: 'process' }, new Set()),
    [],
    'not without a container',
  );
});

t.test('the name of a promise', async (t) => {
  const wheel = {
    project: 'some-thing' as NormalizedName,
    version: '1.0' as Version,
    sdist: sha256Hex('sdist'),
    target: 'one',
  };
  const filename = promisedFilename(wheel, TARGET);
  const parsed = parseWheelFilename(filename);
  t.match(filename, /^some_thing-1\.0-0_[0-9a-f]{8}-cp313-cp313-linux_x86_64\.whl$/);
  t.equal(parsed.name, 'some-thing');
  t.equal(parsed.build?.number, 0, 'it sorts before every wheel that was built here');
  t.ok(tagPriority(parsed.tags, TARGET.tags) !== undefined, 'the target takes it');
  t.not(promisedFilename({ ...wheel, target: 'other' }, TARGET), filename, 'another target has another name');
  t.not(promisedFilename({ ...wheel, sdist: sha256Hex('other') }, TARGET), filename, 'and so has another sdist');
  t.match(
    promisedFilename(wheel, { tags: ['cp313-cp313-musllinux_1_2_x86_64'] }),
    /musllinux/,
    'the best tag where none is plain',
  );
});

t.test('versions that need no pin', async (t) => {
  const files = ['1.0', '1.9', '1.10', '2.0a1', '2.0', '3.0rc1'].map((one) => offered(`demo-${one}.tar.gz`));
  t.same([...openVersions(files, 2)], ['2.0', '1.10']);
  t.same([...openVersions([...files, offered('demo-4.0.tar.gz', { yanked: true })], 1)], ['2.0']);
  t.same([...openVersions([], 5)], []);
});
