import t from 'tap';
import { soak } from '../soak/soak.ts';
import { isSound } from '../soak/verdict.ts';

t.setTimeout(280_000);

/** `npm run soak` does it with a thousand, and with the engine, which tests share here. */
t.test('builds go on while everything around them is killed', async (t) => {
  const { counts, kills } = await soak({
    ...{
      builds: 8,
      perList: 4,
      parts: ['worker-1', 'api', 'redis', 'worker-2', 's3'],
      every: 4000,
      least: 5,
      patience: 200_000,
      settling: 30_000,
    },
    say: (what) => t.comment(what),
  });
  t.ok(isSound(counts, true), JSON.stringify(counts));
  t.equal(Object.keys(kills).length, 5, 'and all of it was');
});
