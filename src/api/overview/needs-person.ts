import Type, { type Static } from 'typebox';
import { isLive, type WorkerRecord } from '../../core/records/worker.ts';
import { whyWaiting } from '../../core/target-service.ts';
import { type FailureReason, hintOf } from '../../errors.ts';
import type { Attention, PartStanding } from '../status/schema.ts';
import type { FailedBuild } from './failing.ts';
import type { Suggestion } from './suggestions.ts';

const Text = Type.String();

const KINDS = ['store', 'queue', 'upstream', 'target', 'worker', 'build', 'recipe'] as const;

/** One thing that does not mend itself. `urgent`: as long as it stays, something does not work at all. */
export const NeedSchema = Type.Object({
  kind: Type.Unsafe<(typeof KINDS)[number]>(Type.String({ enum: [...KINDS] })),
  urgent: Type.Boolean(),
  message: Text,
  hint: Type.Optional(Text),
  /** Of `build` and `recipe`. */
  build: Type.Optional(Text),
  project: Type.Optional(Text),
  /** Of `worker` and `target`. */
  name: Type.Optional(Text),
});
export type Need = Static<typeof NeedSchema>;

/** Failed builds that are listed one by one. */
const MOST_BUILDS = 10;

export type Findings = {
  store: PartStanding;
  queue: PartStanding;
  upstream: PartStanding;
  workers: readonly WorkerRecord[];
  /** Names of the targets of the settings. */
  targets: readonly string[];
  failed: readonly FailedBuild[];
  suggestions: readonly Suggestion[];
  /** What the status calls by a code, too. */
  quiet: readonly Attention[];
};

/** What needs a person, the most urgent first. */
export function whatNeedsPerson(findings: Findings): Need[] {
  const { store, queue, upstream, workers, targets, failed, suggestions, quiet } = findings;
  const part = (kind: 'store' | 'queue' | 'upstream', standing: PartStanding, urgent: boolean): Need[] =>
    standing.state === 'away' ? [{ kind, urgent, message: standing.message ?? '' }] : [];
  return [
    ...part('store', store, true),
    ...part('queue', queue, true),
    ...targets.flatMap((name) => unserved(name, workers)),
    ...part('upstream', upstream, false),
    ...quiet.map(trouble),
    ...workers.filter((one) => !isLive(one)).map(lost),
    ...failed.slice(0, MOST_BUILDS).map(failure),
    ...suggestions.map(suggestion),
  ];
}

function unserved(name: string, workers: readonly WorkerRecord[]): Need[] {
  const waiting = whyWaiting(name, workers);
  if (!waiting || waiting.code === 'worker-starting') return [];
  return [{ kind: 'target', urgent: true, name, message: waiting.message }];
}

const trouble = ({ code, message }: Attention): Need => ({
  ...{ kind: code === 'worker-failing' ? 'worker' : 'store', urgent: false, message },
});

const lost = ({ name, heardAt }: WorkerRecord): Need => ({
  ...{ kind: 'worker', urgent: false, name },
  message: `The worker ${name} was last heard of at ${heardAt.slice(0, 16).replace('T', ' ')} UTC.`,
  hint: 'Start it again, or leave it: it is forgotten an hour after it was lost, and others go on with its work.',
});

const failure = ({ key, project, reason }: FailedBuild): Need => ({
  ...{ kind: 'build', urgent: false, build: key, project },
  message: `The build of ${project} failed: ${reason}.`,
  hint: hintOf({ reason: reason as FailureReason }),
});

const suggestion = ({ key, project, version, packages }: Suggestion): Need => ({
  ...{ kind: 'recipe', urgent: false, build: key, project },
  message: `${project} ${version} was built with ${packages.join(', ')}, which Wheelmill found by itself.`,
  hint: 'Accept that as its recipe, and its wheel is listed for everybody from the next build on.',
});
