import { type Finding, fault } from './list-finding.ts';

/*
 * The text of a list, as pip decodes it: by its byte order mark, else by a coding line (PEP 263) among the first two,
 * else as UTF-8. Python's codecs are read here by TextDecoder, or by hand where it has none or another.
 */

/** One MiB holds some ten thousand pins with hashes. */
export const MAX_LIST_BYTES = 1024 * 1024;

type Decode = (bytes: Uint8Array) => string;

/** What a decoder throws where the bytes are none of its encoding. */
class NotText extends Error {}

/** A decoder of the platform. `ignoreBOM` keeps a mark in the text, as Python does where it is told the byte order. */
function platform(label: string, ignoreBOM = true): Decode {
  return (bytes) => new TextDecoder(label, { fatal: true, ignoreBOM }).decode(bytes);
}

function eachByte(charOf: (byte: number) => string | undefined): Decode {
  return (bytes) => {
    const chars: string[] = [];
    for (const byte of bytes) {
      const char = charOf(byte);
      if (char === undefined) throw new NotText();
      chars.push(char);
    }
    return chars.join('');
  };
}

function utf32(littleEndian: boolean): Decode {
  return (bytes) => {
    if (bytes.byteLength % 4 !== 0) throw new NotText();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const chars: string[] = [];
    for (let at = 0; at < bytes.byteLength; at += 4) {
      const point = view.getUint32(at, littleEndian);
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new NotText();
      chars.push(String.fromCodePoint(point));
    }
    return chars.join('');
  };
}

/** Bytes 0x80 to 0x9f of Windows-1252; Node's own decoder of that name reads them as Latin-1. */
const WINDOWS_1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

const utf8 = platform('utf-8');
const ascii = eachByte((byte) => (byte < 0x80 ? String.fromCharCode(byte) : undefined));
const latin1 = eachByte((byte) => String.fromCharCode(byte));
const windows1252 = eachByte((byte) => {
  const char = byte < 0x80 || byte > 0x9f ? String.fromCharCode(byte) : WINDOWS_1252[byte - 0x80];
  return char === '\0' && byte !== 0 ? undefined : char;
});

/** The longer mark first: that of UTF-32 begins like that of UTF-16. */
const MARKS: readonly (readonly [mark: readonly number[], decode: Decode])[] = [
  [[0xef, 0xbb, 0xbf], utf8],
  [[0x00, 0x00, 0xfe, 0xff], utf32(false)],
  [[0xff, 0xfe, 0x00, 0x00], utf32(true)],
  [[0xfe, 0xff], platform('utf-16be')],
  [[0xff, 0xfe], platform('utf-16le')],
];

/** Names of a coding line, as Python knows them, in lower case and with `-` for `_`. */
const CODECS: ReadonlyMap<string, Decode> = new Map([
  ...named(utf8, 'utf-8', 'utf8', 'u8', 'utf', 'utf-8-sig', 'cp65001'),
  ...named(ascii, 'ascii', 'us-ascii', '646', 'ansi-x3.4-1968'),
  ...named(latin1, 'latin-1', 'latin1', 'iso-8859-1', 'iso8859-1', 'l1', 'latin', '8859', 'cp819'),
  ...named(windows1252, 'cp1252', 'windows-1252', '1252'),
  ...[1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258].flatMap((page) =>
    named(platform(`windows-${page}`), `cp${page}`, `windows-${page}`, `${page}`),
  ),
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15].flatMap((part) =>
    named(platform(`iso-8859-${part}`), `iso-8859-${part}`, `iso8859-${part}`),
  ),
  ...named(platform('koi8-r'), 'koi8-r'),
  ...named(platform('koi8-u'), 'koi8-u'),
  ...named(platform('ibm866'), 'cp866', '866', 'ibm866'),
  ...named(platform('macintosh'), 'mac-roman', 'macroman', 'macintosh'),
  ...named(platform('gbk'), 'gbk', 'cp936', '936', 'ms936', 'gb2312', 'euc-cn', 'euccn'),
  ...named(platform('gb18030'), 'gb18030', 'gb18030-2000'),
  ...named(platform('big5'), 'big5', 'big5-tw', 'csbig5'),
  ...named(platform('shift_jis'), 'shift-jis', 'sjis', 's-jis', 'shiftjis', 'csshiftjis', 'cp932', 'ms932', '932'),
  ...named(platform('euc-jp'), 'euc-jp', 'eucjp', 'ujis', 'u-jis'),
  ...named(platform('euc-kr'), 'euc-kr', 'euckr', 'korean', 'ks-c-5601', 'cp949', '949', 'uhc'),
]);

/** All names a coding line may have, but for case and `_`. */
export const ENCODINGS: readonly string[] = [...CODECS.keys()];

function named(decode: Decode, ...names: string[]): [string, Decode][] {
  return names.map((name) => [name, decode]);
}

/** The encoding a comment among the first two lines names (PEP 263), looked for as pip does: after `coding:` or `=`. */
function codingLine(bytes: Uint8Array): string | undefined {
  let start = 0;
  for (let line = 0; line < 2; line += 1) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.byteLength : found;
    const name =
      bytes[start] === 0x23
        ? /coding[:=][ \t\r\f\v]*([-\w.]+)/.exec(latin1(bytes.subarray(start, end)))?.[1]
        : undefined;
    if (name !== undefined) return name;
    start = end + 1;
  }
  return undefined;
}

const HOW = 'Save it as UTF-8, or name its encoding in the first line: "# -*- coding: latin-1 -*-"';

function decodeAs(bytes: Uint8Array, decode: Decode, name: string): string | Finding {
  try {
    const text = decode(bytes);
    if (!text.includes('\0')) return text;
    return fault('binary-list', 'This is not a text file: post the requirements list itself.');
  } catch (error) {
    // TextDecoder tells of wrong bytes by a TypeError.
    if (!(error instanceof NotText || error instanceof TypeError)) throw error;
    return fault('binary-list', `This is not text in ${name}. ${HOW}.`);
  }
}

/** The text of a list, or what is wrong with its bytes. */
export function decodeList(bytes: Uint8Array): string | Finding {
  if (bytes.byteLength > MAX_LIST_BYTES) {
    return fault('list-too-large', `The list has ${bytes.byteLength} bytes; split it into lists of at most 1 MiB.`);
  }
  const marked = MARKS.find(([mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked !== undefined)
    return decodeAs(bytes.subarray(marked[0].length), marked[1], 'the encoding of its byte order mark');
  const name = codingLine(bytes);
  if (name === undefined) return decodeAs(bytes, utf8, 'UTF-8');
  const codec = CODECS.get(name.toLowerCase().replaceAll('_', '-'));
  if (codec === undefined) {
    return fault(
      'unknown-encoding',
      `The encoding "${name.slice(0, 40)}" is not known. ${HOW.replace(', or', ' or')}.`,
    );
  }
  return decodeAs(bytes, codec, name);
}
