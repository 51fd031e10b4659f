import t from 'tap';
import { createFilledVolumes } from '../../../src/workers/docker/filled-volumes.ts';

t.test('a volume is filled once, however many ask', async (t) => {
  const fillings: string[] = [];
  const volumes = createFilledVolumes(async (volume: string, by: string) => void fillings.push(`${volume} ${by}`));
  await Promise.all([volumes.full('a', 'first'), volumes.full('a', 'second'), volumes.full('b', 'third')]);
  await volumes.full('a', 'fourth');
  t.strictSame(fillings, ['a first', 'b third']);
  volumes.forget('a');
  await volumes.full('a', 'fifth');
  t.strictSame(fillings.at(-1), 'a fifth');
});

t.test('who waits for another that fails fills it', async (t) => {
  const fillings: string[] = [];
  const volumes = createFilledVolumes(async (_, by: string) => {
    fillings.push(by);
    if (by === 'cancelled') throw new Error('cancelled');
  });
  const [first, second] = await Promise.allSettled([volumes.full('a', 'cancelled'), volumes.full('a', 'patient')]);
  t.match(first, { status: 'rejected' });
  t.match(second, { status: 'fulfilled' });
  t.strictSame(fillings, ['cancelled', 'patient']);
});
