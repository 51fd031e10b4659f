import type { PrebuildLine } from '../api/prebuilds/list.ts';
import type { PrebuildView } from '../api/prebuilds/view.ts';
import { itemLine } from '../core/item-line.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { heading } from './progress.ts';
import { report } from './report.ts';
import { inTable } from './table.ts';
import { takeItems } from './take-items.ts';

type Options = Connection & { state?: string; limit?: number; json?: boolean };

/** Prints the prebuilds that fit, or how one of them stands or ended. */
export async function prebuilds(id: string | undefined, options: Options): Promise<number> {
  const client = new Client(options);
  const { json, state, limit } = options;
  if (id !== undefined) {
    const view = await client.prebuild(id);
    process.stdout.write(json ? `${JSON.stringify(view)}\n` : await prebuildText(client, view));
    return EXIT.done;
  }
  const found = await takeItems(client.items<PrebuildLine>('/prebuilds', { state }), limit);
  const rows = found.map((one) => [
    ...[one.id, one.state, one.target ?? '', one.endedAt ?? one.requestedAt ?? ''],
    namesIn(one),
  ]);
  process.stdout.write(json ? found.map((one) => `${JSON.stringify(one)}\n`).join('') : inTable(rows));
  return EXIT.done;
}

/** The first projects of a list, and how many more requirements it has. */
function namesIn({ projects = [], requirements = 0 }: PrebuildLine): string {
  const more = requirements - projects.length;
  return `${projects.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Each package, and below them what the command that sent the list says at its end. */
async function prebuildText(client: Client, view: PrebuildView): Promise<string> {
  const items = view.items.map(itemLine);
  const waiting = view.waiting ? [`  waiting: ${view.waiting.message}`] : [];
  if (view.endedAt === undefined) return [heading(view), ...waiting, ...items, ''].join('\n');
  const server = view.url.slice(0, view.url.lastIndexOf('/api/v1/'));
  const { runtimeImage, localPython } = await client.installer(view.target);
  const lines = { server, withToken: client.hasToken, runtimeImage, localPython, list: undefined };
  return `${[...items, '', report(view, lines)].join('\n')}\n`;
}
