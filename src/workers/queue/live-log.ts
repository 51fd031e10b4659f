/** How a job's live log lies in BullMQ: one row a chunk, led by the chunk's number, the newest rows kept. */

/** As much of a BullMQ queue as the log needs. */
export interface LogRows {
  addJobLog(jobId: string, row: string, keep: number): Promise<number>;
  getJobLogs(jobId: string, start: number, end: number): Promise<{ logs: string[]; count: number }>;
}

/** Chunks that one read returns at most. */
const READ_CHUNKS = 1_000;

/**
 * Appends chunks in the order of the calls. Never fails: the live log is a courtesy, the whole log is stored when the
 * job ends; what cannot be written (the job or the queue is gone) is left out.
 */
export function openLiveLog(rows: LogRows, jobId: string, keep: number): (text: string) => Promise<void> {
  // Asked before the first row, as an earlier attempt may have left some; asked again when a write's fate is not known.
  let next: number | undefined;
  let last: Promise<void> = Promise.resolve();
  return (text) => {
    last = last.then(async () => {
      try {
        next ??= await countChunks(rows, jobId);
        const number = next;
        next = undefined;
        await rows.addJobLog(jobId, `${number} ${text}`, keep);
        next = number + 1;
      } catch {}
    });
    return last;
  };
}

async function countChunks(rows: LogRows, jobId: string): Promise<number> {
  const { count } = await rows.getJobLogs(jobId, 0, 0);
  if (count === 0) return 0;
  const { logs } = await rows.getJobLogs(jobId, count - 1, count - 1);
  return logs[0] === undefined ? count : parseRow(logs[0]).number + 1;
}

/** The chunks from number `start` on, as far as they are kept; nothing when the job is gone. */
export async function readLiveLog(
  rows: LogRows,
  jobId: string,
  start: number,
): Promise<{ chunks: string[]; next: number }> {
  const oldest = (await rows.getJobLogs(jobId, 0, 0)).logs[0];
  if (oldest === undefined) return { chunks: [], next: start };
  let from = Math.max(0, start - parseRow(oldest).number);
  for (;;) {
    const { logs } = await rows.getJobLogs(jobId, from, from + READ_CHUNKS - 1);
    const found = logs.map(parseRow);
    const missed = (found[0]?.number ?? start) - start;
    if (missed > 0 && from > 0) {
      // Old rows were dropped between the two reads, which moved ours to the front.
      from = Math.max(0, from - missed);
      continue;
    }
    const wanted = found.filter((row) => row.number >= start);
    return { chunks: wanted.map((row) => row.text), next: (wanted.at(-1)?.number ?? start - 1) + 1 };
  }
}

function parseRow(row: string): { number: number; text: string } {
  const space = row.indexOf(' ');
  return { number: Number(row.slice(0, space)), text: row.slice(space + 1) };
}
