import { createHash } from 'node:crypto';
import type { Test } from 'tap';
import { json } from './client.ts';

const JSON_PAGE = '?format=application/vnd.pypi.simple.v1+json';

type ListedFile = { filename: string; url: string; hashes: { sha256: string }; 'core-metadata'?: { sha256: string } };

/** What the stored index lists of a project. */
export async function listedFiles(url: string, project: string): Promise<ListedFile[]> {
  const page = `${url}/stored/simple/${project}/`;
  const { files } = await json<{ files: ListedFile[] }>(page + JSON_PAGE);
  return files.map((file) => ({ ...file, url: new URL(file.url, page).href }));
}

/**
 * Downloads everything that the stored index lists, and its metadata: each must have the hash it is listed with, and no name
 * may come twice. Gives the file names, ascending.
 */
export async function everyListedFileIsWhole(t: Test, url: string): Promise<string[]> {
  const { projects } = await json<{ projects: { name: string }[] }>(`${url}/stored/simple/${JSON_PAGE}`);
  const files = (await Promise.all(projects.map(({ name }) => listedFiles(url, name)))).flat();
  const names = files.map((one) => one.filename).sort();
  t.same(names, [...new Set(names)], 'no file name is listed twice');
  for (const file of files) {
    t.equal(await sha256Of(file.url), file.hashes.sha256, `${file.filename} has the hash it is listed with`);
    t.equal(await sha256Of(`${file.url}.metadata`), file['core-metadata']?.sha256, `${file.filename}.metadata too`);
  }
  return names;
}

async function sha256Of(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex');
}

export type BuildLine = { key: string; project: string; state: string; attempts: number; run: number };

/** Every build a server knows of, ended or under way, with its record. */
export async function allBuilds(url: string): Promise<BuildLine[]> {
  const { items } = await json<{ items: { key: string; url: string }[] }>(`${url}/api/v1/builds?limit=200`);
  return Promise.all(items.map((one) => json<BuildLine>(one.url)));
}
