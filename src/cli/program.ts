import { Command, CommanderError } from 'commander';
import { CoreError } from '../core/faults.ts';
import { BuildFailure, WheelmillError } from '../errors.ts';
import { VERSION } from '../release.ts';
import { buildCommands } from './commands/builds.ts';
import { type About, type Cli, helpTail } from './commands/cli.ts';
import { controlCommands, prebuildCommands } from './commands/prebuilds.ts';
import { recipeCommands } from './commands/recipes.ts';
import { healthCommands, serverCommands } from './commands/servers.ts';
import { tokenCommands } from './commands/tokens.ts';
import { claimCommands, wheelCommands } from './commands/wheels.ts';
import { type ConnectionOptions, connectionOf } from './connection.ts';
import { EXIT } from './exit.ts';

/** In the order of the help: what runs a server, what a list becomes, what is stored, who may do what, whether all is well. */
const GROUPS = [
  ...[serverCommands, prebuildCommands, buildCommands, controlCommands, wheelCommands],
  ...[claimCommands, recipeCommands, tokenCommands, healthCommands],
];

/** Runs the command line and gives its exit code. Errors become a sentence on stderr, never a stack. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = createProgram((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return explain(error);
  }
}

/** The whole command line, and what it can do. @param onEnd told the exit code of the command that ran */
export function createProgram(onEnd: (code: number) => void): Command {
  const program = new Command('wheelmill')
    .description('Builds the wheels upstream lacks, once, for everyone.')
    .version(VERSION)
    .option('--token-file <file>', 'file with the token to send to the server; WHEELMILL_TOKEN by default')
    .addHelpText('after', '\n`wheelmill COMMAND --help` has the options, examples and exit codes of a command.')
    .exitOverride();
  const cli: Cli = {
    program,
    add: (words, about, parent = program) =>
      parent.command(words).description(about.description).addHelpText('after', tailOf(about)),
    run:
      (work) =>
      async (...args) =>
        onEnd(await work(...args)),
    connection: (options) => ({ ...options, ...connectionOf({ ...program.opts<ConnectionOptions>(), ...options }) }),
  };
  for (const addGroup of GROUPS) addGroup(cli);
  return program;
}

/** Looked at when the help is shown: a command has its options then. */
function tailOf(about: About) {
  return ({ command }: { command: Command }) =>
    helpTail(
      about,
      command.options.some((one) => one.long === '--server'),
    );
}

/** Nothing that is away: no waiting mends them. */
const OF_THIS_MACHINE: ReadonlySet<string> = new Set([
  ...(['bad-config', 'bad-tokens', 'data-folder-in-use', 'store-newer'] as const),
]);

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof WheelmillError) {
    process.stderr.write(`wheelmill: ${error.message}\n`);
    return (error.status >= 500 || error.status === 429) && !OF_THIS_MACHINE.has(error.code) ? EXIT.away : EXIT.usage;
  }
  // A word of the command line that is no name, version or the like.
  if (error instanceof CoreError) {
    process.stderr.write(`wheelmill: ${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof BuildFailure) {
    process.stderr.write(`wheelmill: ${error.message}\n`);
    return EXIT.failed;
  }
  throw error;
}
