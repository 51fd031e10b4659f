import { type Finding, fault } from './list-finding.ts';

/** Splits a line before the first word that starts with `-`, as pip does: at spaces only, quotes or not. */
export function splitAtOptions(line: string): { requirement: string; options: string } {
  const at = line.startsWith('-') ? 0 : line.indexOf(' -') + 1;
  if (at === 0 && !line.startsWith('-')) return { requirement: line, options: '' };
  return { requirement: line.slice(0, at), options: line.slice(at) };
}

/** What ends a word outside quotes (`shlex.split`); other blanks are letters to it. */
const SEPARATORS = ' \t\r\n';

const UNCLOSED = fault('unclosed-quote', 'A quote is not closed or a "\\" stands last: close it, or remove it.');

/**
 * The words of a line's options, as Python's `shlex.split` takes them apart: quotes hold words together, `\` keeps the
 * next character, in double quotes only before `"` and `\`.
 */
export function splitWords(text: string): string[] | Finding {
  const words: string[] = [];
  let word: string[] | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === quote) {
      quote = undefined;
    } else if (char === '\\' && quote !== "'") {
      at += 1;
      const next = text[at];
      if (next === undefined) return UNCLOSED;
      word ??= [];
      if (quote === '"' && next !== '"' && next !== '\\') word.push(char);
      word.push(next);
    } else if (quote !== undefined) {
      word?.push(char);
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= [];
    } else if (!SEPARATORS.includes(char)) {
      word ??= [];
      word.push(char);
    } else if (word !== undefined) {
      words.push(word.join(''));
      word = undefined;
    }
  }
  if (quote !== undefined) return UNCLOSED;
  if (word !== undefined) words.push(word.join(''));
  return words;
}
