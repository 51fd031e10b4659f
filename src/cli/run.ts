import { once } from 'node:events';
import { createLog, type Role, start } from '../assemble.ts';
import type { Config } from '../config.ts';
import { listenFault } from './listen-fault.ts';

/** Beyond the grace. A process manager kills after 10 s or more; ending on our own terms must be faster. */
const END_WITHIN = 6000;
/** Terminals, npm and shells pass on one Ctrl-C several times. */
const SAME_SIGNAL_MS = 1000;
/** As shells count. */
const ENDED_BY: Record<string, number> = { SIGINT: 130, SIGTERM: 143 };

/** Runs a server process until SIGTERM or SIGINT; a second one ends it at once. */
export async function run(config: Config, role: Role): Promise<number> {
  const log = createLog(config);
  const running = await start(config, role, log).catch((error) => {
    throw listenFault(config, error) ?? error;
  });
  if (running.url) log.info({ url: running.url }, `listening on ${running.url}`);
  running.ready.then(
    () => log.info('ready'),
    () => undefined,
  );
  const [signal] = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.info({ signal }, `ending; what runs has ${config.stopGrace / 1000} s`);
  const toldAt = performance.now();
  for (const again of Object.keys(ENDED_BY))
    process.on(again, () => {
      if (performance.now() - toldAt < SAME_SIGNAL_MS) return;
      log.warn({ signal: again }, 'told again: ending at once; another worker takes up what ran');
      process.exit(ENDED_BY[again]);
    });
  const late = setTimeout(() => {
    log.warn('not all work could be handed back in time; another worker takes it up');
    process.exit(0);
  }, config.stopGrace + END_WITHIN);
  await running.close();
  clearTimeout(late);
  return 0;
}
