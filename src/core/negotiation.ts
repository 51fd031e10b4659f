/** The content types of index pages, richest first. */
export const INDEX_TYPES = [
  'application/vnd.pypi.simple.v1+json',
  'application/vnd.pypi.simple.v1+html',
  'text/html',
] as const;

export type IndexType = (typeof INDEX_TYPES)[number];

/**
 * Who only sends a wildcard is a browser's fetch, curl, or an installer older than JSON: all of them can read HTML.
 */
const FOR_WILDCARDS: readonly IndexType[] = ['text/html', ...INDEX_TYPES.slice(0, 2)];

/** `latest` may be asked for and is answered with the version it means. */
const ALIASES: Record<string, IndexType> = {
  'application/vnd.pypi.simple.latest+json': 'application/vnd.pypi.simple.v1+json',
  'application/vnd.pypi.simple.latest+html': 'application/vnd.pypi.simple.v1+html',
};

type Range = { type: string; quality: number };

/**
 * The content type to answer with (simple repository API, "Version + Format Selection"; RFC 9110, section 12.5.1), or
 * undefined where none is acceptable: 406.
 *
 * @param accept the Accept header; none at all means anything.
 * @param format `?format=`, one content type that overrides it.
 */
export function negotiateIndexType(accept: string | undefined, format?: string): IndexType | undefined {
  if (format !== undefined) {
    // The specification writes `?format=…v1+json` plainly, and form decoding makes a space of the plus.
    const wanted = typeOf(format.replaceAll(' ', '+'));
    return INDEX_TYPES.find((type) => type === wanted);
  }
  const ranges = parseAccept(accept === undefined || accept.trim() === '' ? '*/*' : accept);
  let best: { type: IndexType; quality: number; named: number; order: number } | undefined;
  for (const type of INDEX_TYPES) {
    const match = mostSpecific(ranges, type);
    if (!match || match.quality === 0) continue;
    const named = specificity(match.type);
    const order = (named === 2 ? INDEX_TYPES : FOR_WILDCARDS).indexOf(type);
    const better =
      !best ||
      match.quality > best.quality ||
      (match.quality === best.quality && (named > best.named || (named === best.named && order < best.order)));
    if (better) best = { type, quality: match.quality, named, order };
  }
  return best?.type;
}

/** Whether plain text is asked for by its name, and JSON not more than it: `curl -H 'Accept: text/plain'`. */
export function prefersText(accept: string | undefined): boolean {
  const ranges = parseAccept(accept ?? '');
  const text = ranges.find((range) => range.type === 'text/plain');
  if (!text || text.quality === 0) return false;
  return text.quality >= (mostSpecific(ranges, 'application/json')?.quality ?? 0);
}

function typeOf(text: string): string {
  const type = text.trim().toLowerCase();
  return ALIASES[type] ?? type;
}

/** Members that break the grammar are passed over: they cannot be asking for anything. */
function parseAccept(accept: string): Range[] {
  return accept.split(',').flatMap((member) => {
    const [type = '', ...parameters] = member.split(';');
    const weight = parameters.map((one) => one.trim()).find((one) => /^q=/i.test(one));
    if (weight === undefined) return [{ type: typeOf(type), quality: 1 }];
    return /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/i.test(weight)
      ? [{ type: typeOf(type), quality: Number(weight.slice(2)) }]
      : [];
  });
}

function specificity(range: string): number {
  if (range === '*/*') return 0;
  return range.endsWith('/*') ? 1 : 2;
}

function mostSpecific(ranges: readonly Range[], type: string): Range | undefined {
  return ranges
    .filter((range) => range.type === type || range.type === '*/*' || range.type === `${type.split('/')[0]}/*`)
    .sort((one, other) => specificity(other.type) - specificity(one.type) || other.quality - one.quality)[0];
}
