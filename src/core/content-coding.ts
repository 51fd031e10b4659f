/** How an index page goes out: as it is, or packed. */
export type ContentCoding = 'identity' | 'gzip';

/** The codings to choose from, the first wherever both will do equally. `x-gzip` is gzip's old name (RFC 9110, 8.4.1.3). */
const NAMES: Record<ContentCoding, readonly string[]> = { gzip: ['gzip', 'x-gzip'], identity: ['identity'] };

/**
 * The codings of an index page that may be answered with, best first (RFC 9110, section 12.5.3); none: 406.
 *
 * A client that sends no header could take anything, but those that can unpack say so: it gets the page as it is.
 *
 * @param header the Accept-Encoding header.
 */
export function acceptedCodings(header: string | undefined): ContentCoding[] {
  if (header === undefined) return ['identity'];
  const weights = parseAcceptEncoding(header);
  const any = weights.get('*');
  const named = (coding: ContentCoding) =>
    NAMES[coding].map((name) => weights.get(name)).find((weight) => weight !== undefined);
  const gzip = named('gzip') ?? any ?? 0;
  // Acceptable unless it is refused; unnamed it comes behind what is named.
  const identity = named('identity') ?? (any === 0 ? 0 : Math.min(gzip, any ?? 1) || 1);
  const codings: [ContentCoding, number][] = [
    ['gzip', gzip],
    ['identity', identity],
  ];
  return codings
    .filter(([, weight]) => weight > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([coding]) => coding);
}

/** Members that break the grammar are passed over: they cannot be asking for anything. */
function parseAcceptEncoding(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const member of header.split(',')) {
    const [, name, weight = '1'] =
      /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i.exec(member) ?? [];
    if (name !== undefined) weights.set(name.toLowerCase(), Number(weight));
  }
  return weights;
}
