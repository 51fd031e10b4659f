import { type Proof, ProofSchema } from '../core/records/proof.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** What the proof of an attempt's wheels has come to; undefined before it was made. */
export function readProof(store: ObjectStore, id: string, attempt: number): Promise<Proof | undefined> {
  return readRecord(store, paths.prebuildProof(id, attempt), ProofSchema);
}

export function writeProof(store: ObjectStore, id: string, attempt: number, proof: Proof): Promise<void> {
  return writeRecord(store, paths.prebuildProof(id, attempt), ProofSchema, proof);
}

/** Notes that the wheel of a build is to be proven for nobody's list; the target's name goes with it. */
export async function openProof(store: ObjectStore, key: string, target: string): Promise<void> {
  await store.put(paths.openProof(key), `${target}\n`);
}

/** For which target the wheel of a build is to be proven alone; undefined where it is not. */
export async function readOpenProof(store: ObjectStore, key: string): Promise<string | undefined> {
  return (await store.read(paths.openProof(key)))?.toString('utf8').trim();
}
