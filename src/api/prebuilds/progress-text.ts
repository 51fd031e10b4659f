import { itemLine } from '../../core/item-line.ts';
import { aptCommand } from '../../core/needs.ts';
import { formatLineRef } from '../../core/records/line-ref.ts';
import type { PrebuildStatus } from '../../storage/prebuild-status.ts';
import type { Api } from '../context.ts';
import { type PrebuildView, prebuildView } from './view.ts';
import { watchPrebuild } from './watch.ts';
import { withHeartbeat } from './with-heartbeat.ts';

/** Proxies cut connections that are silent for 30 to 60 seconds. Milliseconds. */
const HEARTBEAT = 10_000;
/** Lines of the log that are shown of each failure. */
const SHOWN_LOG_LINES = 15;

/** Worst last: several prebuilds are together what the worst of them is. */
const STATES = ['ready', 'partial', 'cancelled', 'failed'];

export type ProgressOptions = { base: string; signal: AbortSignal; heartbeat?: number };

/**
 * Prebuilds as text for people and shells: a line for each change, one whenever nothing has changed for a while, then what is
 * to be done with them or why they failed, and last `wheelmill: STATE URL…`, alone on its line. A text without that line is not whole.
 */
export async function* progressText(
  api: Api,
  prebuilds: readonly PrebuildStatus[],
  { base, signal, heartbeat = HEARTBEAT }: ProgressOptions,
): AsyncGenerator<string> {
  const several = prebuilds.length > 1;
  const last = new Map(prebuilds.map((one) => [one.id, prebuildView(one, base)]));
  const told = new Map<string, string>();
  async function* views({ id, attempt }: PrebuildStatus) {
    for await (const status of watchPrebuild(api, id, attempt, signal)) yield prebuildView(status, base);
  }
  const warnings = prebuilds.flatMap((one) =>
    one.warnings.map((it) => `warning: ${formatLineRef(it)}: ${it.message}\n`),
  );
  yield* new Set(warnings);
  for await (const view of withHeartbeat(prebuilds.map(views), heartbeat, () => undefined)) {
    if (view === undefined) {
      yield `wheelmill: still working, ${standing([...last.values()])}\n`;
      continue;
    }
    last.set(view.id, view);
    const before = several ? `${view.target}: ` : '';
    for (const [what, line] of linesOf(view)) {
      if (told.get(what) !== line) yield `${before}${line}\n`;
      told.set(what, line);
    }
  }
  if (signal.aborted) return;
  const ended = [...last.values()];
  for (const view of ended) yield* outcome(view, several);
  // One that is not there any more has no such state.
  const worst = Math.max(
    ...ended.map(({ state }) => (STATES.includes(state) ? STATES.indexOf(state) : STATES.length - 1)),
  );
  yield `wheelmill: ${STATES[worst]} ${ended.map((one) => one.url).join(' ')}\n`;
}

function standing(views: readonly PrebuildView[]): string {
  const sum = (count: (view: PrebuildView) => number) => views.reduce((total, view) => total + count(view), 0);
  const [stored, total] = [sum((view) => view.counts.stored), sum((view) => view.counts.total)];
  return total === 0 ? 'the list is being planned' : `${stored} of ${total} wheels are stored`;
}

/** What may change, each with a name to know it again by; why nothing goes on is told once a reason, as workers look again and again. */
function linesOf(view: PrebuildView): [what: string, line: string][] {
  const { id, state, waiting, items } = view;
  return [
    [id, `prebuild ${id}: ${state}`],
    ...(waiting ? ([[`${id} waiting ${waiting.message}`, `waiting: ${waiting.message}`]] as [string, string][]) : []),
    ...items.map((item): [string, string] => [`${id} ${item.project}`, itemLine(item)]),
  ];
}

function* outcome(view: PrebuildView, several: boolean): Generator<string> {
  const { state, counts, failure, items, requirements, wheels, apt = [], target } = view;
  const wheelsThere =
    counts.total === 0 && failure ? 'it could not be planned' : `${counts.stored} of ${counts.total} wheels`;
  yield `${several ? `${target}: ` : ''}${state}: ${wheelsThere}\n`;
  if (failure) yield `${failure.reason}: ${failure.message}\n${logLines(failure.logTail)}`;
  for (const { project, version = '', reason, message, hint, logTail, log } of items.filter(isFailed)) {
    yield `${project} ${version}: ${reason}: ${message ?? ''}\n`;
    yield `${hint ? `  ${hint}\n` : ''}${logLines(logTail)}${log ? `  log: ${log}\n` : ''}`;
  }
  if (state !== 'ready') return;
  if (apt.length > 0) yield `the runtime image needs: ${aptCommand(apt)}\n`;
  yield `requirements: ${requirements}\nwheels: ${wheels}\n`;
}

const isFailed = (item: PrebuildView['items'][number]) => item.state === 'failed';

function logLines(tail = ''): string {
  const lines = tail.trimEnd().split('\n').slice(-SHOWN_LOG_LINES);
  return tail === '' ? '' : lines.map((line) => `  | ${line}\n`).join('');
}
