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
 * Reads a JSON record and checks it against its schema.
 *
 * @returns undefined when there is none.
 * @throws WheelmillError `store-corrupt` naming the key when it is no such record.
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
  return checked(schema, value, `The record ${key}`);
}

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
