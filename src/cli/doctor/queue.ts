import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bytesText } from '../../core/bytes-text.ts';
import { WheelmillError } from '../../errors.ts';
import { holdDataFolder } from '../../workers/queue/data-folder-lock.ts';
import { redisFacts } from '../../workers/queue/redis-facts.ts';
import { type Check, type Finding, ok, together, warning, wrong } from './check.ts';
import type { DoctorContext } from './context.ts';

/** BullMQ uses commands of this version. */
const OLDEST_REDIS = [6, 2];
/** Fuller than this a server without eviction soon refuses writes. */
const FULL = 0.9;

/** The queue: Redis and its settings, or the embedded one and whose it is now. */
export function queueCheck({ config }: Pick<DoctorContext, 'config'>): Check {
  const { queueUrl, dataFolder } = config;
  return {
    name: 'queue',
    seconds: 15,
    look: () => (queueUrl ? lookAtRedis(queueUrl) : lookAtDataFolder(dataFolder, serverUrl(config))),
  };
}

async function lookAtRedis(url: string): Promise<Finding> {
  const facts = await redisFacts(url);
  const findings = [
    ok(`Redis ${facts.version}, ${facts.milliseconds.toFixed(1)} ms for a write, a read and a removal`),
    facts.persistence === 'none'
      ? warning(
          'it keeps nothing over a restart',
          'Jobs are put back by upkeep then, a minute later; "appendonly yes" saves that minute.',
        )
      : ok(`kept by ${facts.persistence}`),
  ];
  const [major = 0, minor = 0] = facts.version.split('.').map(Number);
  if (major < OLDEST_REDIS[0]! || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1]!))
    findings.push(wrong('it is too old', `Use Redis ${OLDEST_REDIS.join('.')} or newer.`));
  if (facts.evictionPolicy !== 'noeviction')
    findings.push(
      wrong(
        `its maxmemory-policy is ${facts.evictionPolicy}: it may drop jobs to make room`,
        'Set "maxmemory-policy noeviction" in its configuration, or "redis-cli CONFIG SET maxmemory-policy noeviction".',
      ),
    );
  if (facts.maxMemory > 0 && facts.usedMemory > facts.maxMemory * FULL)
    findings.push(
      warning(
        `it uses ${bytesText(facts.usedMemory)} of ${bytesText(facts.maxMemory)}`,
        'Raise its maxmemory: when it is full, no work can be added.',
      ),
    );
  return together(findings);
}

/** The embedded queue belongs to one process: when that is a running server, the server is asked. */
async function lookAtDataFolder(folder: string, server: string): Promise<Finding> {
  try {
    const held = await holdDataFolder(folder);
    await held.release();
    const state = existsSync(join(folder, 'queue')) ? 'no server uses it now' : 'the first start makes it';
    return ok(`embedded, in ${join(folder, 'queue')}; ${state}`);
  } catch (error) {
    if (!(error instanceof WheelmillError) || error.code !== 'data-folder-in-use') throw error;
    const who = /\(pid \d+\)/.exec(error.message)?.[0] ?? '(another process)';
    return askServer(`embedded; a server ${who} runs on ${folder}`, server);
  }
}

async function askServer(found: string, server: string): Promise<Finding> {
  const answer = await fetch(`${server}/ready`, { signal: AbortSignal.timeout(8_000) }).catch(() => undefined);
  if (answer?.ok) return ok(`${found} and is ready at ${server}`);
  const said = answer ? ((await answer.json().catch(() => ({}))) as { detail?: string }).detail : undefined;
  if (said) return wrong(`${found}, which says at ${server}: ${said}`, 'Its log says more.');
  return warning(
    `${found}, and it does not answer at ${server}`,
    'Run the doctor with the WHEELMILL_HOST and WHEELMILL_PORT that the server has; or it is just starting.',
  );
}

/** Where a server with these settings listens. */
function serverUrl({ host, port }: DoctorContext['config']): string {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
