/*
 * What pip takes for white space: Python's `str.isspace`, which `\s` and `str.strip` follow. It differs from JavaScript's
 * in both directions: U+001C to U+001F and U+0085 are blank there only, U+FEFF here only.
 */

/** The inside of a character class. */
export const BLANKS = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const BLANK = new RegExp(`[${BLANKS}]`);

/** Whether a character is blank; false for none. */
export function isBlank(char: string | undefined): boolean {
  return char !== undefined && BLANK.test(char);
}

/** Python's `str.strip`. A loop, since a pattern anchored at the end takes quadratic time on a line of blanks. */
export function stripBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
