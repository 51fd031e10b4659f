/** Bytes of a file's start that are enough to know it. */
export const HEAD_BYTES = 8;

/** ELF programs and libraries, and archives of them (`!<arch>`). */
const MAGIC = [Buffer.from('\x7fELF', 'latin1'), Buffer.from('!<arch>\n')];

/** Whether a file that starts like this is for one kind of machine only, whatever the tags of its wheel say. */
export function isMachineCode(head: Buffer): boolean {
  return MAGIC.some((magic) => head.subarray(0, magic.length).equals(magic));
}
