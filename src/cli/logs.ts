import type { BuildLine } from '../api/builds/list.ts';
import { normalizeName } from '../core/names.ts';
import { isPrebuildId } from '../core/prebuild-id.ts';
import { isSha256 } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { followedLog } from './followed-log.ts';
import { takeItems } from './take-items.ts';

type Options = Connection & { follow?: boolean; json?: boolean };

/**
 * Prints the log of a build: as far as it has come or, with `follow`, to its end. Of several each comes under a line with its
 * name, one after the other. Ctrl-C ends this command, not the build.
 */
export async function logs(what: string, { follow = false, json = false, ...connection }: Options): Promise<number> {
  const client = new Client(connection);
  const builds = await meantBuilds(client, what);
  let code: number = EXIT.done;
  for (const { key, name } of builds) {
    if (builds.length > 1 && !json) process.stdout.write(`==> ${name} <==\n`);
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

async function meantBuilds(client: Client, what: string): Promise<{ key: string; name: string }[]> {
  if (isSha256(what)) return [{ key: what, name: what }];
  if (isPrebuildId(what)) {
    const { items } = await client.prebuild(what);
    const builds = items.flatMap(({ build, project, version = '' }) =>
      build === undefined ? [] : [{ key: build, name: `${project} ${version}` }],
    );
    if (builds.length > 0) return builds;
    throw new WheelmillError('not-found', `Prebuild ${what} builds nothing, so there is no log.`);
  }
  const project = normalizeName(what);
  const [latest] = await takeItems(client.items<BuildLine>('/builds', { project }), 1);
  if (latest) return [{ key: latest.key, name: project }];
  throw new WheelmillError(
    'not-found',
    `There is no build of ${project} here. \`wheelmill builds\` lists those that there are.`,
  );
}
