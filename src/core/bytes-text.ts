const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Bytes for a person: `1.5 GiB`. */
export function bytesText(bytes: number): string {
  return bytes >= GIB ? `${+(bytes / GIB).toFixed(1)} GiB` : `${+(bytes / MIB).toFixed(1)} MiB`;
}
