import t from 'tap';
import { createStoreMemory, MAX_AGE, type Version } from '../../src/simple/store-memory.ts';

/** A memory over a map, with a clock and news of the test's own; `looks` are the keys that were looked up. */
function setUp(options: { remembersMissing?: boolean; maxBytes?: number } = {}) {
  const { remembersMissing = true, maxBytes = 1000 } = options;
  const stored = new Map<string, string>();
  const looks: string[] = [];
  let time = 1_000_000;
  let listener = (_project: string) => {};
  let completeSince = 0;
  /** What the next look waits for. */
  let before: Promise<void> | undefined;
  const memory = createStoreMemory<string>({
    maxBytes,
    remembersMissing,
    sizeOf: (value) => value.length,
    now: () => time,
    news: {
      watch: (given) => {
        listener = given;
        return () => {};
      },
      completeSince: () => completeSince,
    },
    async load(key, known): Promise<Version<string> | undefined> {
      looks.push(key);
      const value = stored.get(key);
      await before;
      if (value === 'broken') throw new Error('the store is away');
      if (value === undefined) return undefined;
      return known?.version === value ? known : { value, version: value };
    },
  });
  return {
    stored,
    looks,
    get: (key: string) => memory.get(key, key.split('/')[0] ?? ''),
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    tell: (project: string) => listener(project),
    lose: () => {
      completeSince = Number.POSITIVE_INFINITY;
    },
    hear: () => {
      completeSince = time;
    },
    /** Holds the looks that begin from now on until the returned function is called. */
    hold: () => {
      let release = () => {};
      before = new Promise((resolve) => {
        release = () => {
          before = undefined;
          resolve();
        };
      });
      return release;
    },
  };
}

t.test('what is known is given at once, without a look', async (t) => {
  const { stored, looks, get, pass } = setUp();
  stored.set('six/page', 'one');
  t.equal(await get('six/page'), 'one');
  pass(1);
  t.equal(get('six/page'), 'one', 'no promise');
  t.equal(await get('none/page'), undefined);
  pass(1);
  t.equal(get('none/page'), undefined, 'that there is nothing is known too');
  t.same(looks, ['six/page', 'none/page']);
});

t.test('news of a project is heard at once, and concerns no other', async (t) => {
  const { stored, looks, get, pass, tell } = setUp();
  for (const key of ['six/page', 'six/record', 'attrs/page', 'none/page']) await get(key);
  for (const key of ['six/page', 'six/record', 'attrs/page', 'none/page']) stored.set(key, 'new');
  pass(1);
  tell('six');
  tell('none');
  pass(1);
  looks.length = 0;
  t.equal(await get('six/page'), 'new');
  t.equal(await get('six/record'), 'new');
  t.equal(await get('none/page'), 'new');
  t.equal(get('attrs/page'), undefined);
  t.same(looks, ['six/page', 'six/record', 'none/page']);
});

t.test('a look that began before the news brings nothing back', async (t) => {
  const { stored, get, pass, tell, hold } = setUp();
  stored.set('six/page', 'old');
  const release = hold();
  const early = get('six/page');
  stored.set('six/page', 'new');
  pass(1);
  tell('six');
  pass(1);
  const late = get('six/page');
  t.not(late, early, 'who comes after the news does not wait for it either');
  release();
  t.equal(await early, 'old');
  t.equal(await late, 'new');
  pass(1);
  t.equal(get('six/page'), 'new');
});

t.test('of two looks at once the one that began later counts, whichever ends first', async (t) => {
  const { stored, get, pass, tell, hold } = setUp();
  stored.set('six/page', 'old');
  const release = hold();
  const early = get('six/page');
  pass(1);
  tell('six');
  pass(1);
  stored.delete('six/page');
  const releaseLate = hold();
  const late = get('six/page');
  releaseLate();
  t.equal(await late, undefined);
  release();
  t.equal(await early, 'old');
  t.equal(get('six/page'), undefined);
});

t.test('many who ask at once make one look', async (t) => {
  const { stored, looks, get } = setUp();
  stored.set('six/page', 'one');
  t.same(await Promise.all(Array.from({ length: 50 }, () => get('six/page'))), Array(50).fill('one'));
  t.same(looks, ['six/page']);
});

t.test('without news, nothing older than MAX_AGE is given', async (t) => {
  const { stored, looks, get, pass } = setUp();
  stored.set('six/page', 'one');
  await get('six/page');
  await get('gone/page');
  stored.set('gone/page', 'here');
  stored.delete('six/page');
  pass(MAX_AGE);
  t.equal(await get('six/page'), undefined);
  t.equal(await get('gone/page'), 'here');
  t.equal(looks.length, 4);
});

t.test('what is asked for all the time is looked at in the background before it is too old', async (t) => {
  const { stored, looks, get, pass, hold } = setUp();
  stored.set('six/page', 'one');
  await get('six/page');
  pass(MAX_AGE - 1);
  stored.set('six/page', 'two');
  const release = hold();
  t.equal(get('six/page'), 'one', 'nobody waits for it');
  t.equal(get('six/page'), 'one');
  t.equal(looks.length, 2, 'and it is one look');
  pass(2);
  const waiting = get('six/page');
  t.equal(looks.length, 2, 'who comes when it is too old waits for that same look');
  release();
  t.equal(await waiting, 'two');
});

t.test('while news may be lost everything is looked up, and afterwards what was known before', async (t) => {
  const { stored, looks, get, pass, lose, hear } = setUp();
  stored.set('six/page', 'one');
  stored.set('attrs/page', 'one');
  await get('six/page');
  await get('attrs/page');
  pass(1);
  lose();
  looks.length = 0;
  await Promise.all([get('six/page'), get('six/page')]);
  t.same(looks, ['six/page', 'six/page'], 'no one waits for a look that began before');
  pass(1);
  hear();
  pass(1);
  stored.set('attrs/page', 'changed unheard');
  t.equal(await get('attrs/page'), 'changed unheard');
  await get('six/page');
  pass(1);
  looks.length = 0;
  t.equal(get('six/page'), 'one');
  t.same(looks, []);
});

t.test('a store that fails is told to who waits, and not covered up by what is too old', async (t) => {
  const { stored, get, pass } = setUp();
  stored.set('six/page', 'one');
  await get('six/page');
  stored.set('six/page', 'broken');
  pass(MAX_AGE - 1);
  t.equal(get('six/page'), 'one', 'the look in the background fails unheard');
  pass(1);
  await t.rejects(Promise.resolve(get('six/page')), { message: 'the store is away' });
  stored.set('six/page', 'two');
  t.equal(await get('six/page'), 'two');
});

t.test('it is bounded, and names without anything push nothing out', async (t) => {
  const { stored, looks, get, pass } = setUp({ maxBytes: 1000 });
  const keys = Array.from({ length: 20 }, (_, at) => `p${at}/page`);
  for (const key of keys) stored.set(key, 'x'.repeat(100));
  for (const key of keys) await get(key);
  for (let at = 0; at < 6000; at++) await get(`nobody-${at}/page`);
  pass(1);
  looks.length = 0;
  for (const key of keys.slice(-10)) t.equal(typeof get(key), 'string', key);
  for (const key of keys.slice(0, 10)) await get(key);
  t.same(looks, keys.slice(0, 10), 'the ten asked for last were kept');
  await get('nobody-0/page');
  t.equal(looks.at(-1), 'nobody-0/page', 'nor are all names remembered');
});

t.test('news of more projects than can be kept makes all older entries be looked up', async (t) => {
  const { stored, looks, get, pass, tell } = setUp();
  stored.set('six/page', 'one');
  await get('six/page');
  pass(1);
  tell('six');
  for (let at = 0; at < 10_001; at++) tell(`p${at}`);
  stored.set('six/page', 'two');
  pass(1);
  t.equal(await get('six/page'), 'two');
  t.equal(looks.length, 2);
});

t.test('where missing things are not remembered each question is a look', async (t) => {
  const { stored, looks, get, pass } = setUp({ remembersMissing: false });
  t.equal(await get('six/record'), undefined);
  pass(1);
  stored.set('six/record', 'here');
  t.equal(await get('six/record'), 'here');
  t.equal(looks.length, 2);
});
