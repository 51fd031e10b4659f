import { meant } from '../api/projects/which.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { isYes } from './is-yes.ts';
import { parseWheels } from './wheels.ts';

type Options = Connection & { reason?: string; json?: boolean; yes?: boolean };
export type Verb = 'yank' | 'unyank' | 'delete' | 'undelete';

const DONE: Record<Verb, { changed: string; unchanged: string }> = {
  yank: { changed: 'is yanked', unchanged: 'was yanked already' },
  unyank: { changed: 'is not yanked any more', unchanged: 'is as it was' },
  delete: { changed: 'is deleted; its bytes are kept for a day', unchanged: 'was deleted already' },
  undelete: { changed: 'is back', unchanged: 'is stored already' },
};

/** Yanks, deletes or takes that back for the wheels of `NAME==VERSION` or one file; prints of each how it is now. */
export async function changeWheels(verb: Verb, what: string, options: Options): Promise<number> {
  const wheels = parseWheels(what);
  const client = new Client(options);
  if (verb === 'delete' && !options.yes && !(await isWanted(client, wheels, what))) return EXIT.failed;
  const change = await client.changeWheels(verb, wheels, options.reason);
  if (options.json) process.stdout.write(`${JSON.stringify(change)}\n`);
  else {
    const { changed, unchanged } = DONE[verb];
    const tell = (names: readonly string[], how: string) => {
      for (const name of names) process.stdout.write(`${name} ${how}\n`);
    };
    tell(change.changed, changed);
    tell(change.unchanged, unchanged);
    tell(change.released ?? [], 'may be stored again with the same bytes; they are gone here');
  }
  return EXIT.done;
}

/** Asks a person; nobody can be asked where there is no terminal. */
async function isWanted(client: Client, wheels: ReturnType<typeof parseWheels>, what: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new WheelmillError('bad-request', `Nothing was deleted: without a terminal, say \`delete ${what} --yes\`.`);
  const project = await client.project(wheels.project);
  const names = meant(project.wheels, wheels).map((one) => `  ${one.filename}\n`);
  const question = `${names.join('')}Delete ${names.length === 1 ? 'it' : 'these'}? [y/N] `;
  return isYes(question, { input: process.stdin, output: process.stderr });
}
