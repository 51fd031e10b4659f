import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Which addresses upstream's answers may lead to. An index page is a stranger's text: its links and redirects must not
 * reach this machine or the network behind it (SSRF).
 *
 * Names are looked up at connect time and what they mean then is checked, so that a name cannot change its meaning in between.
 * Behind an HTTP proxy the proxy looks names up; only literal addresses are checked here then.
 */
const PRIVATE = new BlockList();

/** IANA special-purpose address registries (RFC 6890): everything not global, cloud metadata addresses included. */
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4');
}
/** Of IPv6 only 2000::/3 is global; what is left out of it are ranges that stand for other addresses or for nobody. */
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet('2000::', 3, 'ipv6');
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv6');
}

/** NAT64 (RFC 6052) and mapped addresses carry an IPv4 address in their last 32 bits. */
const CARRIES_V4 = new BlockList();
CARRIES_V4.addSubnet('64:ff9b::', 96, 'ipv6');

/** Whether an address, in text form, is anything but a global unicast one. What is no address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIP(plain) === 4) return PRIVATE.check(plain, 'ipv4');
  if (isIP(plain) !== 6) return true;
  const v4 = carriedV4(plain);
  if (v4 !== undefined) return PRIVATE.check(v4, 'ipv4');
  return !GLOBAL_V6.check(plain, 'ipv6') || PRIVATE.check(plain, 'ipv6');
}

function carriedV4(address: string): string | undefined {
  // URL writes IPv6 addresses in one form: compressed hexadecimal.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const mapped = canonical.startsWith('::ffff:') && canonical.split(':').length === 5;
  if (!mapped && !CARRIES_V4.check(address, 'ipv6')) return undefined;
  const groups = canonical.split('::').at(-1)!.split(':');
  const high = Number.parseInt(groups.at(-2) || '0', 16);
  const low = Number.parseInt(groups.at(-1) || '0', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Refused before anything was sent: not an http(s) URL, or an address that answers may not lead to. */
export class RefusedAddress extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedAddress';
  }
}

/** `host:port` with the scheme's own port written out, which is how a host is trusted. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/**
 * Refuses what can be told from the URL alone. Literal addresses never reach the look-up, so they are checked here.
 * @throws RefusedAddress
 */
export function checkUrl(url: URL, trusted: boolean): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RefusedAddress(`it leads to a ${url.protocol} URL, and only http and https are followed`);
  }
  const literal = url.hostname.startsWith('[') || isIP(url.hostname) !== 0;
  const local = literal ? isPrivateAddress(url.hostname) : /(^|\.)localhost\.?$/.test(url.hostname);
  if (local && !trusted) throw refusedHost(url.hostname);
}

function refusedHost(host: string): RefusedAddress {
  return new RefusedAddress(
    `it leads to ${host}, an address of a private network that is not the configured index's own`,
  );
}

/**
 * A look-up for `net.connect` that fails where a name means a private address, other than one of `ownHosts`: mirrors on a
 * company's network often serve index and files under two names of one machine. The caller sees to it that the port is
 * the index's own too, so that nothing else on that machine can be reached.
 */
export function guardedLookup(ownHosts: readonly string[]): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    const checked = async () => {
      const addresses = await lookup(hostname, { ...options, all: true });
      const strange = addresses.filter((one) => isPrivateAddress(one.address));
      if (strange.length > 0 && !(await areOf(ownHosts, strange))) throw refusedHost(hostname);
      return addresses;
    };
    checked().then(
      (addresses) => {
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error) => callback(error, ''),
    );
  };
}

async function areOf(hosts: readonly string[], addresses: readonly LookupAddress[]): Promise<boolean> {
  const own = await Promise.all(
    hosts.map((host) => lookup(host.replace(/^\[|\]$/g, ''), { all: true }).catch(() => [])),
  );
  const known = new Set(own.flat().map((one) => one.address));
  return addresses.every((one) => known.has(one.address));
}
