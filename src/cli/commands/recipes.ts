import { Option } from 'commander';
import { acceptRecipe, removeRecipe, setRecipe, showRecipes } from '../recipe.ts';
import { type About, type Cli, collect, withServer } from './cli.ts';

/** `recipe …`: how projects are built that need more than the build image. */
export function recipeCommands(cli: Cli): void {
  const group = cli.program.command('recipe').description('how projects are built that need more than the build image');
  const add = (name: string, about: About) => withServer(cli.add(name, about, group), 'print the recipes as JSON');
  add('list', {
    description: 'the recipes of every project that has any',
    examples: ['recipe list'],
  }).action(cli.run((options) => showRecipes(undefined, cli.connection(options))));
  add('show', { description: 'the recipes of a project', examples: ['recipe show pygobject'] })
    .argument('<project>')
    .action(cli.run((project, options) => showRecipes(project, cli.connection(options))));
  add('set', {
    description: 'set the recipe of a project for a range of versions',
    examples: [
      'recipe set python-ldap --package libldap-dev --package libsasl2-dev',
      'recipe set pyyaml --versions "<6" --build-constraint "cython<3"',
      'recipe set acme --file acme.toml',
    ],
  })
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
    .addOption(new Option('--debug-information <how>', 'debug information of compiled code').choices(['strip', 'keep']))
    .option('--memory <size>', 'memory of a build, like 8GiB')
    .option('--disk <size>', 'size of its work folder, which counts to the memory')
    .option('--pids <number>', 'processes and threads of a build')
    .option('--time <duration>', 'longest time of a build, like 3h')
    .option('--import <module>', 'module that the proof imports, instead of those that are found; repeatable', collect)
    .option('--note <text>', 'why, for people')
    .option('--file <path>', 'all recipes of the project, from a TOML file with tables [[recipe]]')
    .action(cli.run((project, options) => setRecipe(project, cli.connection(options))));
  add('accept', {
    description: 'make the packages that a build was healed with the recipe of its project',
    examples: [`recipe accept ${'0123456789abcdef'.repeat(4)}`],
  })
    .argument('<build>', 'build key')
    .action(cli.run((key, options) => acceptRecipe(key, cli.connection(options))));
  add('remove', {
    description: 'remove what was set for a project; shipped recipes count again',
    examples: ['recipe remove python-ldap'],
  })
    .argument('<project>')
    .option('--versions <specifier>', 'only what is for exactly these versions')
    .action(cli.run((project, options) => removeRecipe(project, cli.connection(options))));
}
