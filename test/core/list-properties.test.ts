import fc from 'fast-check';
import t from 'tap';
import Value from 'typebox/value';
import { ENCODINGS } from '../../src/core/list-encoding.ts';
import { ListFaultSchema } from '../../src/core/records/list-fault.ts';
import { RequirementSchema } from '../../src/core/records/requirement.ts';
import { normalizedListText, parseRequirementsList } from '../../src/core/requirements-list.ts';
import { generatedList } from './list-generator.ts';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
t.comment(`to repeat: FC_SEED=${seed}`);

const start = fc.oneof(
  fc.constantFrom(...ENCODINGS).map((name) => Buffer.from(`# coding: ${name}\n`)),
  fc
    .constantFrom([], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff], [0xff, 0xfe, 0, 0], [0, 0, 0xfe, 0xff])
    .map(Buffer.from),
);
const content = fc
  .tuple(
    start,
    fc.oneof(
      generatedList.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 60 }),
    ),
  )
  .map((parts) => Buffer.concat(parts));

t.test('whatever bytes are sent, the answer is requirements or faults', async (t) => {
  const property = fc.property(content, (bytes) => {
    const { requirements, faults, warnings } = parseRequirementsList(bytes);
    const sound = requirements.every((one) => Value.Check(RequirementSchema, one));
    const told = [...faults, ...warnings].every((one) => Value.Check(ListFaultSchema, one));
    return sound && told && (requirements.length > 0 || faults.length > 0);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000, seed }));
});

t.test('a list in its one spelling says what it said', async (t) => {
  const property = fc.property(generatedList, (text) => {
    const again = normalizedListText(parseRequirementsList(text).requirements);
    const { requirements, faults } = parseRequirementsList(again);
    // What is wrong with the lines together stays wrong.
    const together = new Set(['empty-list', 'duplicate-requirement', 'hash-without-pin']);
    return normalizedListText(requirements) === again && faults.every(({ code }) => together.has(code));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000, seed }));
});
