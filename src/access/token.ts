import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { SCOPES, type Scope } from './scope.ts';

const NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

/** Whether a token may be called so. */
export const isTokenName = (text: string): boolean => new RegExp(NAME).test(text);

/**
 * A token as it is written down: its hash, never its secret. SHA-256 without salt or rounds is enough for 256 random bits,
 * which nobody can guess; passwords of people would need more.
 */
export const TokenSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{12}$' }),
    name: Type.String({ pattern: NAME }),
    scopes: Type.Array(Type.Unsafe<Scope>(Type.String({ enum: [...SCOPES] })), { minItems: 1, uniqueItems: true }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** Times are ISO 8601 in UTC. */
    created: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' }),
    expires: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' })),
    revoked: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' })),
  },
  { additionalProperties: false },
);
export type Token = Static<typeof TokenSchema>;

/**
 * `wm_`, so that scanners for leaked secrets know it; the id, which finds the record; 256 random bits. Letters, digits and
 * underscores only: it goes into URLs and shells as it is.
 */
const SECRET = /^wm_([0-9a-f]{12})_[0-9a-z]{50}$/;
/** 256 bits take at most so many digits to the base 36. */
const DIGITS = 50;

export type NewToken = { name: string; scopes: readonly Scope[]; expires?: Date };

/** A new token: the record to keep, and the secret, which is nowhere else. */
export function makeToken({ name, scopes, expires }: NewToken): { token: Token; secret: string } {
  const id = randomBytes(6).toString('hex');
  const random = BigInt(`0x${randomBytes(32).toString('hex')}`)
    .toString(36)
    .padStart(DIGITS, '0');
  const secret = `wm_${id}_${random}`;
  const token: Token = {
    ...{ id, name, scopes: [...scopes], sha256: hashOf(secret).toString('hex') },
    created: new Date().toISOString(),
    ...(expires && { expires: expires.toISOString() }),
  };
  return { token, secret };
}

/** The token with this secret, whether it still counts or not. The time it takes says nothing of the hash. */
export function findToken(tokens: ReadonlyMap<string, Token>, secret: string): Token | undefined {
  const id = SECRET.exec(secret)?.[1];
  const token = id === undefined ? undefined : tokens.get(id);
  const isSame = timingSafeEqual(hashOf(secret), token ? Buffer.from(token.sha256, 'hex') : NOBODY);
  return isSame ? token : undefined;
}

/** Why a token does not count; undefined where it does. */
export function lapsed({ revoked, expires }: Token, now = Date.now()): 'revoked' | 'expired' | undefined {
  if (revoked !== undefined) return 'revoked';
  return expires !== undefined && Date.parse(expires) <= now ? 'expired' : undefined;
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** The hash of nothing that anybody has. */
const NOBODY = randomBytes(32);
