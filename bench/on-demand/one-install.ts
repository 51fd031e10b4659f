import { post } from '../builds/server.ts';
import { median, type Row } from '../report.ts';
import { firstTarget, timedInstall } from './install.ts';
import { onGround } from './local-index.ts';

const ROUNDS = 5;
/**
 * So that the build takes as long as those of small packages in C, by a back-end that can say what the wheel will be, as all
 * common ones can: otherwise a list is resolved by building.
 */
const SDIST = { build: 'time.sleep(5)', foretells: true } as const;

/** One project to build: installed on demand, and sent as a list and installed when that is ready. Alternately. */
export async function benchOnDemand(environment: Record<string, string>): Promise<Row[]> {
  return onGround(environment, async ({ index, server }) => {
    const { url } = await server({ WHEELMILL_ON_DEMAND: 'on' });
    const target = await firstTarget(url);
    const onDemand: number[] = [];
    const before: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await index.addSdist(`wanted${round}`, '1.0', SDIST);
      await index.addSdist(`sent${round}`, '1.0', SDIST);
      onDemand.push(await timedInstall(url, target, [`wanted${round}`]));
      const start = performance.now();
      const { state } = await post(url, `sent${round}`, 'wait=300');
      if (state !== 'ready') throw new Error(`the list ended ${state}`);
      await timedInstall(url, target, [`sent${round}`]);
      before.push(performance.now() - start);
    }
    const ratio = median(onDemand) / median(before);
    return [
      {
        what: `one project on demand, against the same sent as a list and then installed; ${ROUNDS} times, medians`,
        value: `${(median(onDemand) / 1000).toFixed(1)} s to ${(median(before) / 1000).toFixed(1)} s, ${ratio.toFixed(2)} x`,
        goal: '<= 1.1 x',
        met: ratio <= 1.1,
      },
    ];
  });
}
