import type { WheelRecord } from './records/wheel.ts';

type Proven = Pick<WheelRecord, 'proof'>;

/** Whether index pages may list a wheel. Those of which nobody wanted a proof are listed, and so are those of before there were any. */
export function isListed({ proof }: Proven): boolean {
  return proof?.state !== 'waiting' && proof?.state !== 'failed';
}

/** Whether a plan may take a stored wheel: one that waits is proven with the list that takes it. */
export function mayBeTaken({ proof }: Proven): boolean {
  return proof?.state !== 'failed';
}

/** Whether nothing is left to be known of a wheel: it is proven, or nothing here made it. */
export function isSettled({ proof, origin }: Pick<WheelRecord, 'proof' | 'origin'>): boolean {
  return proof ? proof.state === 'proven' : origin !== 'built';
}

/** Whether a proof would tell something new of a wheel: if it loads, or what its files ask for. */
export function isOpen({ proof, libraries }: Pick<WheelRecord, 'proof' | 'libraries'>): boolean {
  return proof?.state === 'waiting' || libraries === undefined;
}
