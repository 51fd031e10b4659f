import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { WheelmillError } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';

const validators = new WeakMap<TSchema, ReturnType<typeof Compile>>();

function validator(schema: TSchema): ReturnType<typeof Compile> {
  const made = validators.get(schema) ?? Compile(schema);
  validators.set(schema, made);
  return made;
}

/**
 * Reads a JSON record and checks it against its schema. Fields that the schema does not know are kept: they are of a later version,
 * and whoever writes the record again with a change of its own hands them on.
 *
 * @returns undefined when there is none.
 * @throws WheelmillError `store-newer` for a record with a higher `schema` than is known here, `store-corrupt` for what is no such
 * record; both name the key.
 */
export async function readRecord<S extends TSchema>(
  store: ObjectStore,
  key: string,
  schema: S,
): Promise<Static<S> | undefined> {
  const bytes = await store.read(key);
  if (!bytes) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new WheelmillError('store-corrupt', `The record ${key} is not JSON. Restore it from a backup or remove it.`, {
      cause,
    });
  }
  refuseNewer(schema, value, key);
  return checked(schema, value, `The record ${key}`);
}

/** Two versions may share a bucket: what the newer one has written the other does not take for broken, nor puts its own in its place. */
function refuseNewer(schema: TSchema, value: unknown, key: string): void {
  const known = numberOf((schema as { properties?: { schema?: { const?: unknown } } }).properties?.schema?.const);
  const found = numberOf((value as { schema?: unknown } | null)?.schema);
  if (known === undefined || found === undefined || found <= known) return;
  throw new WheelmillError(
    'store-newer',
    `The record ${key} is of a newer version of Wheelmill (schema ${found}; this one knows ${known}). Have this process run that version too.`,
  );
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Writes a record; one that does not fit its schema is a bug of ours and never reaches the store. */
export async function writeRecord<S extends TSchema>(
  store: ObjectStore,
  key: string,
  schema: S,
  value: Static<S>,
): Promise<void> {
  checked(schema, value, `The record for ${key}`);
  await store.put(key, `${JSON.stringify(value)}\n`);
}

/** Throws WheelmillError `store-corrupt` that names the first fault; otherwise the value, typed. */
export function checked<S extends TSchema>(schema: S, value: unknown, what: string): Static<S> {
  const check = validator(schema);
  if (check.Check(value)) return value as Static<S>;
  const [fault] = check.Errors(value);
  throw new WheelmillError(
    'store-corrupt',
    `${what} is not as expected: ${fault?.instancePath || '/'} ${fault?.message ?? ''}`,
  );
}
