import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { blake2b } from '@noble/hashes/blake2.js';
import { quoted } from '../../core/faults.ts';
import type { ReceivedFile } from './read-form.ts';

/** What clients send to say which bytes they meant, and how many hexadecimal digits it has. */
const DIGESTS = { md5_digest: 32, sha256_digest: 64, blake2_256_digest: 64 } as const;
type DigestField = keyof typeof DIGESTS;

type Hash = { update(chunk: Uint8Array): unknown; hex(): string };

function nodeHash(algorithm: string): Hash {
  const hash = createHash(algorithm);
  return { update: (chunk) => hash.update(chunk), hex: () => hash.digest('hex') };
}

const HASHES: Record<DigestField, () => Hash> = {
  md5_digest: () => nodeHash('md5'),
  sha256_digest: () => nodeHash('sha256'),
  // BLAKE2b of 32 bytes: OpenSSL before 3.2, which Node.js 20 has, knows only the one of 64.
  blake2_256_digest: () => {
    const hash = blake2b.create({ dkLen: 32 });
    return { update: (chunk) => hash.update(chunk), hex: () => Buffer.from(hash.digest()).toString('hex') };
  },
};

/** Holds the file to every digest that came with it. @returns what is wrong, for each of them */
export async function digestFaults(
  { path, sha256 }: ReceivedFile,
  fields: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  const faults: string[] = [];
  const asked: { field: DigestField; expected: string; hash: Hash }[] = [];
  for (const [field, digits] of Object.entries(DIGESTS) as [DigestField, number][]) {
    for (const value of fields.get(field) ?? []) {
      const expected = value.toLowerCase();
      if (expected.length !== digits || !/^[0-9a-f]*$/.test(expected))
        faults.push(`${field} has ${digits} hexadecimal digits, not ${quoted(value)}.`);
      else if (field === 'sha256_digest') faults.push(...differing(field, expected, sha256));
      else asked.push({ field, expected, hash: HASHES[field]() });
    }
  }
  if (asked.length === 0) return faults;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }))
    for (const { hash } of asked) hash.update(chunk as Buffer);
  return [...faults, ...asked.flatMap(({ field, expected, hash }) => differing(field, expected, hash.hex()))];
}

function differing(field: string, expected: string, found: string): string[] {
  return found === expected ? [] : [`The file has the ${field} ${found}, not ${expected} as was sent with it.`];
}
