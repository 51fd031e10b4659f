import type { BuildView } from '../api/builds/view.ts';
import type { PrebuildView } from '../api/prebuilds/view.ts';
import { isPrebuildId } from '../core/prebuild-id.ts';
import { isSha256 } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { dashboardPage } from './dashboard-page.ts';
import { EXIT } from './exit.ts';

type Options = Connection & { force?: boolean; json?: boolean };

/** Cancels a prebuild or a build, and says how it stands then. */
export async function cancel(id: string, { server, token, force = false, json }: Options): Promise<number> {
  const what = kindOf(id);
  if (force && what === 'prebuilds')
    throw new WheelmillError(
      'bad-request',
      'A prebuild is cancelled without --force: builds that others wait for go on.',
    );
  const view = await new Client({ server, token }).control('DELETE', `/${what}/${id}${force ? '?force=true' : ''}`);
  const still = view.endedAt === undefined;
  print(view, json, still ? 'is being cancelled: it stops when its worker hears of it' : endOf(view));
  return EXIT.done;
}

/** Begins a failed or cancelled prebuild or build anew; does not wait for it. */
export async function retry(id: string, { server, token, json }: Options): Promise<number> {
  const view = await new Client({ server, token }).control('POST', `/${kindOf(id)}/${id}/retry`);
  print(view, json, 'attempt' in view ? `is under way again as attempt ${view.attempt}` : `is under way again`);
  return EXIT.done;
}

function kindOf(id: string): 'prebuilds' | 'builds' {
  if (isPrebuildId(id)) return 'prebuilds';
  if (isSha256(id)) return 'builds';
  throw new WheelmillError(
    'bad-request',
    `"${id.slice(0, 80)}" is neither a build key (64 digits) nor a prebuild id (32 digits).`,
  );
}

function endOf(view: BuildView | PrebuildView): string {
  // A build that was being stored when it was cancelled is stored.
  return 'reason' in view && view.reason === 'cancelled' ? 'is cancelled' : `is ${view.state}`;
}

function print(view: BuildView | PrebuildView, json: boolean | undefined, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(view)}\n` : `${dashboardPage(view.url)} ${text}\n`);
}
