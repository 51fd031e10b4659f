import { readConfig } from '../../config.ts';
import { run } from '../run.ts';
import { targets, workers } from '../service.ts';
import { status } from '../status.ts';
import { type Cli, withServer } from './cli.ts';

const ROLES = {
  serve: {
    description: 'run the API and a worker in one process',
    examples: ['serve'],
  },
  api: { description: 'run the API alone', examples: ['api'] },
  worker: { description: 'run a worker alone', examples: ['worker'] },
} as const;

/** Processes of a server: to run them. */
export function serverCommands(cli: Cli): void {
  for (const role of ['serve', 'api', 'worker'] as const)
    cli
      .add(role, { ...ROLES[role], away: 'a service that it needs is away' })
      .action(cli.run(() => run(readConfig(), role)));
}

/** Whether all is well, and who does the work. */
export function healthCommands(cli: Cli): void {
  const about = {
    description: 'say how a server stands: its parts, what waits and runs, and what needs a person',
    examples: ['status', 'status --json'],
    failed: 'something needs a person',
  };
  withServer(cli.add('status', about), 'print the status as JSON').action(
    cli.run((options) => status(cli.connection(options))),
  );
  withServer(
    cli.add('targets', { description: 'list the targets and who serves them', examples: ['targets'] }),
    'print the targets as a JSON array',
  ).action(cli.run((options) => targets(cli.connection(options))));
  withServer(
    cli.add('workers', { description: 'list the workers and what they serve', examples: ['workers'] }),
    'print the workers as a JSON array',
  ).action(cli.run((options) => workers(cli.connection(options))));
  cli
    .add('doctor', {
      description: 'check everything a server needs, and say what to do',
      examples: ['doctor', 'doctor --json'],
      failed: 'something is wrong',
    })
    .option('--json', 'print the findings as JSON')
    .action(
      cli.run(async (options: { json?: boolean }) => {
        // It knows all parts, and nobody else should have to load them.
        const { doctor } = await import('../doctor.ts');
        return doctor(readConfig(), options);
      }),
    );
}
