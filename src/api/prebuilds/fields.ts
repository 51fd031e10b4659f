import Type, { type Static, type TProperties } from 'typebox';
import { WheelmillError } from '../../errors.ts';

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
  refresh: Type.Optional(Type.String({ description: 'true: plan anew with what upstream says now' })),
  'dry-run': Type.Optional(Type.String({ description: 'true: change nothing, answer with what would be done' })),
} satisfies TProperties;

const FieldsSchema = Type.Object(FIELDS);
/** Fields as they were sent. */
export type SentFields = Static<typeof FieldsSchema>;

export const FIELD_NAMES: ReadonlySet<string> = new Set(Object.keys(FIELDS));

/** Notes a field of a form or of JSON; of one that may be there once only, the last counts. */
export function addField(sent: SentFields, name: string, value: unknown): void {
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  if (name === 'target') sent.target = [...(sent.target ?? []), ...texts];
  else Object.assign(sent, { [name]: texts.join(',') });
}

/** Fields with their types and defaults. */
export type Fields = { targets: string[]; deps: boolean; refresh: boolean; dryRun: boolean };

/** Throws WheelmillError `bad-request` naming the field. */
export function readFields(sent: SentFields): Fields {
  return {
    targets: sent.target ?? [],
    deps: flag('deps', sent.deps, true),
    refresh: flag('refresh', sent.refresh, false),
    dryRun: flag('dry-run', sent['dry-run'], false),
  };
}

function flag(name: string, value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (value === 'true' || value === '1' || value === '') return true;
  if (value === 'false' || value === '0') return false;
  throw new WheelmillError('bad-request', `${name} must be true or false, not "${value.slice(0, 40)}".`);
}
