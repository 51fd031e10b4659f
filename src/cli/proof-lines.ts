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
      : `Proven in ${where}: ${whatIsProven(wheels, modules, (proof.notImported ?? []).length > 0)}`;
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

/** Modules are imported of what was built and not proven before; what upstream built is installed. */
function whatIsProven(wheels: number, modules: number, tried: boolean): string {
  if (modules === 0 && !tried)
    return `${counted(wheels, 'wheel')} installed; none is newly built, so there is nothing to import`;
  return `${counted(wheels, 'wheel')} installed, ${counted(modules, 'module')} imported`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
