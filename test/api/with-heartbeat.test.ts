import t from 'tap';
import { withHeartbeat } from '../../src/api/prebuilds/with-heartbeat.ts';
import { gate } from '../contract/gates.ts';

/** Longer than any test: no beat comes. */
const NEVER = 2 ** 30;

async function* of<T>(...items: T[]) {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

t.test('everything that sources give comes, and nothing else while they give it', async (t) => {
  t.same(await all(withHeartbeat([of(1, 2, 3)], NEVER, () => 'beat')), [1, 2, 3]);
  const merged = await all(withHeartbeat([of('a', 'b'), of('c'), of<string>()], NEVER, () => 'beat'));
  t.same(merged.toSorted(), ['a', 'b', 'c']);
  t.same(await all(withHeartbeat([], NEVER, () => 'beat')), []);
});

t.test('it beats again and again while nothing comes, and then goes on', async (t) => {
  const go = gate();
  async function* slow() {
    yield 'first';
    await go.passed;
    yield 'last';
  }
  const heard: string[] = [];
  for await (const one of withHeartbeat([slow()], 5, () => 'beat')) {
    heard.push(one);
    if (heard.length === 4) go.open();
  }
  t.same(heard.slice(0, 4), ['first', 'beat', 'beat', 'beat']);
  t.equal(heard.at(-1), 'last');
});

t.test('what a source throws is thrown, and no other one is left to fail unheard', async (t) => {
  async function* broken(): AsyncGenerator<string> {
    yield 'one';
    throw new Error('broken');
  }
  async function* late(): AsyncGenerator<string> {
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('later');
  }
  await t.rejects(all(withHeartbeat([broken(), late()], NEVER, () => 'beat')), { message: 'broken' });
  await new Promise((resolve) => setImmediate(resolve));
});
