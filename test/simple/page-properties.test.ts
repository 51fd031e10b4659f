import { deepStrictEqual as same } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  type IndexFile,
  type IndexPage,
  parseProjectJson,
  renderProjectHtml,
  renderProjectJson,
} from '../../src/core/index-page.ts';
import { normalizeName } from '../../src/core/names.ts';
import { PROJECT_STATUSES } from '../../src/core/project-status.ts';
import { parseSha256 } from '../../src/core/sha256.ts';
import type { RawPage } from '../../src/upstream/raw-page.ts';
import { parseSimpleHtml } from '../../src/upstream/simple-html.ts';
import { parseSimpleJson } from '../../src/upstream/simple-json.ts';

const PAGE_URL = new URL('https://index.test/simple/demo/');

/** What somebody might write who wants out of an attribute, an element or a comment, or who only wants to be odd. */
const HOSTILE = [
  '"><script>x</script>',
  "' onclick='x",
  '<!-- -->',
  '&amp;quot;',
  '&#0;&#x41;',
  '</a>',
  '\r\n\0',
  '"',
  '&',
];
const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
);
const digest = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const part = fc.string({ unit: fc.constantFrom(...'abzAZ09._+!-'), minLength: 1, maxLength: 20 });
const provenance = fc.webUrl({ validSchemes: ['https'], withQueryParameters: true, withFragments: true });

/** What nothing is known of is left out, never undefined. */
function known<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

const file: fc.Arbitrary<IndexFile> = fc
  .record({
    stem: part,
    ending: fc.constantFrom('.whl', '.tar.gz', '.zip'),
    sha256: digest,
    size: fc.option(fc.nat(), { nil: undefined }),
    requiresPython: fc.option(fc.oneof(text, fc.constant('>=3.8,<4')), { nil: undefined }),
    yanked: fc.option(fc.oneof(text, fc.constant(true as const)), { nil: undefined }),
    metadata: fc.option(fc.oneof(digest, fc.constant(true as const)), { nil: undefined }),
    provenance: fc.option(
      provenance.map((url) => new URL(url).href),
      { nil: undefined },
    ),
    uploadTime: fc.option(
      fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((one) => one.toISOString()),
      { nil: undefined },
    ),
  })
  .map(({ stem, ending, metadata, ...rest }) =>
    known({
      filename: `${stem}${ending}`,
      url: `../../wheels/demo/${rest.sha256}/${stem}${ending}`,
      ...(metadata === true ? { coreMetadata: metadata } : { coreMetadataSha256: metadata }),
      ...rest,
    } as IndexFile),
  );

const page: fc.Arbitrary<IndexPage> = fc
  .record({
    status: fc.option(
      fc
        .record({
          status: fc.constantFrom(...PROJECT_STATUSES.filter((one) => one !== 'quarantined')),
          reason: fc.option(text, { nil: undefined }),
        })
        .map(known),
      { nil: undefined },
    ),
    versions: fc.uniqueArray(part, { maxLength: 4 }),
    files: fc.array(file, { maxLength: 5 }),
  })
  .map(({ status, ...rest }) => ({ name: 'demo', ...(status && { status }), ...rest }) as IndexPage);

/** The page as our client is to read it; in HTML there are neither sizes nor times nor versions. */
function asRead({ status, versions, files }: IndexPage, format: 'json' | 'html'): RawPage {
  return {
    ...(status && { status }),
    ...(format === 'json' && { versions }),
    files: files.map((one) => {
      const { url, size, uploadTime, coreMetadata, coreMetadataSha256, sha256, ...rest } = one;
      const metadata = coreMetadataSha256 === undefined ? coreMetadata : parseSha256(coreMetadataSha256);
      return {
        ...rest,
        url: new URL(url, PAGE_URL).href,
        sha256: parseSha256(sha256),
        ...(metadata !== undefined && { coreMetadata: metadata }),
        ...(format === 'json' && known({ size, uploadTime })),
      } as RawPage['files'][number];
    }),
  };
}

t.test('whatever a page says, its renderings say the same', async (t) => {
  fc.assert(
    fc.property(page, (one) => {
      const json = parseSimpleJson(Buffer.from(renderProjectJson(one)), PAGE_URL, normalizeName('demo'));
      same(json, asRead(one, 'json'), 'JSON');
      const html = Buffer.from(renderProjectHtml(one)).toString();
      same(parseSimpleHtml(html, PAGE_URL), asRead(one, 'html'), 'HTML');
      same(parseProjectJson(renderProjectJson(one)), one, 'read back from the bucket');
    }),
    { numRuns: 300 },
  );
  t.pass('300 pages');
});
