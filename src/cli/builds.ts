import type { BuildLine } from '../api/builds/list.ts';
import type { BuildView } from '../api/builds/view.ts';
import { normalizeName } from '../core/names.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { elapsed } from './elapsed.ts';
import { EXIT } from './exit.ts';
import { inTable } from './table.ts';
import { takeItems } from './take-items.ts';

type Filter = { project?: string; state?: string; reason?: string; limit?: number };
type Options = Connection & Filter & { json?: boolean };

/** Prints the builds that fit, or one of them. */
export async function builds(key: string | undefined, options: Options): Promise<number> {
  const client = new Client(options);
  const { json, limit, project, state, reason } = options;
  if (key !== undefined) {
    const build = await client.build(key);
    process.stdout.write(json ? `${JSON.stringify(build)}\n` : buildText(build));
    return EXIT.done;
  }
  const filter = { state, reason, project: project === undefined ? undefined : normalizeName(project) };
  const found = await takeItems(client.items<BuildLine>('/builds', filter), limit);
  const text = found.map((one) => [
    ...[one.key, `${one.project} ${one.version ?? ''}`, one.target ?? '', one.endedAt ?? one.requestedAt ?? ''],
    one.reason ?? one.state,
  ]);
  process.stdout.write(json ? found.map((one) => `${JSON.stringify(one)}\n`).join('') : inTable(text));
  return EXIT.done;
}

/** A build in words: what, how it stands, why it failed and what to do, how long it took. */
export function buildText(build: BuildView): string {
  const { project, version, target, state, key, endedAt } = build;
  const { reason, message, hint, retry, wheel, download, proof, healed, phases = {}, log, verification } = build;
  const facts: [string, string | undefined][] = [
    ['build', key],
    ['state', reason === undefined ? state : `${state}: ${reason}`],
    ['why', message],
    ['to do', hint],
    ['again', retry === undefined ? undefined : retry ? `may help: wheelmill retry ${key}` : 'would fail the same way'],
    ['wheel', wheel?.filename],
    ['from', download],
    ['proof', proof && (proof.message === undefined ? proof.state : `${proof.state}: ${proof.message}`)],
    ['healed', healed && `${healed.packages.join(', ')}; for everyone: wheelmill recipe accept ${key}`],
    [
      'took',
      Object.entries(phases)
        .map(([phase, milliseconds]) => `${phase} ${elapsed(milliseconds)}`)
        .join(', ') || undefined,
    ],
    ['ended', endedAt],
    ['verified', verification?.state],
    ['log', log],
  ];
  const rows = facts.flatMap(([name, text]) => (text === undefined ? [] : [[`  ${name}`, text]]));
  return `${project} ${version} for ${target}\n${inTable(rows)}`;
}
