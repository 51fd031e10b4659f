import type { PrebuildView } from '../api/prebuilds/view.ts';

/** How the proof of a prebuild went: one line, and one for each thing that passed without being known to work. */
export function proofLines({ proof }: Pick<PrebuildView, 'proof'>): string[] {
  if (!proof) return [];
  const { state, message = '', runtime, packages = [], wheels = 0, modules = 0 } = proof;
  if (state === 'skipped') return [`Not proven: ${message}`];
  if (state === 'not-done') return [`The proof could not be done, and the wheels are handed out without: ${message}`];
  const where = packages.length > 0 ? `${runtime} with ${packages.join(', ')}` : runtime;
  const failures = proof.failures?.length ?? 0;
  const first =
    failures > 0
      ? `Proof failed in ${where}: ${counted(failures, 'fault')} in ${counted(wheels, 'wheel')}`
      : `Proven in ${where}: ${counted(wheels, 'wheel')}, ${modules} ${modules === 1 ? 'module imports' : 'modules import'}`;
  return [
    first,
    ...(proof.notImported ?? []).map(({ project, module, message: why, because }) =>
      because === undefined
        ? `  ${module} of ${project} imports nowhere as it is: ${why}`
        : `  ${module} of ${project} does not import because of ${because}: ${why}`,
    ),
    ...(proof.conflicts ?? []).map((conflict) => `  pip check: ${conflict}`),
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
