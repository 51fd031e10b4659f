import { prebuildId } from '../../core/prebuild-id.ts';
import type { ListFault } from '../../core/records/list-fault.ts';
import type { PrebuildOptions, PrebuildRecord, PrebuildRequest } from '../../core/records/prebuild.ts';
import type { Requirement } from '../../core/records/requirement.ts';
import { normalizedListText, parseRequirementsList } from '../../core/requirements-list.ts';
import { type Sha256, sha256Hex } from '../../core/sha256.ts';
import { WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { listAttempts, openPrebuild, readOpenPrebuild, readPrebuildRecord } from '../../storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../../storage/prebuild-status.ts';
import { readTarget } from '../../storage/target-records.ts';
import { prebuildWork } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';
import { planFromCache } from './plan-from-cache.ts';
import type { SentList } from './read-list.ts';

/** What a posting asks for, read and found sound. */
export type Submission = {
  id: string;
  target: string;
  options: PrebuildOptions;
  requirements: Requirement[];
  warnings: ListFault[];
  list: Buffer;
  /** Of the file as sent, where a Dockerfile can compute it: one file, no option but the target. */
  listSha256: Sha256 | undefined;
  refresh: boolean;
};

/**
 * Reads a posting.
 *
 * @throws WheelmillError `bad-list` with every fault of every line, `unknown-target`, `bad-request`.
 */
export async function readSubmission(
  api: Api,
  sent: SentList,
  query: Record<string, string | undefined>,
): Promise<Submission> {
  const given = { ...sent.fields, ...query };
  const requirements: Requirement[] = [];
  const faults: ListFault[] = [];
  const warnings: ListFault[] = [];
  for (const { name, bytes } of sent.files) {
    const parsed = parseRequirementsList(bytes, sent.files.length > 1 ? { file: name } : {});
    requirements.push(...parsed.requirements);
    faults.push(...parsed.faults);
    warnings.push(...parsed.warnings);
  }
  if (faults.length > 0) throw new WheelmillError('bad-list', summary(faults), { faults });
  const target = await knownTarget(api, given.target);
  const options = { deps: flag('deps', given.deps, true) };
  const only = sent.files.length === 1 ? sent.files[0] : undefined;
  return {
    id: prebuildId({ list: normalizedListText(requirements), options, target }),
    ...{ target, options, requirements, warnings },
    list: Buffer.concat(sent.files.flatMap((file) => [file.bytes, Buffer.from('\n')])),
    listSha256: only && options.deps ? sha256Hex(only.bytes) : undefined,
    refresh: flag('refresh', given.refresh, false),
  };
}

const SHOWN_FAULTS = 20;

function summary(faults: readonly ListFault[]): string {
  const lines = faults
    .slice(0, SHOWN_FAULTS)
    .map((one) => `${one.file ? `${one.file}, ` : ''}line ${one.line}: ${one.message}`);
  const more = faults.length > SHOWN_FAULTS ? [`and ${faults.length - SHOWN_FAULTS} more`] : [];
  const count = faults.length === 1 ? 'The list has a fault' : `The list has ${faults.length} faults`;
  return [`${count}; nothing was started.`, ...lines, ...more].join('\n');
}

function flag(name: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (value === 'true' || value === '1' || value === '') return true;
  if (value === 'false' || value === '0') return false;
  throw new WheelmillError('bad-request', `${name} must be true or false, not "${value.slice(0, 40)}".`);
}

/** A target of the settings, or one that some worker has probed; the first of the settings by default. */
async function knownTarget(api: Api, name: string | undefined): Promise<string> {
  const configured = api.config.targets.map((one) => one.name);
  if (name === undefined) return configured[0]!;
  const found = api.config.targets.find((one) => one.name === name || one.build === name || one.runtime === name);
  if (found) return found.name;
  if (/^[a-z0-9][a-z0-9.-]*$/.test(name) && (await readTarget(api.store, name))) return name;
  throw new WheelmillError(
    'unknown-target',
    `There is no target "${name.slice(0, 100)}". There are: ${configured.join(', ')}.`,
  );
}

/** Postings of one id wait for each other, so that a hundred equal ones at once are one attempt. */
const turns = new Map<string, Promise<unknown>>();

/** Starts what a posting asks for, or finds it done or under way. Doing it again changes nothing. */
export async function submit(api: Api, submission: Submission): Promise<PrebuildStatus> {
  const before = turns.get(submission.id) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => submitInTurn(api, submission));
  turns.set(submission.id, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(submission.id) === turn) turns.delete(submission.id);
  }
}

async function submitInTurn(api: Api, submission: Submission): Promise<PrebuildStatus> {
  const { id, target } = submission;
  const [open, attempts] = await Promise.all([
    readOpenPrebuild(api.store, id),
    listAttempts(api.store, id),
    submission.listSha256 && api.store.put(paths.list(submission.listSha256, id), ''),
  ]);
  const underWay = open === undefined ? undefined : await readPrebuildStatus(api.store, id, open);
  if (underWay && !underWay.endedAt) {
    await api.queue.add(prebuildWork(id, underWay.attempt, target));
    return underWay;
  }
  const last = attempts.at(-1) ?? 0;
  const ended = last > 0 ? await readPrebuildRecord(api.store, id, last) : undefined;
  if (ended && (await stillGood(api, ended, submission))) return ended;

  const { options, requirements, warnings } = submission;
  // An attempt without a record or an open marker was cut off before it existed: its number is taken again.
  const attempt = ended || last === 0 ? last + 1 : last;
  const request: PrebuildRequest = {
    schema: 1,
    id,
    attempt,
    target,
    options,
    requirements,
    ...(submission.refresh && { refresh: true }),
    warnings,
    requestedAt: new Date().toISOString(),
  };
  const atOnce = submission.refresh ? undefined : await planFromCache(api, request, submission.list);
  if (atOnce) return atOnce;
  await openPrebuild(api.store, request, submission.list);
  await api.queue.add(prebuildWork(id, attempt, target));
  return (await readPrebuildStatus(api.store, id, attempt))!;
}

/** Whether what a prebuild ended with answers the same posting now (DESIGN: "Prebuild id"). */
async function stillGood(api: Api, record: PrebuildRecord, submission: Submission): Promise<boolean> {
  if (record.state !== 'ready' || submission.refresh) return false;
  const target = await readTarget(api.store, record.target);
  if (target && target.build.identity !== record.image) return false;
  return record.pinned || Date.now() - Date.parse(record.plannedAt) < api.config.planTtl;
}
