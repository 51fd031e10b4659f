import type { BuildView } from '../api/builds/view.ts';
import { parseBuildKey } from '../core/build-key.ts';
import { CoreError } from '../core/faults.ts';
import { parsePrebuildId } from '../core/prebuild-id.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { verificationReport } from './verification-report.ts';

/** A build that could not be verified at all, because what it was made from is gone. */
export type Unverifiable = { key: string; project: string; version: string; message: string };

/** Has one build, or all that a prebuild built, done again; prints of each whether it came out the same. */
export async function verify(id: string, options: Connection & { json?: boolean }): Promise<number> {
  const client = new Client(options);
  const builds = await buildsOf(client, id);
  const ended = await Promise.all(builds.map((one) => verifyOne(client, one, builds.length === 1)));
  const text = options.json ? JSON.stringify(ended) : ended.map(verificationReport).join('\n');
  process.stdout.write(`${text}\n`);
  return ended.every((one) => 'verification' in one && one.verification?.reproducible) ? EXIT.done : EXIT.failed;
}

type Wanted = { key: string; project: string; version: string };

async function buildsOf(client: Client, id: string): Promise<Wanted[]> {
  if (accepts(parseBuildKey, id)) return [{ key: id, project: '', version: '' }];
  if (!accepts(parsePrebuildId, id))
    throw new WheelmillError(
      'bad-request',
      `"${id}" is neither a build key (64 digits) nor a prebuild id (32 digits).`,
    );
  const { items } = await client.prebuild(id);
  const builds = items.flatMap(({ build, state, project, version = '' }) =>
    build !== undefined && state === 'stored' ? [{ key: build, project, version }] : [],
  );
  if (builds.length > 0) return builds;
  throw new WheelmillError(
    'bad-request',
    `Nothing that prebuild ${id} built is stored, so there is nothing to verify.`,
  );
}

/** One of several that cannot be verified must not hide how the others ended. */
async function verifyOne(client: Client, one: Wanted, alone: boolean): Promise<BuildView | Unverifiable> {
  try {
    return await client.verify(one.key, (why) => process.stderr.write(`waiting: ${why}\n`));
  } catch (error) {
    if (alone || !(error instanceof WheelmillError) || error.code !== 'not-verifiable') throw error;
    return { ...one, message: error.message };
  }
}

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}
