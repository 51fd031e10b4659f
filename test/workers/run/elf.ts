/** A dynamic ELF file of this many bits, as far as a loader reads it before it maps anything. */
export type ElfOptions = {
  needed?: readonly string[];
  soname?: string;
  rpath?: string;
  runpath?: string;
  /** Class and machine; those of this machine when left out. */
  bits?: 32 | 64;
  machine?: number;
  /** Tag and value pairs after the usual ones, before the end. */
  tags?: readonly (readonly [number, bigint])[];
  /** Whether the dynamic section has its end. */
  ended?: boolean;
  /** Changes the finished bytes. */
  change?: (bytes: Buffer) => Buffer;
};

export const TAGS = { needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, runpath: 29 } as const;

const MACHINES: Partial<Record<NodeJS.Architecture, number>> = { x64: 62, arm64: 183, ia32: 3, riscv64: 243 };
export const HERE = MACHINES[process.arch]!;

/** The bytes of such a file: header, two program headers, dynamic section, strings. */
export function elf(options: ElfOptions = {}): Buffer {
  const { needed = [], bits = 64, machine = HERE, tags = [], ended = true, change = (bytes) => bytes } = options;
  const wide = bits === 64;
  const [headerSize, segmentSize, entrySize] = wide ? [64, 56, 16] : [52, 32, 8];
  let strings = '\0';
  const string = (text: string): bigint => {
    const at = strings.length;
    strings += `${text}\0`;
    return BigInt(at);
  };
  const entries: (readonly [number, bigint])[] = needed.map((name) => [TAGS.needed, string(name)] as const);
  for (const name of ['soname', 'rpath', 'runpath'] as const) {
    const text = options[name];
    if (text !== undefined) entries.push([TAGS[name], string(text)]);
  }
  const count = entries.length + 2 + tags.length + (ended ? 1 : 0);
  const dynamicAt = headerSize + 2 * segmentSize;
  const stringsAt = dynamicAt + count * entrySize;
  entries.push([TAGS.strtab, BigInt(stringsAt)], [TAGS.strsz, BigInt(strings.length)], ...tags);
  if (ended) entries.push([0, 0n]);
  const total = stringsAt + strings.length;
  const bytes = Buffer.alloc(total);
  const word = (value: bigint, at: number) =>
    wide ? bytes.writeBigUInt64LE(value, at) : bytes.writeUInt32LE(Number(value), at);
  bytes.write('\x7fELF', 0, 'latin1');
  bytes.set([wide ? 2 : 1, 1, 1], 4);
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(1, 20);
  word(BigInt(headerSize), wide ? 32 : 28);
  bytes.writeUInt16LE(segmentSize, wide ? 54 : 42);
  bytes.writeUInt16LE(2, wide ? 56 : 44);
  const segment = (number: number, kind: number, start: number, size: number) => {
    const at = headerSize + number * segmentSize;
    bytes.writeUInt32LE(kind, at);
    const fields = wide ? [8, 16, 32, 40] : [4, 8, 16, 20];
    for (const [index, value] of [start, start, size, size].entries()) word(BigInt(value), at + fields[index]!);
  };
  segment(0, 1, 0, total);
  segment(1, 2, dynamicAt, count * entrySize);
  for (const [index, [tag, value]] of entries.entries()) {
    word(BigInt(tag), dynamicAt + index * entrySize);
    word(value, dynamicAt + index * entrySize + entrySize / 2);
  }
  bytes.write(strings, stringsAt, 'latin1');
  return change(bytes);
}
