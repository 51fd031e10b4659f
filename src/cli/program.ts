import { Command, CommanderError, Option } from 'commander';
import { readConfig } from '../config.ts';
import { BuildFailure, WheelmillError } from '../errors.ts';
import { VERSION } from '../release.ts';
import { changeWheels, type Verb } from './change-wheels.ts';
import { claim, claims, unclaim } from './claims.ts';
import { type ConnectionOptions, connectionOf } from './connection.ts';
import { cancel, retry } from './control.ts';
import { EXIT } from './exit.ts';
import { prebuild } from './prebuild.ts';
import { projects } from './projects.ts';
import { acceptRecipe, removeRecipe, setRecipe, showRecipes } from './recipe.ts';
import { reindex } from './reindex.ts';
import { run } from './run.ts';
import { status } from './status.ts';
import { createToken, listTokens, revokeToken } from './token.ts';
import { verify } from './verify.ts';

/** Runs the command line and gives its exit code. Errors become a sentence on stderr, never a stack. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = new Command('wheelmill')
    .description('Builds the wheels upstream lacks, once, for everyone.')
    .version(VERSION)
    .option('--token-file <file>', 'file with the token to send to the server; WHEELMILL_TOKEN by default')
    .exitOverride();
  const connection = (options: ConnectionOptions) => connectionOf({ ...program.opts<ConnectionOptions>(), ...options });
  for (const role of ['serve', 'api', 'worker'] as const) {
    program
      .command(role)
      .description(
        { serve: 'run the API and a worker in one process', api: 'run the API alone', worker: 'run a worker alone' }[
          role
        ],
      )
      .action(async () => {
        code = await run(readConfig(), role);
      });
  }
  program
    .command('prebuild')
    .description('send a requirements list to a server and wait for its wheels')
    .requiredOption(
      '-r, --requirement <file>',
      'requirements list, lock file or pyproject.toml; - reads standard input; repeatable, and files that it names come along',
      collect,
    )
    .option('-c, --constraint <file>', 'constraints; repeatable', collect, [])
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--target <name>', 'target to build for, or all; repeatable; the server’s default otherwise', collect, [])
    .option('--no-deps', 'only what is in the list, as `pip wheel --no-deps` does')
    .option('--no-proof', 'hand out what is built without having loaded it in the runtime image')
    .option('--extra <name>', 'an extra of a lock file or pyproject.toml to take with it; repeatable', collect, [])
    .option('--group <name>', 'a dependency group to take with it; repeatable', collect, [])
    .option('--without-group <name>', 'a group to leave out though it is installed by default; repeatable', collect, [])
    .option('--refresh', 'plan an unpinned list anew')
    .option('--rebuild', 'build again what the server has built before')
    .option('--retry', 'build again what the server knows to fail')
    .addOption(
      new Option('--priority <when>', 'batch: after everything that somebody waits for').choices([
        'interactive',
        'batch',
      ]),
    )
    .option('--client <name>', 'a name for this client beside its address, for a fair share of the builds')
    .option('--dry-run', 'only show what would be done')
    .option('--against <id>', 'with --dry-run: what would be different from this prebuild')
    .option('--no-wait', 'return as soon as the server has taken the list')
    .addOption(new Option('--json', 'print the prebuild, or what would be done, as JSON at the end'))
    .action(async (options) => {
      code = await prebuild({ ...options, ...connection(options) });
    });
  program
    .command('verify')
    .description('build stored wheels again and say whether they come out the same')
    .argument('<id>', 'build key, or prebuild id for all that it built')
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--json', 'print the builds with their verifications as JSON')
    .action(async (id, options) => {
      code = await verify(id, { ...options, ...connection(options) });
    });
  program
    .command('cancel')
    .description('cancel a prebuild, or a build that nobody waits for')
    .argument('<id>', 'prebuild id or build key')
    .option('--force', 'also a build that prebuilds wait for: they end without it')
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--json', 'print the prebuild or build as JSON')
    .action(async (id, options) => {
      code = await cancel(id, { ...options, ...connection(options) });
    });
  program
    .command('retry')
    .description('begin a prebuild or build again that failed or was cancelled')
    .argument('<id>', 'prebuild id or build key')
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--json', 'print the prebuild or build as JSON')
    .action(async (id, options) => {
      code = await retry(id, { ...options, ...connection(options) });
    });
  const SERVER = ['--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default'] as const;
  program
    .command('projects')
    .description('list the projects of which wheels are stored, or the wheels of one')
    .argument('[name]', 'project')
    .option(...SERVER)
    .option('--json', 'print JSON; of the list one line for each project')
    .action(async (name, options) => {
      code = await projects(name, { ...options, ...connection(options) });
    });
  for (const [verb, description] of Object.entries(VERBS) as [Verb, string][]) {
    const command = program
      .command(verb)
      .description(description)
      .argument('<what>', 'NAME==VERSION for all wheels of a version, or the file name of one')
      .option(...SERVER)
      .option('--json', 'print what is different as JSON');
    if (verb === 'yank' || verb === 'delete') command.option('--reason <text>', 'why, on one line');
    if (verb === 'delete') command.option('--yes', 'do not ask');
    command.action(async (what, options) => {
      code = await changeWheels(verb, what, { ...options, ...connection(options) });
    });
  }
  program
    .command('reindex')
    .description('render every index page anew, and take off the index what is broken')
    .option('--check', 'only look, and change nothing')
    .option('--hash', 'read all bytes, and compare their hashes')
    .option(...SERVER)
    .option('--json', 'print what was found as JSON')
    .action(async (options) => {
      code = await reindex({ ...options, ...connection(options) });
    });
  program
    .command('claim')
    .description('claim a name for packages of your own: it is never looked up upstream')
    .argument('<name>', 'project name')
    .option('--force', 'also where wheels of upstream are stored: the index hides them')
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--json', 'print the claim as JSON')
    .action(async (name, options) => {
      code = await claim(name, { ...options, ...connection(options) });
    });
  program
    .command('unclaim')
    .description('give a claimed name back to upstream')
    .argument('<name>', 'project name')
    .option('--force', 'also where private files are stored: the index hides them')
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--json', 'print the answer as JSON')
    .action(async (name, options) => {
      code = await unclaim(name, { ...options, ...connection(options) });
    });
  program
    .command('claims')
    .description('list the claimed names')
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .option('--json', 'print the claims as a JSON array')
    .action(async (options) => {
      code = await claims({ ...options, ...connection(options) });
    });
  const recipes = program.command('recipe').description('how projects are built that need more than the build image');
  const withServer = (command: Command) =>
    command
      .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
      .option('--json', 'print the recipes as JSON');
  withServer(recipes.command('list').description('the recipes of every project that has any')).action(
    async (options) => {
      code = await showRecipes(undefined, { ...options, ...connection(options) });
    },
  );
  withServer(recipes.command('show').description('the recipes of a project').argument('<project>')).action(
    async (project, options) => {
      code = await showRecipes(project, { ...options, ...connection(options) });
    },
  );
  withServer(recipes.command('set').description('set the recipe of a project for a range of versions'))
    .argument('<project>')
    .option('--versions <specifier>', 'the versions it is for, like ">=2,<3"; all by default')
    .option('--package <name>', 'Debian package that the build needs, like libldap-dev; repeatable', collect)
    .option('--build-constraint <requirement>', 'bounds a build requirement, like "setuptools<58"; repeatable', collect)
    .option('--env <name=value>', 'environment variable of the build; repeatable', collect)
    .option('--config-setting <key=value>', 'PEP 517 config setting; repeatable', collect)
    .addOption(new Option('--front-end <name>', 'what makes the wheel').choices(['uv', 'pip']))
    .addOption(
      new Option('--libraries <how>', 'shared libraries that the runtime image lacks').choices(['bundle', 'apt']),
    )
    .option('--memory <size>', 'memory of a build, like 8GiB')
    .option('--disk <size>', 'size of its work folder, which counts to the memory')
    .option('--pids <number>', 'processes and threads of a build')
    .option('--time <duration>', 'longest time of a build, like 3h')
    .option('--import <module>', 'module that the proof imports, instead of those that are found; repeatable', collect)
    .option('--note <text>', 'why, for people')
    .option('--file <path>', 'all recipes of the project, from a TOML file with tables [[recipe]]')
    .action(async (project, options) => {
      code = await setRecipe(project, { ...options, ...connection(options) });
    });
  withServer(
    recipes.command('accept').description('make the packages that a build was healed with the recipe of its project'),
  )
    .argument('<build>', 'build key')
    .action(async (key, options) => {
      code = await acceptRecipe(key, { ...options, ...connection(options) });
    });
  withServer(recipes.command('remove').description('remove what was set for a project; shipped recipes count again'))
    .argument('<project>')
    .option('--versions <specifier>', 'only what is for exactly these versions')
    .action(async (project, options) => {
      code = await removeRecipe(project, { ...options, ...connection(options) });
    });
  const tokens = program.command('token').description('who may do what on a server: the tokens of its token file');
  const withFile = (command: Command) =>
    command.option('--file <path>', 'token file; WHEELMILL_TOKENS_FILE, or tokens in the data folder, by default');
  const fileOf = ({ file }: { file?: string }) => ({ file: file ?? readConfig().tokensFile });
  withFile(tokens.command('create').description('make a token, and print its secret, this once'))
    .argument('<name>', 'what it is for, like ci or anna')
    .requiredOption('--scope <scope>', 'read, prebuild, upload, metrics or admin; repeatable, or with commas', collect)
    .option('--expires <when>', '12h, 90d, 52w, or a date such as 2027-01-31; never by default')
    .option('--json', 'print the token as JSON, with its secret')
    .action(async (name, options) => {
      code = await createToken(name, { ...options, ...fileOf(options) });
    });
  withFile(tokens.command('list').description('list the tokens'))
    .option('--json', 'print them as a JSON array')
    .action(async (options) => {
      code = await listTokens({ ...options, ...fileOf(options) });
    });
  withFile(tokens.command('revoke').description('revoke a token'))
    .argument('<which>', 'its id, or its name')
    .action(async (which, options) => {
      code = await revokeToken(which, fileOf(options));
    });
  program
    .command('status')
    .description('say how a server stands: its parts, what waits and runs, and what needs a person')
    .option(...SERVER)
    .option('--json', 'print the status as JSON')
    .action(async (options) => {
      code = await status({ ...options, ...connection(options) });
    });
  program
    .command('doctor')
    .description('check everything a server needs, and say what to do')
    .option('--json', 'print the findings as JSON')
    .action(async (options) => {
      // It knows all parts, and nobody else should have to load them.
      const { doctor } = await import('./doctor.ts');
      code = await doctor(readConfig(), options);
    });
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return explain(error);
  }
}

const VERBS: Record<Verb, string> = {
  yank: 'yank wheels: they are installed only where they are pinned',
  unyank: 'take a yank back',
  delete: 'delete wheels; their bytes are kept for a day',
  undelete: 'take a deletion back',
};

/** For options that may stand several times. */
function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof WheelmillError) {
    process.stderr.write(`wheelmill: ${error.message}\n`);
    return (error.status >= 500 || error.status === 429) &&
      error.code !== 'bad-config' &&
      error.code !== 'bad-tokens' &&
      error.code !== 'data-folder-in-use'
      ? EXIT.away
      : EXIT.usage;
  }
  if (error instanceof BuildFailure) {
    process.stderr.write(`wheelmill: ${error.message}\n`);
    return EXIT.failed;
  }
  throw error;
}
