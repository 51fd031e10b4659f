/**
 * Numbers of the zip file format, PKWARE's APPNOTE.TXT 6.3: signatures and fixed lengths in bytes of its records
 * (sections 4.3.7, 4.3.9, 4.3.12, 4.3.14 to 4.3.16), flags (4.4.4), methods (4.4.5) and extra fields (4.5).
 */
export const LOCAL = { signature: 0x04034b50, bytes: 30 };
export const CENTRAL = { signature: 0x02014b50, bytes: 46 };
export const END = { signature: 0x06054b50, bytes: 22 };
export const END64 = { signature: 0x06064b50, bytes: 56 };
export const LOCATOR64 = { signature: 0x07064b50, bytes: 20 };
export const DESCRIPTOR_SIGNATURE = 0x08074b50;

export const FLAG_DESCRIPTOR = 1 << 3;
export const FLAG_UTF8 = 1 << 11;
/** The two deflate options, which mean nothing to a reader, a data descriptor, UTF-8 names. */
export const ALLOWED_FLAGS = (1 << 1) | (1 << 2) | FLAG_DESCRIPTOR | FLAG_UTF8;

export const STORED = 0;
export const DEFLATED = 8;

export const EXTRA_ZIP64 = 0x0001;
/** Info-ZIP's second name for an entry: tools disagree which one counts. */
export const EXTRA_UNICODE_PATH = 0x7075;

/** In a 32-bit or 16-bit field: look into the zip64 record. */
export const SEE_ZIP64 = 0xffffffff;
export const SEE_ZIP64_SHORT = 0xffff;

/** Unix file types in the upper half of the external attributes. */
export const TYPE_MASK = 0o170000;
export const TYPE_FILE = 0o100000;
export const TYPE_FOLDER = 0o040000;
