import type { Status } from '../api/status/schema.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { elapsed } from './elapsed.ts';
import { EXIT } from './exit.ts';
import { inTable } from './table.ts';

/** Prints how a server stands; its code says whether it is ready, and whether a person is needed. */
export async function status({ json, ...connection }: Connection & { json?: boolean }): Promise<number> {
  const found = await new Client(connection).status();
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : statusText(found));
  if (!found.ready) return EXIT.away;
  return found.attention.length === 0 ? EXIT.done : EXIT.failed;
}

/** A status in words, at the time `now` (milliseconds since 1970). */
export function statusText(found: Status, now: number = Date.now()): string {
  const { version, ready, parts, lanes = [], builds = [], workers, targets = [], attention } = found;
  const busy = lanes.filter((one) => one.waiting + one.running + one.delayed > 0);
  const unserved = targets.filter((one) => !one.served).map((one) => one.name);
  const served = targets.filter((one) => one.served).map((one) => one.name);
  const facts: [string, string][] = [
    ['wheelmill', `${version}, ${ready ? 'ready' : 'not ready'}`],
    ...Object.entries(parts).map(([name, { state, kind }]): [string, string] => [
      name,
      kind ? `${state} (${kind})` : state,
    ]),
  ];
  if (workers)
    facts.push([
      'workers',
      `${workers.live} live with ${workers.slots} slots${workers.lost > 0 ? `, ${workers.lost} lost` : ''}`,
    ]);
  if (served.length > 0) facts.push(['served', served.join(', ')]);
  if (unserved.length > 0) facts.push(['not served', unserved.join(', ')]);
  const sections = [
    inTable(facts),
    busy.length === 0
      ? found.lanes
        ? 'Nothing waits or runs.\n'
        : ''
      : inTable([
          ['queue', 'target', 'waiting', 'running', 'later'],
          ...busy.map((one) => [one.kind, one.target ?? '', one.waiting, one.running, one.delayed].map(String)),
        ]),
    builds.length === 0
      ? ''
      : inTable([
          ['running', 'target', 'state', 'for', 'build'],
          ...builds.map((one) => [
            `${one.project} ${one.version}`,
            one.target,
            one.state,
            one.startedAt === undefined ? '' : elapsed(now - Date.parse(one.startedAt)),
            one.key,
          ]),
        ]),
    attention.map((one) => `${one.code}: ${one.message}\n`).join(''),
  ];
  return sections.filter((one) => one !== '').join('\n');
}
