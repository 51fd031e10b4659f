import t from 'tap';
import { acceptedCodings, type ContentCoding } from '../../src/core/content-coding.ts';

const BOTH: ContentCoding[] = ['gzip', 'identity'];
const PLAIN_FIRST: ContentCoding[] = ['identity', 'gzip'];

const ROWS: [header: string | undefined, codings: ContentCoding[]][] = [
  [undefined, ['identity']],
  ['', ['identity']],
  ['identity', ['identity']],
  ['gzip', BOTH],
  ['gzip, deflate', BOTH],
  ['gzip, deflate, br, zstd', BOTH],
  ['GZip', BOTH],
  ['x-gzip', BOTH],
  ['br', ['identity']],
  ['gzip;q=0', ['identity']],
  ['gzip;q=0.000', ['identity']],
  ['gzip;q=0.5', BOTH],
  ['gzip ; q=0.5 , identity ; q=1', PLAIN_FIRST],
  ['gzip;q=0.5, identity;q=0.5', BOTH],
  ['gzip;q=1.0, identity;q=0.5, *;q=0', BOTH],
  ['identity;q=0', []],
  ['gzip, identity;q=0', ['gzip']],
  ['gzip;q=0, identity;q=0', []],
  ['br, identity;q=0', []],
  ['*', BOTH],
  ['*;q=0', []],
  ['gzip, *;q=0', ['gzip']],
  ['identity, *;q=0', ['identity']],
  ['gzip;q=0, *', ['identity']],
  ['identity;q=0, *', ['gzip']],
  ['identity;q=0.2, *;q=0.1', PLAIN_FIRST],
  ['gzip;q=2', ['identity']],
  ['gzip;q=0.5;q=0', ['identity']],
  ['gzip;level=9', ['identity']],
  [',, gzip', BOTH],
];

for (const [header, codings] of ROWS) {
  t.test(`Accept-Encoding: ${header}`, async (t) => t.same(acceptedCodings(header), codings));
}
