import { type Command, Option } from 'commander';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { EXIT } from '../exit.ts';

/** What the help of a command says beside its options. */
export type About = {
  description: string;
  /** Command lines, without the leading `wheelmill`. */
  examples: readonly string[];
  /** What the exit code 1 says; left out where the command never ends with it. */
  failed?: string;
  /** What the exit code 3 says, where the command talks to no server of ours. */
  away?: string;
};

/** What the groups of commands are made with. */
export type Cli = {
  program: Command;
  /** Adds a command, to the program or to one of its groups. */
  add(words: string, about: About, parent?: Command): Command;
  /** Wraps the work of a command, so that its exit code becomes that of the process. */
  run<A extends unknown[]>(work: (...args: A) => Promise<number>): (...args: A) => Promise<void>;
  /** The server and token that the options of a command, and those of the program, name. */
  connection<O extends ConnectionOptions>(options: O): O & Connection;
};

/** For commands that talk to a server. `json` says what is printed as JSON. */
export function withServer(command: Command, json: string): Command {
  return command
    .option('--server <url>', 'server to use; WHEELMILL_SERVER or http://127.0.0.1:8417 by default')
    .addOption(new Option('--json', json));
}

/** For options that may stand several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** The end of a command's help. `remote`: it talks to a server. */
export function helpTail({ examples, failed, away }: About, remote: boolean): string {
  const whenAway = remote ? 'the server is away or has too much to do' : away;
  const codes: [number, string][] = [
    [EXIT.done, 'done'],
    ...(failed === undefined ? [] : [[EXIT.failed, failed] as [number, string]]),
    [EXIT.usage, 'wrong use, settings, input or token'],
    ...(whenAway === undefined ? [] : [[EXIT.away, whenAway] as [number, string]]),
  ];
  const lines = [
    'Examples:',
    ...examples.map((one) => `  $ wheelmill ${one}`),
    '',
    'Exit codes:',
    ...codes.map(([code, meaning]) => `  ${code}  ${meaning}`),
  ];
  return `\n${lines.join('\n')}`;
}
