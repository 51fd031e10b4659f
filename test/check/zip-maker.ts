import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';

/** Fields of a header that a hostile archive may set at will. */
export type Fields = {
  name?: Buffer;
  flags?: number;
  method?: number;
  time?: number;
  crc?: number;
  packedSize?: number;
  size?: number;
  extra?: Buffer;
};

export type RawEntry = {
  name: string;
  data?: string | Buffer;
  /** Packed bytes in place of the data's own. */
  packed?: Buffer;
  stored?: boolean;
  mode?: number;
  /** Sizes and CRC behind the data: with a signature or without, with 8-byte sizes. */
  descriptor?: 'signed' | 'bare' | 'wide';
  descriptorSize?: number;
  /** Set in both headers, in one of them. */
  both?: Fields;
  local?: Fields;
  central?: Fields & { disk?: number; offset?: number };
  /** Bytes between this entry and the next. */
  gap?: Buffer;
};

export type ZipOptions = {
  prefix?: Buffer;
  suffix?: Buffer;
  comment?: Buffer;
  /** What the end record says, and whether there is a zip64 one that says it too. */
  count?: number;
  disk?: number;
  start?: number;
  zip64?: boolean;
  zip64Count?: number;
};

const numbers = (...pairs: [bytes: 2 | 4 | 8, value: number][]) =>
  Buffer.concat(
    pairs.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );

/** 2024-02-03 04:05:06, as MS-DOS has it. */
export const DOS_TIME = 0x584320a3;

function header(fields: Required<Fields>): Buffer {
  return Buffer.concat([
    numbers([2, 20], [2, fields.flags], [2, fields.method], [4, fields.time], [4, fields.crc]),
    numbers([4, fields.packedSize], [4, fields.size], [2, fields.name.length], [2, fields.extra.length]),
  ]);
}

function descriptorOf(entry: RawEntry, own: Required<Fields>): Buffer {
  const size = entry.descriptorSize ?? own.size;
  const wide = entry.descriptor === 'wide' ? 8 : 4;
  const sums = numbers([4, own.crc], [wide, own.packedSize], [wide, size]);
  return entry.descriptor === 'bare' ? sums : Buffer.concat([numbers([4, 0x08074b50]), sums]);
}

/** A zip file byte by byte, as right or as wrong as the entries and options say. */
export function makeZip(entries: readonly RawEntry[], options: ZipOptions = {}): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const add = (...more: Buffer[]) => {
    parts.push(...more);
    for (const part of more) length += part.length;
  };
  add(options.prefix ?? Buffer.alloc(0));
  const central: Buffer[] = [];
  for (const entry of entries) {
    const data = Buffer.from(entry.data ?? '');
    const packed = entry.packed ?? (entry.stored ? data : deflateRawSync(data));
    const own: Required<Fields> = {
      name: Buffer.from(entry.name),
      flags: (/[^\u0000-\u007f]/.test(entry.name) ? 1 << 11 : 0) | (entry.descriptor ? 1 << 3 : 0),
      method: entry.stored ? 0 : 8,
      time: DOS_TIME,
      crc: crc32(data),
      packedSize: packed.length,
      size: data.length,
      extra: Buffer.alloc(0),
      ...entry.both,
    };
    const sums = entry.descriptor ? { crc: 0, packedSize: 0, size: 0 } : {};
    const local = { ...own, ...sums, ...entry.local };
    const listed = { ...own, ...entry.central };
    const offset = entry.central?.offset ?? length;
    add(numbers([4, 0x04034b50]), header(local), local.name, local.extra, packed);
    if (entry.descriptor) add(descriptorOf(entry, own));
    if (entry.gap) add(entry.gap);
    const mode = entry.mode ?? 0o100644;
    central.push(
      Buffer.concat([
        numbers([4, 0x02014b50], [2, (3 << 8) | 20]),
        header(listed),
        numbers([2, 0], [2, entry.central?.disk ?? 0], [2, 0], [4, mode * 65536], [4, offset]),
        listed.name,
        listed.extra,
      ]),
    );
  }
  const directory = Buffer.concat(central);
  const start = options.start ?? length;
  const count = options.count ?? entries.length;
  if (options.zip64) {
    const at = length + directory.length;
    const count64 = options.zip64Count ?? entries.length;
    central.push(
      numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0]),
      numbers([8, count64], [8, count64], [8, directory.length], [8, start]),
      numbers([4, 0x07064b50], [4, 0], [8, at], [4, 1]),
    );
  }
  const seen = options.zip64 ? 0xffffffff : start;
  const comment = options.comment ?? Buffer.alloc(0);
  return Buffer.concat([
    ...parts,
    ...central,
    numbers([4, 0x06054b50], [2, options.disk ?? 0], [2, 0], [2, count], [2, count], [4, directory.length], [4, seen]),
    numbers([2, comment.length]),
    comment,
    options.suffix ?? Buffer.alloc(0),
  ]);
}

export const sha256Of = (data: string | Buffer) => `sha256=${createHash('sha256').update(data).digest('base64url')}`;

export type WheelParts = {
  distInfo?: string;
  wheelFile?: string;
  metadata?: string;
  /** Entries before those of `.dist-info`. */
  entries?: RawEntry[];
  /** RECORD whole, made from the rows that are right. */
  record?: (rows: string[]) => string[];
  /** Further entries, which RECORD does not list unless `record` adds them. */
  unlisted?: RawEntry[];
  zip?: ZipOptions;
  /** Changes the entry with this name. */
  change?: Record<string, Partial<RawEntry>>;
};

export const WHEEL_FILE = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n';
export const METADATA =
  'Metadata-Version: 2.1\nName: Demo.Pkg\nVersion: 1.0\nRequires-Python: >=3.8\n\nLong text: here\n';
export const FILENAME = 'demo_pkg-1.0-py3-none-any.whl';

/** The bytes of a wheel of `Demo.Pkg` 1.0, right in every way that the parts do not change. */
export function makeWheel(parts: WheelParts = {}): Buffer {
  const distInfo = parts.distInfo ?? 'demo_pkg-1.0.dist-info';
  const listed: RawEntry[] = [
    ...(parts.entries ?? [{ name: 'demo_pkg/__init__.py', data: 'value = 42\n' }]),
    { name: `${distInfo}/METADATA`, data: parts.metadata ?? METADATA },
    { name: `${distInfo}/WHEEL`, data: parts.wheelFile ?? WHEEL_FILE },
  ];
  const files = listed.filter((entry) => !entry.name.endsWith('/'));
  const rows = files.map((entry) => {
    const data = Buffer.from(entry.data ?? '');
    return `${entry.name},${sha256Of(data)},${data.length}`;
  });
  const record = [...rows, `${distInfo}/RECORD,,`];
  const lines = parts.record?.(record) ?? record;
  const all = [...listed, ...(parts.unlisted ?? []), { name: `${distInfo}/RECORD`, data: `${lines.join('\n')}\n` }];
  const changed = all.map((entry) => ({ ...entry, ...parts.change?.[entry.name] }));
  return makeZip(changed, parts.zip);
}
