/** Whom work is done for: an address, and the name that came with it, as several may share one address. */
export function clientOf(address: string, name?: string): string {
  // IPv4 on a socket that takes both families (RFC 4291, 2.5.5.2) is the same client as on one that does not.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return name === undefined ? plain : `${plain} ${name}`;
}
