import type { IncomingHttpHeaders } from 'node:http';
import { WheelmillError } from '../../errors.ts';

/** The user that pip, uv and twine send a token for, as public indexes have it. */
export const TOKEN_USER = '__token__';

/** The cookie of people who have signed in. It holds their token. */
export const COOKIE = 'wheelmill_token';

const IN_COOKIES = new RegExp(`(?:^|;\\s*)${COOKIE}=(\\w+)`);

/** Longer than any of ours; nothing of it is looked at. */
const MAX_CHARS = 4096;

/**
 * The secret that came with a request: as a bearer token (RFC 6750), as the password of `__token__` (RFC 7617), or in the
 * cookie. The header comes first: who sends one means it.
 *
 * @throws WheelmillError `token-refused` for a header of another kind or another user. It never says what was sent.
 */
export function sentSecret({ authorization, cookie }: IncomingHttpHeaders): string | undefined {
  if (authorization !== undefined) return ofHeader(authorization);
  return IN_COOKIES.exec(cookie?.slice(0, MAX_CHARS) ?? '')?.[1];
}

function ofHeader(text: string): string {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(text.slice(0, MAX_CHARS)) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic')
    throw new WheelmillError('token-refused', 'The Authorization header is neither "Bearer TOKEN" nor "Basic …".');
  const decoded = Buffer.from(value, 'base64').toString();
  const colon = decoded.indexOf(':');
  if (decoded.slice(0, Math.max(colon, 0)) !== TOKEN_USER)
    throw new WheelmillError(
      'token-refused',
      `There are no users here, only tokens: the user is ${TOKEN_USER}, the password a token.`,
    );
  return decoded.slice(colon + 1);
}
