import fc from 'fast-check';

/** One part of the server under a great many inputs by chance. */
export type Fuzzer = {
  name: string;
  /** Parts of all cases that it gets. */
  share: number;
  /** Opens what it needs, and gives one case: it throws where the answer is none that may be given. */
  open(): Promise<{ property: fc.IRawProperty<unknown>; close?(): Promise<void> }>;
};

export type Outcome = { name: string; cases: number; seconds: number; peakBytes: number; failure?: string };

/** Far above what any of these inputs needs, far below what a server has. */
const MAX_RSS = 1.5 * 1024 ** 3;
/** The memory is looked at after so many cases. */
const BATCH = 2000;

/** Runs a number of cases, or as many as it takes to the first failure, which is shrunk and told with its seed. */
export async function runFuzzer(fuzzer: Fuzzer, cases: number, seed: number): Promise<Outcome> {
  const started = performance.now();
  const { property, close } = await fuzzer.open();
  let [done, peakBytes, failure] = [0, 0, undefined as string | undefined];
  try {
    while (done < cases && failure === undefined) {
      const numRuns = Math.min(BATCH, cases - done);
      const details = await fc.check(property, { numRuns, seed: seed + done });
      done += details.failed ? details.numRuns : numRuns;
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
      if (details.failed) failure = `${fc.defaultReportMessage(details)}\n${said(details.errorInstance)}`;
      else if (peakBytes > MAX_RSS) failure = `it takes ${Math.round(peakBytes / 1024 ** 2)} MiB of memory`;
    }
  } finally {
    await close?.();
  }
  const outcome = { name: fuzzer.name, cases: done, seconds: (performance.now() - started) / 1000, peakBytes };
  return failure === undefined ? outcome : { ...outcome, failure };
}

const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** How a million cases, or a few, are shared out. */
export function casesOf(fuzzers: readonly Fuzzer[], fuzzer: Fuzzer, total: number): number {
  const shares = fuzzers.reduce((sum, one) => sum + one.share, 0);
  return Math.ceil((total * fuzzer.share) / shares);
}
