import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';

type Options = Connection & { json?: boolean };
type Forced = Options & { force?: boolean };

/** What the server says of a claim that was made or given back. */
type Changed = { project: string; hidden: string[] };
type Claim = { project: string; by: string; claimedAt: string };

/** Claims a name: it is never looked up upstream from then on. */
export async function claim(name: string, { server, token, force = false, json }: Forced): Promise<number> {
  const changed = await new Client({ server, token }).json<Changed>(pathOf(name, force), { method: 'PUT' });
  print(changed, json, `${changed.project} is claimed: it is never looked up upstream`);
  return EXIT.done;
}

/** Gives a name back to upstream. */
export async function unclaim(name: string, { server, token, force = false, json }: Forced): Promise<number> {
  const changed = await new Client({ server, token }).json<Changed>(pathOf(name, force), { method: 'DELETE' });
  print(changed, json, `${changed.project} is no longer claimed: it is looked up upstream again`);
  return EXIT.done;
}

/** Prints every claimed name. */
export async function claims({ server, token, json }: Options): Promise<number> {
  const all: Claim[] = [];
  for await (const one of new Client({ server, token }).items<Claim>('/claims')) all.push(one);
  const lines = all.map((one) => `${one.project}  (by ${one.by}, ${one.claimedAt})\n`);
  process.stdout.write(json ? `${JSON.stringify(all)}\n` : lines.join('') || 'No name is claimed.\n');
  return EXIT.done;
}

function pathOf(name: string, force: boolean): string {
  return `/projects/${encodeURIComponent(name)}/claim${force ? '?force=true' : ''}`;
}

function print(changed: Changed, json: boolean | undefined, text: string): void {
  const { hidden } = changed;
  const files = hidden.length > 0 ? ['; the index hides:', ...hidden.map((one) => `  ${one}`)].join('\n') : '';
  process.stdout.write(json ? `${JSON.stringify(changed)}\n` : `${text}${files}\n`);
}
