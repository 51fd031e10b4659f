import t from 'tap';
import { createFilePlaces } from '../../src/storage/file-places.ts';

const HOUR = 3_600_000;

t.test('first come, first served, and each place is given back once', async (t) => {
  const places = createFilePlaces(1, HOUR);
  const served: string[] = [];
  const leave = await places.enter();
  const enter = async (name: string) => {
    const done = await places.enter();
    served.push(name);
    return done;
  };
  const second = enter('second');
  const third = enter('third');
  leave();
  leave();
  const leaveSecond = await second;
  t.same(served, ['second']);
  leaveSecond();
  (await third)();
  t.same(served, ['second', 'third']);
  t.type(await places.enter(), 'function');
});

t.test('who waits too long or leaves takes no place', async (t) => {
  const places = createFilePlaces(1, 10);
  const leave = await places.enter();
  await t.rejects(places.enter(), { code: 'store-unavailable', status: 503 });
  const left = new AbortController();
  const leaving = createFilePlaces(0, HOUR).enter(left.signal);
  left.abort(new Error('gone'));
  await t.rejects(leaving, { message: 'gone' });
  await t.rejects(places.enter(left.signal), { message: 'gone' });
  leave();
  (await places.enter())();
});
