import type { Config } from '../config.ts';
import { settleBuilder } from '../workers/choose-builder.ts';
import { type Check, type Result, runCheck } from './doctor/check.ts';
import { clockCheck, serviceClocks } from './doctor/clock.ts';
import { cratesCheck } from './doctor/crates.ts';
import { diskCheck, ownRooms } from './doctor/disk.ts';
import { dockerChecks } from './doctor/docker-checks.ts';
import { nodeCheck } from './doctor/node.ts';
import { processChecks } from './doctor/process-checks.ts';
import { queueCheck } from './doctor/queue.ts';
import { settingsCheck } from './doctor/settings.ts';
import { storeCheck } from './doctor/store.ts';
import { tokensCheck } from './doctor/tokens.ts';
import { upstreamCheck } from './doctor/upstream.ts';
import { EXIT } from './exit.ts';

/** A server's settings are those of its own process, which nobody else can see. */
const WHOSE_SETTINGS = `With the settings of this shell, not those of a server that runs: give it the same ones, or call it in the
server's own container (docker exec NAME node /wheelmill/dist/cli.js doctor). How a running server stands: wheelmill status
`;

/**
 * Looks at everything a server with these settings needs, and says of each what it found and what to do. All checks run,
 * each within its time. The exit code says whether something is wrong; a warning is not.
 */
export async function doctor(asked: Config, { json = false }: { json?: boolean } = {}): Promise<number> {
  const config = settleBuilder(asked);
  // Engine, images, network and compilers are what builders differ in.
  const builder = await (config.builder === 'process' ? processChecks(config) : dockerChecks(config));
  const { context } = builder;
  const clocks = async () => [...builder.clocks, ...(await serviceClocks(context))];
  const rooms = async () => [...ownRooms(config), ...(await builder.rooms())];
  const checks: Check[] = [
    nodeCheck(),
    settingsCheck(config),
    tokensCheck(config),
    ...builder.checks,
    queueCheck(context),
    storeCheck(context),
    upstreamCheck(context),
    cratesCheck(context),
    clockCheck(clocks),
    diskCheck(rooms),
  ];
  const running = checks.map(runCheck);
  if (!json) process.stdout.write(WHOSE_SETTINGS);
  if (!json) for (const result of running) process.stdout.write(`${inWords(await result)}\n`);
  const results = await Promise.all(running);
  await context.close();
  process.stdout.write(`${json ? JSON.stringify({ ok: isWell(results), checks: results }) : summary(results)}\n`);
  return isWell(results) ? EXIT.done : EXIT.failed;
}

const isWell = (results: readonly Result[]) => results.every((one) => one.level !== 'wrong');

function inWords({ level, check, found, advice }: Result): string {
  return `${level.padEnd(8)}${check}: ${found}${advice === undefined ? '' : `\n        ${advice}`}`;
}

function summary(results: readonly Result[]): string {
  const count = (level: Result['level']) => results.filter((one) => one.level === level).length;
  const [wrong, warnings] = [count('wrong'), count('warning')];
  if (wrong + warnings === 0) return 'All is well.';
  const noted = warnings === 1 ? '1 warning' : `${warnings} warnings`;
  return wrong === 0
    ? `Nothing is wrong; ${noted}.`
    : `${wrong} of ${results.length} checks found something wrong; ${noted}.`;
}
