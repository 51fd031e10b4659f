import { Option } from 'commander';
import { BUILD_STATES } from '../../core/records/build.ts';
import { FAILURES } from '../../errors.ts';
import { builds } from '../builds.ts';
import { limitOf } from '../limit.ts';
import { logs } from '../logs.ts';
import { verify } from '../verify.ts';
import { type Cli, withServer } from './cli.ts';

/** Builds: to see them, their logs, and whether they come out the same again. */
export function buildCommands(cli: Cli): void {
  withServer(
    cli.add('builds', {
      description: 'list the builds, those under way first and then the newest, or show one',
      examples: ['builds', 'builds --project uwsgi', 'builds --state failed --reason missing-header --json'],
    }),
    'print JSON; of the list one line for each build',
  )
    .argument('[key]', 'build key')
    .option('--project <name>', 'only those of this project')
    .addOption(new Option('--state <state>', 'only those in this state').choices(BUILD_STATES))
    .addOption(new Option('--reason <reason>', 'only those that failed for it').choices(Object.keys(FAILURES)))
    .option('--limit <number>', 'how many at most; 50 by default', limitOf)
    .action(cli.run((key, options) => builds(key, cli.connection(options))));
  withServer(
    cli.add('logs', {
      description: 'print the log of a build, of all that a prebuild builds, or of the latest build of a project',
      examples: ['logs uwsgi', 'logs -f 0123456789abcdef0123456789abcdef'],
      failed: 'with --follow: a build failed',
    }),
    'print each line as a JSON object with the key of its build',
  )
    .argument('<what>', 'build key, prebuild id or project')
    .option('-f, --follow', 'go on until the build has ended')
    .action(cli.run((what, options) => logs(what, cli.connection(options))));
  withServer(
    cli.add('verify', {
      description: 'build stored wheels again and say whether they come out the same',
      examples: ['verify 0123456789abcdef0123456789abcdef'],
      failed: 'a wheel came out differently',
    }),
    'print the builds with their verifications as JSON',
  )
    .argument('<id>', 'build key, or prebuild id for all that it built')
    .action(cli.run((id, options) => verify(id, cli.connection(options))));
}
