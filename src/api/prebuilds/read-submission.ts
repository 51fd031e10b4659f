import { refusedSettings } from '../../core/config-settings.ts';
import { unsuited } from '../../core/lists/made-for.ts';
import { prebuildId } from '../../core/prebuild-id.ts';
import { type ListFile, readLists, type Selection } from '../../core/read-lists.ts';
import { formatLineRef } from '../../core/records/line-ref.ts';
import type { ListFault } from '../../core/records/list-fault.ts';
import type { PrebuildOptions } from '../../core/records/prebuild.ts';
import type { Requirement } from '../../core/records/requirement.ts';
import { normalizedListText } from '../../core/requirements-list.ts';
import { type Sha256, sha256Hex } from '../../core/sha256.ts';
import { WheelmillError } from '../../errors.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Asker } from '../../workers/queue/turns.ts';
import { clientOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { askedTargets } from './asked-targets.ts';
import { readFields, type SentFields } from './fields.ts';
import type { SentList } from './read-list.ts';

/** What a posting asks for, read and found sound. */
export type Submission = {
  id: string;
  target: string;
  options: PrebuildOptions;
  requirements: Requirement[];
  constraints: Requirement[];
  warnings: ListFault[];
  /** Always empty but in a dry run, which answers with them. */
  faults: ListFault[];
  list: Buffer;
  /** Of the file as sent, where a Dockerfile can compute it: one file, no option but the target. */
  listSha256: Sha256 | undefined;
  refresh: boolean;
  /** Build again what is stored. */
  rebuild: boolean;
  /** Build again what is known to fail. */
  retry: boolean;
  /** Id of the HTTP request that asks, for the log. */
  request?: string;
  /** Who asks, and how urgently. */
  asker: Asker;
};

/** A posting: one submission for each target. */
export type Posting = {
  submissions: Submission[];
  /** Answered with a list, however many there are. */
  several: boolean;
  /** Only told what would be done. */
  dryRun: boolean;
  /** The prebuild that a dry run is compared with. */
  against: string | undefined;
};

/**
 * Reads a posting whole before any of it starts.
 *
 * @throws WheelmillError `bad-list` with every fault of every line (not in a dry run), `unknown-target`, `bad-request`.
 */
export async function readPosting(api: Api, sent: SentList, query: SentFields, address: string): Promise<Posting> {
  const fields = readFields({ ...sent.fields, ...query });
  if (fields.against !== undefined && !fields.dryRun)
    throw new WheelmillError('bad-request', 'against compares what a dry run finds: send dry-run=true with it.');
  const lists = readLists(sent.files, fields.selection);
  const { requirements, constraints, options: ofList, warnings } = lists;
  const faults = [...lists.faults, ...refusedSettings(requirements, api.config.configSettings)];
  if (faults.length > 0 && !fields.dryRun) throw new WheelmillError('bad-list', summary(faults), { faults });
  refuseTooMany(api, requirements.length);
  const { names, several } = await askedTargets(api, fields.targets);
  const options = { ...ofList, deps: fields.deps, ...(!fields.proof && { proof: false as const }) };
  const only = sent.files.length === 1 ? sent.files[0] : undefined;
  const normalized = { list: normalizedListText(requirements), constraints: normalizedListText(constraints) };
  const common = {
    ...{ options, requirements, constraints, warnings, faults },
    list: only ? Buffer.from(only.bytes) : Buffer.concat(sent.files.flatMap(underItsName)),
    listSha256: only && fields.deps && fields.proof && !selects(fields.selection) ? sha256Hex(only.bytes) : undefined,
    // What is built again is planned again.
    refresh: fields.refresh || fields.rebuild,
    rebuild: fields.rebuild,
    retry: fields.retry || fields.rebuild,
    asker: { client: clientOf(address, fields.client), priority: fields.priority },
  };
  const submissions = await Promise.all(
    names.map(async (target) => {
      // Of a target that nobody has looked at yet, planning finds out.
      const known = await readTarget(api.store, target);
      const ofTarget = known ? unsuited(lists.madeFor ?? [], known) : [];
      const id = prebuildId({ ...normalized, options, target });
      return { id, target, ...common, faults: [...faults, ...ofTarget] };
    }),
  );
  const found = submissions.flatMap((one) => one.faults);
  if (found.length > 0 && !fields.dryRun) throw new WheelmillError('bad-list', summary(found), { faults: found });
  return { submissions, several, dryRun: fields.dryRun, against: fields.against };
}

function refuseTooMany({ config }: Api, count: number): void {
  if (count <= config.maxListRequirements) return;
  throw new WheelmillError(
    'list-too-large',
    `The list has ${count} requirements; this server takes ${config.maxListRequirements} (WHEELMILL_MAX_LIST_REQUIREMENTS). Split it.`,
  );
}

/** Whether anything but what the file itself says is taken. */
function selects({ extras, groups, withoutGroups = [] }: Selection): boolean {
  return extras.length + groups.length + withoutGroups.length > 0;
}

/** One of several files as it is kept among the others. */
function underItsName({ name, role, bytes }: ListFile): Uint8Array[] {
  return [Buffer.from(`# ==> ${name.replace(/[\x00-\x1f\x7f]/g, ' ')} (${role}) <==\n`), bytes, Buffer.from('\n')];
}

const SHOWN_FAULTS = 20;

function summary(faults: readonly ListFault[]): string {
  const lines = faults.slice(0, SHOWN_FAULTS).map((one) => `${formatLineRef(one)}: ${one.message}`);
  const more = faults.length > SHOWN_FAULTS ? [`and ${faults.length - SHOWN_FAULTS} more`] : [];
  const count = faults.length === 1 ? 'The list has a fault' : `The list has ${faults.length} faults`;
  return [`${count}; nothing was started.`, ...lines, ...more].join('\n');
}
