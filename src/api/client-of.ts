import type { FastifyRequest } from 'fastify';

/** Of the grammar of neither addresses nor names that come with a list. */
const TOKEN_MARK = '@';

/** Whom work is done for: an address or a token, and the name that came with it, as several may share one. */
export function clientOf(address: string, name?: string): string {
  // IPv4 on a socket that takes both families (RFC 4291, 2.5.5.2) is the same client as on one that does not.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return name === undefined ? plain : `${plain} ${name}`;
}

/** Who sent a request: its token, `@name`, wherever it comes from; without one the address. */
export function senderOf({ token, ip }: Pick<FastifyRequest, 'token' | 'ip'>): string {
  return token ? TOKEN_MARK + token.name : ip;
}

/** The token's name of a client that has one. */
export function tokenOf(client: string): string | undefined {
  return client.startsWith(TOKEN_MARK) ? client.slice(1).split(' ')[0] : undefined;
}
