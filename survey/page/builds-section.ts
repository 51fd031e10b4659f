import { table } from '../../scripts/docs/table.ts';
import type { BuildRow } from '../builds/build-row.ts';
import type { Project } from '../list.ts';
import type { Part } from '../part.ts';
import type { ReferenceRow } from '../reference/reference-row.ts';
import { aboutTable } from './about-table.ts';
import { GOAL_HEAD, type Goal, goalCells, share } from './goal.ts';

const PROVEN_GOAL = 0.95;

/** A project with all that is known of it; parts that have not been run have no row. */
export type Surveyed = { project: Project; reference?: ReferenceRow | undefined; ours?: BuildRow | undefined };

/** The list with the rows of both runs, in its order. Rows of other versions than the list's are left out. */
export function surveyed(
  projects: readonly Project[],
  reference: readonly ReferenceRow[],
  ours: readonly BuildRow[],
): Surveyed[] {
  const of = <Row extends { name: string; version: string }>(rows: readonly Row[], { name, version }: Project) =>
    rows.find((row) => row.name === name && row.version === version);
  return projects.map((project) => ({ project, reference: of(reference, project), ours: of(ours, project) }));
}

/** Of what the reference can build, how much ends proven in the runtime image; and of the rest, how much has a reason. */
export function buildGoals(all: readonly Surveyed[]): Goal[] {
  const possible = all.filter(({ reference }) => reference?.state === 'built');
  const built = possible.filter(({ ours }) => ours !== undefined && ours.state !== 'failed');
  const proven = built.filter(({ ours }) => ours?.proof === 'proven');
  // The others fail to import in the build image, too: for want of settings, or of a library that neither image has.
  const whole = proven.filter(({ ours }) => !ours?.notImported?.length);
  const isMet = proven.length >= PROVEN_GOAL * possible.length;
  const goal = `>= ${PROVEN_GOAL * 100} %`;
  return [
    {
      what: 'proven in the slim image, of what the reference can build',
      value: share(proven.length, possible.length),
      goal,
      isMet,
    },
    {
      what: 'proven, with each of their modules imported',
      value: share(whole.length, possible.length),
      goal,
      isMet: whole.length >= PROVEN_GOAL * possible.length,
    },
    {
      what: 'built, of what the reference can build',
      value: share(built.length, possible.length),
      goal,
      isMet: built.length >= PROVEN_GOAL * possible.length,
    },
  ];
}

/** Counts that have no goal, in a sentence. */
function counts(all: readonly Surveyed[]): string {
  const ours = all.flatMap((one) => one.ours ?? []);
  const count = (test: (row: BuildRow) => boolean) => ours.filter(test).length;
  const left = all.filter((one) => !one.ours).map(({ project }) => project.name);
  const more = all.filter(({ reference, ours }) => reference?.state === 'failed' && ours && ours.state !== 'failed');
  return [
    `Of ${ours.length} projects ${count((row) => row.state === 'built')} were built as they are, `,
    `${count((row) => row.state === 'healed')} were healed and ${count((row) => row.state === 'failed')} failed; `,
    `${count((row) => row.apt.length > 0)} need Debian packages in the runtime image. `,
    `The reference cannot build ${all.filter(({ reference }) => reference?.state === 'failed').length} of them`,
    more.length === 0 ? '.' : `, of which ${more.map(({ project }) => project.name).join(', ')} were built here.`,
    left.length === 0 ? '' : ` **Not run yet, and counted as missed: ${left.join(', ')}.**`,
  ].join('');
}

/** The goals, every project, and every failure with the reference's last word and our reason. */
export function buildsSection(all: readonly Surveyed[], { about }: Part<BuildRow>): string {
  const failed = all.filter(({ ours }) => ours && (ours.state === 'failed' || ours.proof !== 'proven'));
  return [
    '## What is proven\n',
    table(GOAL_HEAD, buildGoals(all).map(goalCells)),
    `${counts(all)}\n`,
    aboutTable(about),
    table(
      [
        'Project',
        'Version',
        'Back end',
        'Reference',
        'Wheelmill',
        'Added for the build',
        'Needed in slim',
        'Proof',
        'Seconds',
      ],
      all.map(cells),
    ),
    '## Why the others are not\n',
    table(
      ['Project', 'Reference', 'Reason', 'Wheelmill says'],
      failed.map(({ project, reference, ours }) => [
        `${project.name} ${project.version}`,
        reference?.state === 'failed' ? `fails: ${code(reference.why)}` : 'builds it',
        code(ours?.reason ?? ours?.proof ?? 'no proof'),
        ours?.message ?? '',
      ]),
    ),
  ].join('\n');
}

function cells({ project, reference, ours }: Surveyed): string[] {
  return [
    project.name,
    project.version,
    project.backend,
    reference?.state ?? '',
    ours?.state === 'failed' ? `failed: ${code(ours.reason)}` : (ours?.state ?? ''),
    (ours?.packages ?? []).join(' '),
    (ours?.apt ?? []).join(' '),
    [ours?.proof ?? '', ...(ours?.notImported ?? []).map((module) => `${module} not imported`)].join(', '),
    `${reference?.seconds ?? ''} / ${ours?.seconds ?? ''}`,
  ];
}

const code = (text: string | undefined): string => (text ? `\`${text.replaceAll('`', "'")}\`` : '');
