import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findProgram, missing } from '../services/state.ts';

/** Before it strings in markers were ordered, `3.10.2+` was no version, and empty tags passed. */
const OLDEST = 26;

/** Asks the `packaging` library everything in one process; fails with what to install where no Python has it. */
export function askPackaging(questions: readonly (readonly unknown[])[]): unknown[] {
  const script = fileURLToPath(new URL('./fixtures/packaging-oracle.py', import.meta.url));
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const run = spawnSync(findProgram('python3'), [script], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (run.error !== undefined || run.status !== 0) throw new Error(`python3 failed: ${run.error ?? run.stderr}`);
  const [head = '{}', ...lines] = run.stdout.trimEnd().split('\n');
  const release = (JSON.parse(head) as { version: number[] }).version[0] ?? 0;
  if (release < OLDEST) throw missing('The packaging library is too old');
  return lines.map((line) => JSON.parse(line) as unknown);
}
