import { changeWheels, type Verb } from '../change-wheels.ts';
import { claim, claims, unclaim } from '../claims.ts';
import { projects } from '../projects.ts';
import { reindex } from '../reindex.ts';
import { type About, type Cli, withServer } from './cli.ts';

const VERBS: Record<Verb, About> = {
  yank: {
    description: 'yank wheels: they are installed only where they are pinned',
    examples: ['yank uwsgi==2.0.28 --reason "segfaults"'],
  },
  unyank: { description: 'take a yank back', examples: ['unyank uwsgi==2.0.28'] },
  delete: {
    description: 'delete wheels; their bytes are kept for a day',
    examples: ['delete uwsgi==2.0.28 --yes'],
    failed: 'the question was answered with no',
  },
  undelete: { description: 'take a deletion back', examples: ['undelete uwsgi==2.0.28'] },
};

/** Stored wheels: to see and change them, and the index that lists them. */
export function wheelCommands(cli: Cli): void {
  withServer(
    cli.add('projects', {
      description: 'list the projects of which wheels are stored, or the wheels of one',
      examples: ['projects', 'projects uwsgi --json'],
    }),
    'print JSON; of the list one line for each project',
  )
    .argument('[name]', 'project')
    .action(cli.run((name, options) => projects(name, cli.connection(options))));
  for (const [verb, about] of Object.entries(VERBS) as [Verb, About][]) {
    const command = withServer(cli.add(verb, about), 'print what is different as JSON').argument(
      '<what>',
      'NAME==VERSION for all wheels of a version, or the file name of one',
    );
    if (verb === 'yank' || verb === 'delete') command.option('--reason <text>', 'why, on one line');
    if (verb === 'delete') command.option('--yes', 'do not ask');
    command.action(cli.run((what, options) => changeWheels(verb, what, cli.connection(options))));
  }
  withServer(
    cli.add('reindex', {
      description: 'render every index page anew, and take off the index what is broken',
      examples: ['reindex', 'reindex --check --hash'],
      failed: 'wheels with faults were found',
    }),
    'print what was found as JSON',
  )
    .option('--check', 'only look, and change nothing')
    .option('--hash', 'read all bytes, and compare their hashes')
    .action(cli.run((options) => reindex(cli.connection(options))));
}

/** Names for packages of one's own. */
export function claimCommands(cli: Cli): void {
  withServer(
    cli.add('claim', {
      description: 'claim a name for packages of your own: it is never looked up upstream',
      examples: ['claim acme-billing'],
    }),
    'print the claim as JSON',
  )
    .argument('<name>', 'project name')
    .option('--force', 'also where wheels of upstream are stored: the index hides them')
    .action(cli.run((name, options) => claim(name, cli.connection(options))));
  withServer(
    cli.add('unclaim', { description: 'give a claimed name back to upstream', examples: ['unclaim acme-billing'] }),
    'print the answer as JSON',
  )
    .argument('<name>', 'project name')
    .option('--force', 'also where private files are stored: the index hides them')
    .action(cli.run((name, options) => unclaim(name, cli.connection(options))));
  withServer(
    cli.add('claims', { description: 'list the claimed names', examples: ['claims'] }),
    'print the claims as a JSON array',
  ).action(cli.run((options) => claims(cli.connection(options))));
}
