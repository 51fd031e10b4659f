import t from 'tap';
import { byteRange, noneMatches } from '../../src/simple/conditional.ts';

const ETAG = '"abc"';
const file = { size: 1000, etag: ETAG };

const RANGES: [range: string | undefined, answer: ReturnType<typeof byteRange>, ifRange?: string][] = [
  [undefined, undefined],
  ['bytes=0-', { start: 0, end: 999 }],
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=500-1999', { start: 500, end: 999 }],
  ['bytes=-10', { start: 990, end: 999 }],
  ['bytes=-5000', { start: 0, end: 999 }],
  ['Bytes=1-2', { start: 1, end: 2 }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-4', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,5-6', undefined],
  ['items=0-1', undefined],
  ['bytes=1-2', { start: 1, end: 2 }, ETAG],
  ['bytes=1-2', undefined, '"other"'],
  ['bytes=1-2', undefined, `W/${ETAG}`],
  ['bytes=1-2', undefined, 'Thu, 01 Jan 2026 00:00:00 GMT'],
];

for (const [range, answer, ifRange] of RANGES) {
  t.test(`Range ${range}, If-Range ${ifRange}`, async (t) => t.same(byteRange(range, ifRange, file), answer));
}

t.test('If-None-Match', async (t) => {
  for (const header of [ETAG, `W/${ETAG}`, `"x", ${ETAG}`, '*']) t.equal(noneMatches(header, ETAG), false, header);
  for (const header of [undefined, '"x"', 'abc', '']) t.equal(noneMatches(header, ETAG), true, `${header}`);
});
