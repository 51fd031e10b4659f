import { readConfig } from '../../config.ts';
import { createToken, listTokens, revokeToken } from '../token.ts';
import { type About, type Cli, collect } from './cli.ts';

type FileOption = { file?: string };

/** `token …`: who may do what. They work on the token file itself, where the server runs. */
export function tokenCommands(cli: Cli): void {
  const group = cli.program.command('token').description('who may do what on a server: the tokens of its token file');
  const add = (name: string, about: About) =>
    cli
      .add(name, about, group)
      .option('--file <path>', 'token file; WHEELMILL_TOKENS_FILE, or tokens in the data folder, by default');
  const withFile = <O extends FileOption>(options: O) => ({
    ...options,
    file: options.file ?? readConfig().tokensFile,
  });
  add('create', {
    description: 'make a token, and print its secret, this once',
    examples: ['token create anna --scope admin', 'token create ci --scope prebuild --expires 90d'],
  })
    .argument('<name>', 'what it is for, like ci or anna')
    .requiredOption('--scope <scope>', 'read, prebuild, upload, metrics or admin; repeatable, or with commas', collect)
    .option('--expires <when>', '12h, 90d, 52w, or a date such as 2027-01-31; never by default')
    .option('--json', 'print the token as JSON, with its secret')
    .action(cli.run((name, options) => createToken(name, withFile(options))));
  add('list', { description: 'list the tokens', examples: ['token list'] })
    .option('--json', 'print them as a JSON array')
    .action(cli.run((options) => listTokens(withFile(options))));
  add('revoke', { description: 'revoke a token', examples: ['token revoke ci'] })
    .argument('<which>', 'its id, or its name')
    .option('--json', 'print the token as JSON')
    .action(cli.run((which, options) => revokeToken(which, withFile(options))));
}
