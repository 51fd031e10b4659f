import type { DryRun } from '../api/prebuilds/dry-run-view.ts';
import type { Client } from './client.ts';
import { dryRunReport } from './dry-run-report.ts';
import { EXIT } from './exit.ts';
import type { UploadFile } from './upload.ts';

/** Shows what a posting would do, with `several` for each of its targets; the exit code is the one that the posting would end with, as far as it is known. */
export async function dryRun(
  client: Client,
  files: readonly UploadFile[],
  query: Record<string, string>,
  { json = false, several }: { json?: boolean | undefined; several: boolean },
): Promise<number> {
  const answers = await client.dryRun(files, query);
  const [only] = answers;
  if (json) process.stdout.write(`${JSON.stringify(several ? { dryRuns: answers } : only)}\n`);
  else process.stdout.write(`${answers.map((one) => dryRunReport(one, files)).join('\n\n')}\n`);
  return Math.max(...answers.map(exitCode));
}

function exitCode({ ok, refused }: DryRun): number {
  if (refused.length > 0) return EXIT.usage;
  return ok ? EXIT.done : EXIT.failed;
}
