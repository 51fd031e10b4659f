/*
 * Requirements lists against pip's own parser: the corpus and generated lists read the same. Where we mean to differ,
 * scripts/docs/pip-differences.ts says why, and docs/requirements.md shows it.
 */
import fc from 'fast-check';
import t from 'tap';
import { LENIENCIES, REFUSALS, type Refusal } from '../../scripts/docs/pip-differences.ts';
import { ENCODINGS } from '../../src/core/list-encoding.ts';
import type { ListFile } from '../../src/core/read-lists.ts';
import type { ListFault } from '../../src/core/records/list-fault.ts';
import { parseRequirementsFiles } from '../../src/core/requirements-files.ts';
import { corpus } from './list-corpus.ts';
import { generatedFiles, generatedList } from './list-generator.ts';
import { PipReference, pipReading, type Root, readingOf } from './pip-reference.ts';

const pip = new PipReference();
t.teardown(() => pip.end());

type Verdict = { same: true; refused: boolean } | { same: false; why: string; ours: unknown; theirs: unknown };

/** Whether a fault is what a row of the table tells of. */
function isOf({ codes, line, message }: Refusal, fault: ListFault): boolean {
  const coded = codes.some((code) => code === fault.code);
  return coded && (line?.test(fault.text) ?? true) && (message?.test(fault.message) ?? true);
}

/** Faults of what is right line by line and wrong together: what was read is there all the same. */
const TOGETHER = new Set(['empty-list', 'duplicate-requirement', 'hash-without-pin', 'hash-missing']);

/** Whether both read files alike, but for the differences of the table. */
async function compare(files: readonly ListFile[], roots: readonly Root[]): Promise<Verdict> {
  const ours = parseRequirementsFiles(files);
  const theirs = await pip.ask(files, roots);
  const different = (why: string): Verdict => ({ same: false, why, ours, theirs });
  const refused = ours.faults.length > 0;
  if ('refused' in theirs) {
    const known = refused || LENIENCIES.some(({ pipSays }) => pipSays.test(theirs.refused));
    return known ? { same: true, refused: true } : different(`refused by pip only: ${theirs.refused}`);
  }
  const unknown = ours.faults.find((fault) => !REFUSALS.some((refusal) => isOf(refusal, fault)));
  if (unknown !== undefined) return different(`refused here only: ${unknown.message}`);
  if (ours.faults.some(({ code }) => !TOGETHER.has(code))) return { same: true, refused: true };
  const reading = pipReading(theirs);
  if (reading === undefined) return different('foreign to pip');
  const same = JSON.stringify(reading) === JSON.stringify(readingOf(ours));
  return same ? { same, refused } : different('read in another way');
}

t.test('the corpus', async (t) => {
  for (const { name, files, outcome } of corpus()) {
    const roots: Root[] = [
      ...(outcome.sentAsConstraints ?? []).map((path): Root => [path, 'constraints']),
      ...(outcome.roots ?? ['requirements.txt']).map((path): Root => [path, 'requirements']),
    ];
    t.match(await compare(files, roots), { same: true }, name);
  }
});

t.test('every encoding that a coding line may name', async (t) => {
  for (const name of ENCODINGS) {
    const bytes = Buffer.from(`# coding: ${name}\nflask==3.0\n`);
    const files: ListFile[] = [{ name: 'requirements.txt', bytes, role: 'requirements' }];
    t.match(await compare(files, [['requirements.txt', 'requirements']]), { same: true, refused: false }, name);
  }
});

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

async function alike(
  files: readonly ListFile[],
  roots: readonly Root[],
  counts: { read: number; refused: number },
): Promise<void> {
  const verdict = await compare(files, roots);
  if (!verdict.same) throw new Error(JSON.stringify(verdict, undefined, 1));
  counts[verdict.refused ? 'refused' : 'read'] += 1;
}

t.test('generated lists', async (t) => {
  t.comment(`to repeat: FC_SEED=${seed}`);
  const counts = { read: 0, refused: 0 };
  const property = fc.asyncProperty(generatedList, async (text) => {
    const file: ListFile = { name: 'requirements.txt', bytes: Buffer.from(text), role: 'requirements' };
    await alike([file], [['requirements.txt', 'requirements']], counts);
  });
  await fc.assert(property, { numRuns: 1500, seed });
  t.comment(`read ${counts.read}, refused ${counts.refused}`);
  t.ok(counts.read > 300 && counts.refused > 300, 'good and bad ones were asked');
});

t.test('generated files that name each other', async (t) => {
  const counts = { read: 0, refused: 0 };
  const property = fc.asyncProperty(generatedFiles, ({ files, roots }) => alike(files, roots, counts));
  await fc.assert(property, { numRuns: 300, seed });
  t.comment(`read ${counts.read}, refused ${counts.refused}`);
  t.ok(counts.read > 100, 'most were read');
});
