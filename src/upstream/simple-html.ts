import { readProjectStatus } from '../core/project-status.ts';
import { wellFormed } from '../core/well-formed.ts';
import {
  checkApiVersion,
  provenanceOrNothing,
  type RawFile,
  type RawPage,
  sha256OrNothing,
  UnfitPage,
} from './raw-page.ts';
import { readUrl } from './upstream-index.ts';

/**
 * An HTML project page (PEP 503 and its successors), for indexes that have no JSON. Not an HTML parser: it
 * reads the start tags `a`, `base` and `meta` with their attributes, in one pass over the text, and takes everything else
 * as text. The file name is the last part of the link's path, as pip has it.
 *
 * @throws UnfitPage also for a page without any file that does not say it is an index: proxies answer with such pages.
 */
export function parseSimpleHtml(text: string, pageUrl: URL): RawPage {
  let base = pageUrl;
  let marked = false;
  // The first of each counts, as with attributes.
  const metas = new Map<string, string | undefined>();
  const files: RawFile[] = [];
  for (const { name, attributes } of startTags(text)) {
    const href = attributes.get('href');
    const meta = name === 'meta' ? attributes.get('name')?.toLowerCase() : undefined;
    if (meta?.startsWith('pypi:')) {
      if (meta === 'pypi:repository-version') checkApiVersion(attributes.get('content'));
      if (!metas.has(meta)) metas.set(meta, attributes.get('content'));
      marked = true;
    } else if (name === 'base' && href !== undefined) base = readUrl(href, base) ?? base;
    else if (name === 'a' && href !== undefined) {
      const file = rawFile(href, attributes, base);
      if (file) files.push(file);
    }
  }
  if (files.length === 0 && !marked) throw new UnfitPage('it sent an HTML page that lists no files');
  const status = readProjectStatus(metas.get('pypi:project-status'), metas.get('pypi:project-status-reason'));
  return { ...(status && { status }), files };
}

function rawFile(href: string, attributes: ReadonlyMap<string, string>, base: URL): RawFile | undefined {
  const url = readUrl(href.trim(), base);
  const filename = url && lastPart(url);
  if (!url || !filename || !/^https?:$/.test(url.protocol) || !/\.(whl|zip|tgz|tar(\.\w+)?)$/.test(filename))
    return undefined;
  const sha256 = sha256OrNothing(/(?:^#|&)sha256=([0-9a-fA-F]{64})(?:&|$)/.exec(url.hash)?.[1]);
  url.hash = '';
  url.username = '';
  url.password = '';
  const requiresPython = attributes.get('data-requires-python');
  const yanked = attributes.get('data-yanked');
  const provenance = provenanceOrNothing(attributes.get('data-provenance'));
  const metadata = attributes.get('data-core-metadata') ?? attributes.get('data-dist-info-metadata');
  return {
    filename,
    url: url.href,
    ...(sha256 && { sha256 }),
    ...(requiresPython && { requiresPython }),
    ...(yanked !== undefined && { yanked: yanked === '' ? (true as const) : yanked }),
    ...(metadata !== undefined &&
      metadata !== 'false' && { coreMetadata: sha256OrNothing(metadata.replace(/^sha256=/, '')) ?? (true as const) }),
    ...(provenance !== undefined && { provenance }),
  };
}

function lastPart(url: URL): string | undefined {
  try {
    return decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

type StartTag = { name: string; attributes: Map<string, string> };

const WANTED = /<(?:(a|base|meta)(?=[\s>/])|!--)/gi;
const ATTRIBUTE = /[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/y;

/** Start tags of interest, in order. Comments are passed over; a tag that never ends is no tag. */
function* startTags(text: string): Generator<StartTag> {
  const wanted = new RegExp(WANTED);
  for (let match = wanted.exec(text); match; match = wanted.exec(text)) {
    if (match[1] === undefined) {
      const end = text.indexOf('-->', wanted.lastIndex);
      if (end < 0) return;
      wanted.lastIndex = end;
      continue;
    }
    const attributes = new Map<string, string>();
    ATTRIBUTE.lastIndex = wanted.lastIndex;
    for (let part = ATTRIBUTE.exec(text); part; part = ATTRIBUTE.exec(text)) {
      wanted.lastIndex = ATTRIBUTE.lastIndex;
      const key = part[1]!.toLowerCase();
      if (!attributes.has(key)) attributes.set(key, unescaped(part[2] ?? part[3] ?? part[4] ?? ''));
    }
    yield { name: match[1].toLowerCase(), attributes };
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** The entities index pages use: named ones of HTML's core, and numbers. */
function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? wellFormed(String.fromCodePoint(code)) : whole;
  });
}
