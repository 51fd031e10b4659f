import { setTimeout as after } from 'node:timers/promises';
import { Client, type ReindexView } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';

const LOOK_EVERY = 500;

/** Has every page rendered anew, or only looked whether all is there, and waits; prints what was found. */
export async function reindex(
  options: Connection & {
    check?: boolean;
    hash?: boolean;
    json?: boolean;
  },
): Promise<number> {
  const client = new Client(options);
  let told = '';
  let view = await client.startReindex({ check: options.check ?? false, hash: options.hash ?? false });
  for (; view.endedAt === undefined; view = await client.reindex()) {
    const line = view.state === 'queued' ? 'waiting for a worker' : `${view.done} of ${view.projects} projects`;
    if (line !== told) process.stderr.write(`${line}\n`);
    told = line;
    await after(LOOK_EVERY);
  }
  process.stdout.write(options.json ? `${JSON.stringify(view)}\n` : reindexReport(view));
  return (view.faultCount ?? 0) === 0 ? EXIT.done : EXIT.failed;
}

const OUTCOMES = {
  withdrawn: 'taken off the index until the same bytes are stored again',
  restored: 'restored from the wheel',
  left: 'left as it is',
};

/** What was found, in words. */
export function reindexReport(view: ReindexView): string {
  const { faults = [], faultCount = 0, wheels = 0, projects = 0, unreferenced = 0, check } = view;
  const lines = faults.map(
    ({ project, filename, fault, outcome }) =>
      `${project}: ${filename}: ${fault.replaceAll('-', ' ')}: ${OUTCOMES[outcome]}`,
  );
  if (faultCount > faults.length) lines.push(`and ${faultCount - faults.length} more`);
  const rest = unreferenced === 0 ? '' : `; ${unreferenced} objects that nothing refers to`;
  lines.push(
    `${check ? 'checked' : 'rendered'} ${projects} projects with ${wheels} wheels: ${faultCount === 0 ? 'all is well' : `${faultCount} with faults`}${rest}`,
  );
  return lines.map((line) => `${line}\n`).join('');
}
