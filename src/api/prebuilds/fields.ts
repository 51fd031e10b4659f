import Type, { type Static, type TProperties } from 'typebox';
import Value from 'typebox/value';
import type { Selection } from '../../core/lists/selection.ts';
import { type Priority, PrioritySchema } from '../../core/records/turn.ts';
import { WheelmillError } from '../../errors.ts';

/** Names, separated by commas or in fields of their own. */
const Names = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

/**
 * What may stand beside the list of a posting, in the query, in a form or in JSON alike: once, with the words for the
 * OpenAPI document. As text, for that is what a form and a query have; `readFields` gives them their types.
 */
export const FIELDS = {
  target: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Target to build for, the first of the settings by default. More than one (given again, or with commas), or `all`, is answered with a list of prebuilds',
    }),
  ),
  deps: Type.Optional(Type.String({ description: 'false: only what is in the list, as `pip wheel --no-deps` does' })),
  proof: Type.Optional(
    Type.String({ description: 'false: what is built is handed out without having been loaded in the runtime image' }),
  ),
  extra: Names('Extras of a lock file or project file to take with it; repeatable, or separated by commas'),
  group: Names('Dependency groups of a lock file or project file to take with it; likewise'),
  'without-group': Names('Groups to leave out though the file installs them by default; likewise'),
  refresh: Type.Optional(Type.String({ description: 'true: plan anew with what upstream says now' })),
  rebuild: Type.Optional(
    Type.String({ description: 'true: a new attempt that builds again what was built here; mirrored wheels stay' }),
  ),
  retry: Type.Optional(
    Type.String({ description: 'true: build again what failed within the last day and would fail the same way' }),
  ),
  priority: Type.Optional(
    Type.String({ description: '`interactive`, the default, or `batch`: after everything that is interactive' }),
  ),
  client: Type.Optional(
    Type.String({ description: 'A name for whoever asks, beside the address: each has a fair share of the builds' }),
  ),
  'dry-run': Type.Optional(Type.String({ description: 'true: change nothing, answer with what would be done' })),
  against: Type.Optional(Type.String({ description: 'Id of a prebuild that a dry run is compared with' })),
} satisfies TProperties;

const FieldsSchema = Type.Object(FIELDS);
/** Fields as they were sent. */
export type SentFields = Static<typeof FieldsSchema>;

export const FIELD_NAMES: ReadonlySet<string> = new Set(Object.keys(FIELDS));

/** Fields that may be there several times. */
const REPEATABLE = ['target', 'extra', 'group', 'without-group'] as const;

function isRepeatable(name: string): name is (typeof REPEATABLE)[number] {
  return REPEATABLE.some((one) => one === name);
}

/** Notes a field of a form or of JSON; of one that may be there once only, the last counts. */
export function addField(sent: SentFields, name: string, value: unknown): void {
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  if (isRepeatable(name)) sent[name] = [...(sent[name] ?? []), ...texts];
  else Object.assign(sent, { [name]: texts.join(',') });
}

/** Fields with their types and defaults. */
export type Fields = {
  targets: string[];
  deps: boolean;
  proof: boolean;
  selection: Selection;
  refresh: boolean;
  rebuild: boolean;
  retry: boolean;
  priority: Priority;
  client: string | undefined;
  dryRun: boolean;
  against: string | undefined;
};

/** Throws WheelmillError `bad-request` naming the field. */
export function readFields(sent: SentFields): Fields {
  return {
    targets: sent.target ?? [],
    deps: flag('deps', sent.deps, true),
    proof: flag('proof', sent.proof, true),
    selection: {
      extras: names(sent.extra),
      groups: names(sent.group),
      withoutGroups: names(sent['without-group']),
    },
    refresh: flag('refresh', sent.refresh, false),
    rebuild: flag('rebuild', sent.rebuild, false),
    retry: flag('retry', sent.retry, false),
    priority: priority(sent.priority),
    client: clientName(sent.client),
    dryRun: flag('dry-run', sent['dry-run'], false),
    against: sent.against,
  };
}

function priority(value = 'interactive'): Priority {
  if (Value.Check(PrioritySchema, value)) return value;
  throw new WheelmillError('bad-request', `priority must be interactive or batch, not "${value.slice(0, 40)}".`);
}

const CLIENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function clientName(name: string | undefined): string | undefined {
  if (name === undefined || CLIENT.test(name)) return name;
  throw new WheelmillError(
    'bad-request',
    'client may have 64 letters, digits, ".", "-" and "_", and begins with a letter or digit.',
  );
}

function flag(name: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (value === 'true' || value === '1' || value === '') return true;
  if (value === 'false' || value === '0') return false;
  throw new WheelmillError('bad-request', `${name} must be true or false, not "${value.slice(0, 40)}".`);
}

function names(texts: readonly string[] = []): string[] {
  return texts.flatMap((one) => one.split(',')).flatMap((one) => one.trim() || []);
}
