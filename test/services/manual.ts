import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './wheelmill.ts';

/** A block of shell commands of a page. `run` is what its mark says (`<!-- run: where -->`), undefined where it has none. */
export type ShellBlock = { page: string; text: string; run: string | undefined };

/** Every block that is marked as shell, in its order. */
export function shellBlocks(page: string): ShellBlock[] {
  const markdown = readFileSync(join(ROOT, page), 'utf8');
  return [...markdown.matchAll(/(?:^<!-- run(?:: ([a-z]+))? -->\n)?^```sh\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, where, text = ''] = match;
    return { page, text, run: whole.startsWith('<!--') ? (where ?? 'here') : undefined };
  });
}

/** The calls of `wheelmill` in shell commands, each as its words, with lines that go on joined. */
export function wheelmillCalls(text: string): string[][] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => {
    const [, call] = /(?:^|&&|\||;)\s*(?:[A-Z_]+=\S+ +)*wheelmill ([^|&;#>]*)/.exec(line) ?? [];
    return call === undefined ? [] : [call.trim().split(/\s+/)];
  });
}
