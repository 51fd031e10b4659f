import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import t, { type Test } from 'tap';
import { createProgram, runCli } from '../../src/cli/program.ts';
import { ROOT } from '../services/wheelmill.ts';

/** They run until they are stopped, and their log is JSON. */
const SERVERS = new Set(['serve', 'api', 'worker']);

/** Every command that does something, with the words that call it. */
function commandsOf(command: Command, words: readonly string[] = []): { words: string[]; command: Command }[] {
  return command.commands.flatMap((one) => {
    const all = [...words, one.name()];
    return one.commands.length > 0 ? commandsOf(one, all) : [{ words: all, command: one }];
  });
}

const commands = commandsOf(createProgram(() => {}));
const docs = await readFile(join(ROOT, 'docs/cli.md'), 'utf8');

async function helpOf(t: Test, words: readonly string[]): Promise<string> {
  const out = t.capture(process.stdout, 'write', () => true);
  t.equal(await runCli(['node', 'wheelmill', ...words, '--help']), 0);
  return out()
    .map((call) => String(call.args[0]))
    .join('');
}

t.test('there are as many as there should be', async (t) => t.ok(commands.length > 30));

for (const { words, command } of commands)
  t.test(`wheelmill ${words.join(' ')}`, async (t) => {
    const name = words.join(' ');
    const help = await helpOf(t, words);
    t.match(help, /^Usage: wheelmill /);
    t.ok(command.description().length > 10, 'what it does');
    const examples = [...help.matchAll(/^ {2}\$ wheelmill (.*)$/gm)].map(([, text]) => text!);
    t.ok(examples.length > 0, 'an example');
    for (const example of examples) t.ok(example.startsWith(name), example);
    if (!SERVERS.has(name)) t.match(help, /--json/, 'it speaks to programs');
    const known = new Set(command.options.flatMap((one) => [one.long, one.short]));
    for (const example of examples)
      for (const option of example.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [])
        t.ok(known.has(option), `${name} has ${option}`);

    const codes = [...help.matchAll(/^ {2}(\d+) {2}(.*)$/gm)].map(([, code, meaning]) => ({
      code: code!,
      meaning: meaning!,
    }));
    t.ok(codes.some((one) => one.code === '0') && codes.some((one) => one.code === '2'));
    const failed = codes.find((one) => one.code === '1');
    const row = docs.split('\n').find((line) => line.startsWith('| 1 |') && line.includes(`\`${name}\``));
    t.equal(
      row,
      failed && `| 1 | ${failed.meaning.replaceAll('--follow', '`--follow`')} | \`${name}\` |`,
      'the docs have its 1',
    );
    t.match(docs, new RegExp(`(\\| \`wheelmill ${words[0]}\\b|, \`${words[0]}\\b)`), 'the docs have the command');
  });
