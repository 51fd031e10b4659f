import t from 'tap';
import { casesOf, runFuzzer } from '../fuzz/fuzzer.ts';
import { FUZZERS } from '../fuzz/fuzzers.ts';

/** `npm run fuzz` takes a million. */
const CASES = 6000;
const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
t.comment(`to repeat: FC_SEED=${seed}`);
t.setTimeout(280_000);

for (const fuzzer of FUZZERS)
  t.test(fuzzer.name, async (t) => {
    const cases = casesOf(FUZZERS, fuzzer, CASES);
    const outcome = await runFuzzer(fuzzer, cases, seed);
    t.equal(outcome.failure, undefined);
    t.equal(outcome.cases, cases);
  });
