import { Option } from 'commander';
import { LISTED_PREBUILD_STATES } from '../../core/records/prebuild.ts';
import { cancel, retry } from '../control.ts';
import { limitOf } from '../limit.ts';
import { prebuild } from '../prebuild.ts';
import { prebuilds } from '../prebuilds.ts';
import { type Cli, collect, withServer } from './cli.ts';

/** Lists that become wheels: to send one, and to see what becomes of them. */
export function prebuildCommands(cli: Cli): void {
  sendCommand(cli);
  withServer(
    cli.add('prebuilds', {
      description: 'list the prebuilds, those under way first and then the newest, or show one',
      examples: ['prebuilds', 'prebuilds --state failed --limit 10', 'prebuilds 0123456789abcdef0123456789abcdef'],
    }),
    'print JSON; of the list one line for each prebuild',
  )
    .argument('[id]', 'prebuild id')
    .addOption(new Option('--state <state>', 'only those in this state').choices(LISTED_PREBUILD_STATES))
    .option('--limit <number>', 'how many at most; 50 by default', limitOf)
    .action(cli.run((id, options) => prebuilds(id, cli.connection(options))));
}

function sendCommand(cli: Cli): void {
  withServer(
    cli.add('prebuild', {
      description: 'send a requirements list to a server and wait for its wheels',
      examples: [
        'prebuild -r requirements.txt',
        'prebuild -r uv.lock --extra web --target all',
        'prebuild -r requirements.txt -c constraints.txt --dry-run',
        'prebuild -r requirements.txt --no-wait --json',
      ],
      failed: 'a package failed (or would, in a dry run)',
    }),
    'print the prebuild, or what would be done, as JSON at the end',
  )
    .requiredOption(
      '-r, --requirement <file>',
      'requirements list, lock file or pyproject.toml; - reads standard input; repeatable, and files that it names come along',
      collect,
    )
    .option('-c, --constraint <file>', 'constraints; repeatable', collect, [])
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
    .action(cli.run((options) => prebuild(cli.connection(options))));
}

/** What ends work under way, and begins it again: a prebuild or a build. */
export function controlCommands(cli: Cli): void {
  const ID = '0123456789abcdef0123456789abcdef';
  withServer(
    cli.add('cancel', {
      description: 'cancel a prebuild, or a build that nobody waits for',
      examples: [`cancel ${ID}`],
    }),
    'print the prebuild or build as JSON',
  )
    .argument('<id>', 'prebuild id or build key')
    .option('--force', 'also a build that prebuilds wait for: they end without it')
    .action(cli.run((id, options) => cancel(id, cli.connection(options))));
  withServer(
    cli.add('retry', {
      description: 'begin a prebuild or build again that failed or was cancelled',
      examples: [`retry ${ID}`],
    }),
    'print the prebuild or build as JSON',
  )
    .argument('<id>', 'prebuild id or build key')
    .action(cli.run((id, options) => retry(id, cli.connection(options))));
}
