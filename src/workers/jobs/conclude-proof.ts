import pLimit from 'p-limit';
import type { LookedAt, Proof, ProvenWheel } from '../../core/records/proof.ts';
import type { WheelProof } from '../../core/records/wheel-proof.ts';
import { failProof } from '../../storage/build-records.ts';
import { changeWheelRecord, readWheelRecord, writeWheelRecord } from '../../storage/wheel-records.ts';
import type { Worker } from '../context.ts';
import { renderProjectPage } from '../queue/render-page.ts';
import { supersede } from '../supersede.ts';

type Parts = Pick<Worker, 'store' | 'queue'>;

/** Wheels whose records and pages are written at once. */
const AT_ONCE = 8;

/**
 * Writes what follows from a proof: of wheels that were looked at, what they ask for; of each wheel that it is of, its record and
 * then its page, which lists it from now on; of one that failed, that its build did. May be done twice, and cut off anywhere.
 */
export async function concludeProof(parts: Parts, proof: Proof): Promise<void> {
  const limit = pLimit(AT_ONCE);
  await Promise.all((proof.looked ?? []).map((one) => limit(() => noteLibraries(parts, one))));
  await Promise.all(proof.of.map((wheel) => limit(() => conclude(parts, proof, wheel))));
}

/** No page has it, so none is rendered. Who has looked first has seen the same. */
async function noteLibraries({ store }: Parts, { project, filename, sha256, libraries }: LookedAt): Promise<void> {
  const record = await readWheelRecord(store, project, filename);
  if (record?.sha256 !== sha256 || record.libraries) return;
  await writeWheelRecord(store, { ...record, libraries });
}

async function conclude(parts: Parts, proof: Proof, wheel: ProvenWheel): Promise<void> {
  const { store, queue } = parts;
  const { project, filename, sha256, build, rebuild } = wheel;
  const outcome = ofWheel(proof, filename);
  const record = await readWheelRecord(store, project, filename);
  // Another target of the same build image has proven what this one's runtime image cannot load.
  const isProven = record?.proof?.state === 'proven' && record.build?.key === build?.key;
  if (record?.sha256 === sha256) {
    if (mayBecome(record.proof, outcome)) await changeWheelRecord(store, { ...record, proof: outcome });
    await renderProjectPage(parts, project);
    if (rebuild && outcome.state !== 'failed') await supersede(parts, project, filename);
  }
  if (outcome.state !== 'failed' || !build || isProven) return;
  const isFailed = await failProof(store, { ...build, sha256, message: outcome.message ?? '' });
  if (isFailed)
    await queue
      .notify({ kind: 'builds', id: build.key, state: 'failed', reason: 'proof-failed' })
      .catch(() => undefined);
}

function ofWheel({ state, failures = [], message, runtime, provenAt: at }: Proof, filename: string): WheelProof {
  const where = { ...(runtime && { runtime }), at };
  if (state === 'not-done' || state === 'skipped') return { state: 'skipped', ...where, ...(message && { message }) };
  const failure = failures.find((one) => one.filename === filename);
  return failure ? { state: 'failed', ...where, message: failure.message } : { state: 'proven', ...where };
}

/** Another list's proof may have come first: what it has said stays said. */
function mayBecome(now: WheelProof | undefined, outcome: WheelProof): boolean {
  return now?.state === 'waiting' || (now?.state === 'skipped' && outcome.state !== 'skipped');
}
