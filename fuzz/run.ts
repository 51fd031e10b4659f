/**
 * `npm run fuzz [-- CASES [SEED]]`: a million inputs by chance, or as many as are asked for, to everything that takes what
 * strangers send; writes docs/fuzz.md. Ends with 1 where one of them was answered as none may be.
 */
import { writeFileSync } from 'node:fs';
import { commitOfRun } from '../scripts/commit.ts';
import { casesOf, type Outcome, runFuzzer } from './fuzzer.ts';
import { FUZZERS } from './fuzzers.ts';

const MILLION = 1_000_000;
const [cases = MILLION, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number);
if (![cases, seed].every((one) => Number.isSafeInteger(one) && one > 0)) throw new Error('npm run fuzz -- CASES SEED');

const outcomes: Outcome[] = [];
for (const fuzzer of FUZZERS) {
  const outcome = await runFuzzer(fuzzer, casesOf(FUZZERS, fuzzer, cases), seed);
  const { name, cases: done, seconds, failure } = outcome;
  process.stderr.write(`fuzz: ${name}: ${done} cases in ${seconds.toFixed(0)} s${failure ? `\n${failure}` : ''}\n`);
  outcomes.push(outcome);
}

const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + of(one), 0);
const rows = outcomes.map(
  ({ name, cases: done, seconds, peakBytes, failure }) =>
    `| ${name} | ${done.toLocaleString('en')} | ${seconds.toFixed(0)} s | ${Math.round(peakBytes / 1024 ** 2)} MiB | ${failure ? '**failed**' : 'none'} |`,
);
const page = `# Fuzzing

Written by \`npm run fuzz\`; nothing here is typed by hand. Inputs by chance, most of them right but for a few changes, go to everything that takes
what strangers send. Each must be read, or refused as the caller's fault: no crash, no answer of 5xx (503 with Retry-After is one that a busy server
gives), no error that no code foresees, and less than 1.5 GiB of memory. \`npm run check\` runs ${'`test/fuzz.test.ts`'}, the same with a few thousand.

| About this run | |
| --- | --- |
| Commit | ${commitOfRun()} |
| Seed | ${seed} |
| Node | ${process.version} |
| Date | ${new Date().toISOString().slice(0, 10)} |
| Duration | ${sum((one) => one.seconds).toFixed(0)} s |

| Input | Cases | Time | Memory of the process at most | Failures |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
| together | ${sum((one) => one.cases).toLocaleString('en')} | | | |
`;
if (cases >= MILLION) writeFileSync('docs/fuzz.md', page);
else process.stdout.write(page);
process.exitCode = outcomes.some(({ failure }) => failure !== undefined) ? 1 : 0;
