/** Bounds on what a wheel may ask of the machine that checks it. */
export type WheelLimits = {
  /** Files and folders. Large real wheels have some ten thousand. */
  entries: number;
  /** Bytes of all files unpacked, below 4 GiB: no entry of a wheel of ours ever needs 64-bit sizes. */
  unpackedBytes: number;
  /** Unpacked to packed bytes; deflate goes to 1032, real wheels to about 20. */
  ratio: number;
  /** Unpacked bytes below which the ratio does not matter: small and regular files compress well. */
  ratioFloor: number;
};

export const WHEEL_LIMITS: WheelLimits = {
  entries: 100_000,
  unpackedBytes: 4 * 1024 ** 3 - 1,
  ratio: 100,
  ratioFloor: 100 * 1024 ** 2,
};

/** The longest in the wild are descriptions of some hundred KiB. */
export const MAX_METADATA_BYTES = 4 * 1024 * 1024;
