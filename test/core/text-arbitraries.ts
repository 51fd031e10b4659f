/** Texts by chance, put together from parts (fast-check). */
import fc from 'fast-check';

/** One of some texts. */
export const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
/** Parts one behind the other. */
export const joined = (...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''));
/** Something or, mostly, nothing. */
export const maybe = (part: fc.Arbitrary<string>, nothing = 2): fc.Arbitrary<string> =>
  fc.oneof({ weight: nothing, arbitrary: fc.constant('') }, { weight: 1, arbitrary: part });
/** Some of a kind, with something between them. */
export const several = (part: fc.Arbitrary<string>, by: string, most = 3): fc.Arbitrary<string> =>
  fc.array(part, { minLength: 1, maxLength: most }).map((all) => all.join(by));
/** One of some kinds, some more often than others. */
export const weighted = (...rows: [number, fc.Arbitrary<string>][]): fc.Arbitrary<string> =>
  fc.oneof(...rows.map(([weight, arbitrary]) => ({ weight, arbitrary })));
