import type { BuildLine } from '../api/builds/list.ts';
import { normalizeName } from '../core/names.ts';
import { isPrebuildId } from '../core/prebuild-id.ts';
import { isSha256 } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';
import { buildsOfPrebuild } from './builds-of-prebuild.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { followedLog } from './followed-log.ts';
import { takeItems } from './take-items.ts';

type Options = Connection & { follow?: boolean; json?: boolean };

/**
 * Prints the log of a build: as far as it has come or, with `follow`, to its end. Those of a prebuild come each under a line with its
 * name, one after the other. Ctrl-C ends this command, not the build.
 */
export async function logs(what: string, { follow = false, json = false, ...connection }: Options): Promise<number> {
  const client = new Client(connection);
  let code: number = EXIT.done;
  for await (const { key, name } of meantBuilds(client, what, follow)) {
    if (name !== undefined && !json) process.stdout.write(`==> ${name} <==\n`);
    const log = follow ? followedLog(client, key) : client.log(key, false);
    if (json) await printLines(key, log);
    else for await (const text of log) process.stdout.write(text);
    if (follow && (await client.build(key)).state === 'failed') code = EXIT.failed;
  }
  return code;
}

async function printLines(build: string, log: AsyncIterable<string>): Promise<void> {
  let rest = '';
  const print = (line: string) => process.stdout.write(`${JSON.stringify({ build, line })}\n`);
  for await (const text of log) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) print(line);
  }
  if (rest !== '') print(rest);
}

/** Of a prebuild each has a name. */
async function* meantBuilds(
  client: Client,
  what: string,
  follow: boolean,
): AsyncGenerator<{ key: string; name?: string }> {
  if (isSha256(what)) yield { key: what };
  else if (isPrebuildId(what)) yield* buildsOfPrebuild(client, what, follow);
  else yield { key: await latestOf(client, normalizeName(what)) };
}

async function latestOf(client: Client, project: string): Promise<string> {
  const [latest] = await takeItems(client.items<BuildLine>('/builds', { project }), 1);
  if (latest) return latest.key;
  throw new WheelmillError(
    'not-found',
    `There is no build of ${project} here. \`wheelmill builds\` lists those that there are.`,
  );
}
