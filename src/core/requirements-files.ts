import { type ControlStep, listOptions } from './list-control.ts';
import { findDuplicates } from './list-duplicates.ts';
import { markerJudge } from './list-environments.ts';
import { type Finding, fault, warning } from './list-finding.ts';
import { judgeHashes } from './list-hash-mode.ts';
import { findRoots, firstReadings, lastReadings, type Role } from './list-order.ts';
import { Reading } from './list-reading.ts';
import type { ListFile, Lists } from './read-lists.ts';
import type { Requirement } from './records/requirement.ts';
import { formatRequirement, withoutRepetitions } from './requirement.ts';

/** What a requirement is as a constraint (pip: `check_invalid_constraint_type`). */
function asConstraint(requirement: Requirement): { constraint: Requirement; findings: Finding[] } {
  const { configSettings, ...constraint } = requirement;
  const findings: Finding[] = [];
  if (constraint.extras.length > 0) {
    const message = `A constraint cannot have extras: write "${constraint.name}${constraint.specifier}".`;
    findings.push(fault('constraint-with-extras', message));
  }
  if (configSettings !== undefined) {
    const message = '--config-settings of a constraint is ignored, as by pip: put it behind the requirement.';
    findings.push(warning('ignored-option', message));
  }
  return { constraint, findings };
}

/** Puts together what the lines say, in pip's order. */
function collect(reading: Reading, roles: readonly Role[]): Pick<Lists, Role> & { steps: ControlStep[] } {
  const nodes = reading.nodes();
  const roots = findRoots(nodes, roles);
  const { visits, rings } = firstReadings(nodes, roots);
  const found: Record<Role, Requirement[]> = { requirements: [], constraints: [] };
  for (const { file, line, as } of visits) {
    const read = reading.files[file]?.lines[line];
    if (read?.requirement === undefined) continue;
    const name = reading.files[file]?.name;
    const requirement = { ...read.requirement, ...(name !== undefined && { file: name }) };
    if (as === 'requirements') {
      found.requirements.push(requirement);
      continue;
    }
    const { constraint, findings } = asConstraint(requirement);
    found.constraints.push(constraint);
    for (const finding of findings) reading.find(file, read, finding);
  }
  for (const key of new Set(rings.map(({ file, line }) => `${file} ${line}`))) {
    const [file = 0, line = 0] = key.split(' ').map(Number);
    const message = 'These files include each other in a ring: remove this line, or the one that leads here.';
    const at = reading.files[file]?.lines[line];
    if (at !== undefined) reading.find(file, at, fault('list-cycle', message));
  }
  const steps = lastReadings(nodes, roots).flatMap(({ file, line }) => reading.files[file]?.lines[line]?.steps ?? []);
  return {
    requirements: withoutRepetitions(found.requirements),
    constraints: withoutRepetitions(found.constraints),
    steps,
  };
}

/** Judges what is right line by line and wrong together. */
function judgeTogether(
  reading: Reading,
  { requirements, constraints }: Pick<Lists, Role>,
  steps: readonly ControlStep[],
): void {
  const judge = markerJudge();
  const required = steps.some(({ kind }) => kind === 'require-hashes');
  const off = steps.some(({ kind }) => kind === 'no-require-hashes');
  const hashes = off ? [] : judgeHashes(requirements, constraints, { required, judge });
  for (const { requirement, finding } of [...findDuplicates(requirements, judge), ...hashes])
    reading.findAt(requirement, formatRequirement(requirement), finding);
  const whole = { line: 1, text: '' };
  if (required && off) {
    const message = 'The files ask for --require-hashes and for --no-require-hashes: keep one of them.';
    reading.find(0, whole, fault('hashes-both-ways', message));
  }
  if (requirements.length > 0 || reading.hasFaults) return;
  const empty = 'The list names no project: write one requirement a line, like "project==1.2.3".';
  reading.find(0, whole, fault('empty-list', empty));
}

/**
 * Reads the requirements files of one posting, which may name each other by `-r` and `-c`. It never throws for what is in
 * them: everything wrong is in `faults`, in the order of files and lines; with any fault the rest must not be used.
 *
 * @param sent files that no other names are read as what their role says; a file's name is its path within the upload
 * @param options.named whether requirements and faults carry the name of their file: with several files unless given
 */
export function parseRequirementsFiles(
  sent: readonly ListFile[],
  { named = sent.length > 1 }: { named?: boolean } = {},
): Lists {
  const reading = new Reading(sent, named);
  const { requirements, constraints, steps } = collect(
    reading,
    sent.map(({ role }) => role),
  );
  judgeTogether(reading, { requirements, constraints }, steps);
  return {
    requirements,
    constraints,
    options: listOptions(steps),
    faults: reading.found('fault'),
    warnings: reading.found('warning'),
  };
}
