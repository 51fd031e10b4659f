import type { Test } from 'tap';
import { paths } from '../../../src/storage/bucket-paths.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { sha256 } from '../wheel.ts';

type PageFile = {
  filename: string;
  url: string;
  size: number;
  hashes: { sha256: string };
  'core-metadata': { sha256: string };
  yanked?: string;
};

/** Files on the JSON page of a project; undefined where there is no page. */
export async function filesOn(store: ObjectStore, project: string): Promise<PageFile[] | undefined> {
  const bytes = await store.read(paths.projectPage(project, 'json'));
  return bytes && JSON.parse(bytes.toString()).files;
}

/** Projects of the list of projects. */
export async function projectsOn(store: ObjectStore): Promise<string[]> {
  const bytes = await store.read(paths.rootPage('json'));
  return bytes ? JSON.parse(bytes.toString()).projects.map((one: { name: string }) => one.name) : [];
}

/** The keys that links of the HTML page lead to, each with the hash it promises. */
async function linksOn(store: ObjectStore, project: string): Promise<{ key: string; sha256: string }[]> {
  const html = (await store.read(paths.projectPage(project, 'html')))?.toString() ?? '';
  return [...html.matchAll(/href="\.\.\/\.\.\/([^"#]+)#sha256=([0-9a-f]{64})"/g)].map(([, key, hash]) => ({
    key: key!,
    sha256: hash!,
  }));
}

/** Whatever a page lists is there, with the bytes and the metadata it promises. */
export async function everyListedFileIsWhole(t: Test, store: ObjectStore, projects: readonly string[]): Promise<void> {
  for (const project of projects) {
    const broken: string[] = [];
    for (const { url, size, hashes, ...file } of (await filesOn(store, project)) ?? []) {
      const key = url.replace('../../', '');
      const bytes = await store.read(key);
      if (!bytes || bytes.length !== size || sha256(bytes) !== hashes.sha256) broken.push(key);
      const metadata = await store.read(`${key}.metadata`);
      if (!metadata || sha256(metadata) !== file['core-metadata'].sha256) broken.push(`${key}.metadata`);
    }
    for (const { key, sha256: promised } of await linksOn(store, project)) {
      const bytes = await store.read(key);
      if (!bytes || sha256(bytes) !== promised) broken.push(`${key} (HTML)`);
    }
    t.same(broken, [], `every file on the page of ${project} is whole`);
  }
}
