import fc from 'fast-check';

/** What fields of headers are set to: the ends of their ranges, and what is next to them. */
const WORDS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

const change = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('flip', 'word', 'remove', 'double', 'insert', 'cut', 'text'),
  bit: fc.nat(7),
  word: fc.constantFrom(...WORDS),
  length: fc.nat(64),
  bytes: fc.uint8Array({ maxLength: 8 }),
  text: fc.constantFrom(
    '../',
    '\0',
    '/',
    '\\',
    'a:',
    '\u202e',
    '__proto__',
    'con',
    '.dist-info',
    '%00',
    '\r\n',
    '=',
    ',,',
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** One of some good inputs with a few changes. */
export function damaged(good: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...good), fc.array(change, { maxLength: 4 }))
    .map(([bytes, changes]) => changes.reduce(changed, bytes));
}

function changed(bytes: Buffer, { at, how, bit, word, length, bytes: further, text }: Change): Buffer {
  if (bytes.length === 0) return Buffer.from(further);
  const place = at % bytes.length;
  const copy = Buffer.from(bytes);
  if (how === 'flip') copy[place]! ^= 1 << bit;
  else if (how === 'word' && place + 4 <= bytes.length) copy.writeUInt32LE(word, place);
  else if (how === 'remove') return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + length)]);
  else if (how === 'double') return Buffer.concat([bytes.subarray(0, place + length), bytes.subarray(place)]);
  else if (how === 'insert') return Buffer.concat([bytes.subarray(0, place), further, bytes.subarray(place)]);
  else if (how === 'cut') return bytes.subarray(0, place);
  else if (how === 'text') copy.write(text, place);
  return copy;
}
