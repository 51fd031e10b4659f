/** Text that can be written as UTF-8: half a surrogate pair, which JSON can spell, would break whoever prints it. */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text;
}
