import fc from 'fast-check';
import { acceptedCodings } from '../../src/core/content-coding.ts';
import { INDEX_TYPES, negotiateIndexType } from '../../src/core/negotiation.ts';
import { joined, maybe, pick, several } from '../../test/core/text-arbitraries.ts';
import type { Fuzzer } from '../fuzzer.ts';

const quality = joined(pick(';', ' ; '), pick('q=', 'Q=', 'q', 'v='), pick('0', '1', '0.5', '1.0000', '', '-1', 'NaN'));
const range = joined(pick(...INDEX_TYPES, 'text/*', '*/*', '*', 'gzip', 'x-gzip', 'identity', ''), maybe(quality));
const header = fc.oneof(several(range, ',', 5), fc.string({ unit: 'binary', maxLength: 80 }));

/** Accept, Accept-Encoding and `?format=`: one of the types and codings there are, or none. */
export const negotiation: Fuzzer = {
  name: 'negotiation',
  share: 20,
  open: async () => ({
    property: fc.property(
      fc.option(header, { nil: undefined }),
      fc.option(header, { nil: undefined }),
      (one, other) => {
        const type = negotiateIndexType(one, other);
        if (type !== undefined && !INDEX_TYPES.includes(type)) throw new Error(`it chose ${type}`);
        const codings = acceptedCodings(one);
        if (codings.some((coding) => coding !== 'gzip' && coding !== 'identity')) throw new Error('it chose a coding');
        if (new Set(codings).size !== codings.length) throw new Error('it chose one twice');
      },
    ),
  }),
};
