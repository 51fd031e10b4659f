import type { TargetView } from '../api/targets.ts';
import type { WorkerView } from '../api/workers.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { inTable } from './table.ts';

type Options = Connection & { json?: boolean };

/** Prints the targets with who serves them, and of those that nobody does why. */
export async function targets({ json, ...connection }: Options): Promise<number> {
  const { items } = await new Client(connection).json<{ items: TargetView[] }>('/targets');
  process.stdout.write(json ? `${JSON.stringify(items)}\n` : targetsText(items));
  return EXIT.done;
}

export function targetsText(items: readonly TargetView[]): string {
  const rows = items.map(({ name, build, runtime, served, workers }) => [
    name,
    `${build.reference} for ${runtime.reference}`,
    served ? `served by ${workers.filter((one) => one.state === 'serving').length}` : 'not served',
  ]);
  const problems = items.flatMap((one) =>
    one.problems.map(({ worker, message }) => `${one.name}: ${worker} cannot serve it: ${message}\n`),
  );
  return `${inTable(rows)}${problems.join('')}`;
}

/** Prints the workers as they have announced themselves. */
export async function workers({ json, ...connection }: Options): Promise<number> {
  const { items } = await new Client(connection).json<{ items: WorkerView[] }>('/workers');
  process.stdout.write(json ? `${JSON.stringify(items)}\n` : workersText(items));
  return EXIT.done;
}

export function workersText(items: readonly WorkerView[]): string {
  if (items.length === 0) return 'No worker has been heard of.\n';
  return inTable(
    items.map(({ name, live, builder, slots, engine, targets }) => [
      name,
      live ? 'live' : 'lost',
      `${slots} ${slots === 1 ? 'slot' : 'slots'}`,
      engine ? `${engine.version} on ${engine.platform}` : builder,
      targets.map((one) => `${one.name}: ${one.state}`).join(', '),
    ]),
  );
}
