import type { Test } from 'tap';
import { startWheelmill, type Wheelmill } from '../services/wheelmill.ts';
import { configuredIndex } from '../workers/run/index-proxy.ts';

/** In the URL that some clients are given: accepted, and of no meaning. */
export const PASSWORD = 'n0-such-s3cret';

/** A server in front of the machine's own package index, and its index URL; `asReader` is the same with a password in it. */
export type FrontIndex = { server: Wheelmill; index: string; asReader: string };

/** Starts it without waiting for an image: its index needs none. It ends with the test. */
export async function startFrontIndex(t: Test): Promise<FrontIndex> {
  const settings = { WHEELMILL_DATA_DIR: t.testdir({}), WHEELMILL_UPSTREAM_URL: configuredIndex() };
  const server = await startWheelmill('serve', settings, { waitForTarget: false });
  t.teardown(() => server.stop());
  const index = `${server.url}/simple/`;
  return { server, index, asReader: index.replace('://', `://reader:${PASSWORD}@`) };
}

/** With these, whatever a client asks of anybody but this machine fails. */
export const NOWHERE_ELSE: Readonly<Record<string, string>> = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  ALL_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
};

type Page = { versions: string[]; files: { filename: string; yanked?: string | true; hashes: { sha256: string } }[] };

/** A project's page as the index has it. */
export async function projectPage(index: string, project: string): Promise<Page> {
  const answer = await fetch(`${index}${project}/`, { headers: { accept: 'application/vnd.pypi.simple.v1+json' } });
  if (!answer.ok) throw new Error(`${project}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Page;
}

/** Pinned lines with the hash of every wheel of each version that the index lists. */
export async function hashedLines(index: string, pins: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(pins).map(async ([project, version]) => {
    const { files } = await projectPage(index, project);
    const own = files.filter(({ filename }) => filename.split('-')[1] === version);
    return `${project}==${version} ${own.map(({ hashes }) => `--hash=sha256:${hashes.sha256}`).join(' ')}\n`;
  });
  return (await Promise.all(lines)).join('');
}
