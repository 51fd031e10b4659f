import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import t from 'tap';
import { createProgram } from '../src/cli/program.ts';
import { shellBlocks, wheelmillCalls } from './services/manual.ts';
import { ROOT } from './services/wheelmill.ts';

const pages = [
  ...['README.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const blocks = pages.flatMap(shellBlocks);
const program = createProgram(() => {});

/** The command that the first words of a call name, and the words after it. */
function commandOf(words: readonly string[], from: Command = program): { command: Command; rest: readonly string[] } {
  const next = from.commands.find((one) => one.name() === words[0]);
  return next ? commandOf(words.slice(1), next) : { command: from, rest: words };
}

t.test('shell commands of the pages are what a shell reads', async (t) => {
  t.ok(blocks.length > 40, `${blocks.length} blocks`);
  for (const { page, text } of blocks)
    t.doesNotThrow(() => execFileSync('bash', ['-n'], { input: text, stdio: 'pipe' }), `${page}: ${text}`);
});

t.test('commands and options that the pages use are there', async (t) => {
  const calls = blocks.flatMap(({ page, text }) => wheelmillCalls(text).map((words) => ({ page, words })));
  t.ok(calls.length > 25, `${calls.length} calls`);
  for (const { page, words } of calls) {
    const { command, rest } = commandOf(words);
    const call = `${page}: wheelmill ${words.join(' ')}`;
    if (words.includes('--version')) continue;
    t.ok(command !== program && command.commands.length === 0, call);
    const known = new Set([program, command].flatMap(({ options }) => options).flatMap((one) => [one.long, one.short]));
    for (const option of rest.map((word) => word.split('=')[0]!).filter((word) => /^-{1,2}[a-z]/.test(word)))
      t.ok(known.has(option), `${call}: ${option}`);
  }
});

t.test('so are the scripts of npm', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const named = blocks.flatMap(({ page, text }) =>
    [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => [page, name!]),
  );
  t.ok(named.length > 10);
  for (const [page, name] of named) t.ok(Object.hasOwn(scripts, name!), `${page}: npm run ${name}`);
});
