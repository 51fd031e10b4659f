import { median, type Row } from '../report.ts';
import { benchWheel } from '../wheel.ts';
import { firstTarget, timedInstall } from './install.ts';
import { onGround } from './local-index.ts';

const ROUNDS = 15;
const PROJECTS = 20;
/** Sdists of earlier versions: as most projects have them, so that there is something to promise. */
const OLD_VERSIONS = 30;

/** A list that upstream has all wheels of, through the index with and without promises, alternately. */
export async function benchNothingMissing(environment: Record<string, string>): Promise<Row[]> {
  return onGround(environment, async ({ index, server }) => {
    const names = Array.from({ length: PROJECTS }, (_, at) => `there${at}`);
    for (const name of names) {
      const { filename, bytes } = await benchWheel(name, '2.0');
      index.addWheel(name, filename, bytes);
      for (let minor = 0; minor < OLD_VERSIONS; minor++) await index.addSdist(name, `1.${minor}`);
    }
    const off = await server({ WHEELMILL_ON_DEMAND: 'off' });
    const on = await server({ WHEELMILL_ON_DEMAND: 'on' });
    const target = await firstTarget(off.url);
    const times = { off: [] as number[], on: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, { url }] of [['off', off] as const, ['on', on] as const]) {
        const took = await timedInstall(url, target, names);
        // The first time both have to ask upstream.
        if (round > 0) times[name].push(took);
      }
    }
    const ratio = median(times.on) / median(times.off);
    return [
      {
        what: `${PROJECTS} projects of which nothing is missing, WHEELMILL_ON_DEMAND on against off; ${ROUNDS} times, medians`,
        value: `${median(times.on).toFixed(0)} ms to ${median(times.off).toFixed(0)} ms, ${ratio.toFixed(2)} x`,
        goal: '<= 1.05 x',
        met: ratio <= 1.05,
      },
    ];
  });
}
