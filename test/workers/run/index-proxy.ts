import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import type { Gateway } from '../../../src/workers/builder.ts';

/** pip knows which index this machine uses; no file here names one. */
const WHICH_INDEX = `
import subprocess, sys
from pip._internal.models.index import PyPI
known = subprocess.run([sys.executable, '-m', 'pip', 'config', 'get', 'global.index-url'], capture_output=True, text=True)
print(known.stdout.strip() or PyPI.simple_url)
`;

export type IndexProxy = {
  gateway: Gateway;
  server: Server;
  /** Paths that were asked for, oldest first. */
  requests: string[];
  close(): void;
};

type Page = { files: { url: string }[] };

/** The index that pip on this machine uses. */
export function configuredIndex(): string {
  const url = process.env.PIP_INDEX_URL ?? execFileSync('python3', ['-c', WHICH_INDEX], { encoding: 'utf8' }).trim();
  return url.endsWith('/') ? url : `${url}/`;
}

/** A stand-in for the build gateway: the machine's own index, read through, its file links turned to itself. */
export function startIndexProxy(): IndexProxy {
  const index = configuredIndex();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    answer(index, path, response).catch(() => response.destroy());
  });
  return {
    server,
    requests,
    gateway: { accept: (connection) => void server.emit('connection', connection) },
    close: () => server.close(),
  };
}

async function answer(index: string, path: string, response: ServerResponse): Promise<void> {
  const [, kind, name = '', file] = path.split('/');
  if (kind === 'simple') return sendPage(`${index}${name}/`, response);
  if (kind !== 'files' || file === undefined) return void response.writeHead(404).end();
  const suffix = file.endsWith('.metadata') ? '.metadata' : '';
  const found = await fetch(Buffer.from(name, 'base64url').toString() + suffix);
  response.writeHead(found.status, { 'content-type': 'application/octet-stream' });
  response.end(Buffer.from(await found.arrayBuffer()));
}

async function sendPage(url: string, response: ServerResponse): Promise<void> {
  const accept = 'application/vnd.pypi.simple.v1+json';
  const found = await fetch(url, { headers: { accept } });
  if (!found.ok) return void response.writeHead(found.status).end();
  const page = (await found.json()) as Page;
  for (const file of page.files) {
    file.url = `../../files/${Buffer.from(file.url).toString('base64url')}/${basename(new URL(file.url).pathname)}`;
  }
  response.writeHead(200, { 'content-type': accept }).end(JSON.stringify(page));
}

/** Fetches a real sdist from the machine's index into a folder. */
export async function fetchSdist(folder: string, project: string, version: string) {
  const accept = 'application/vnd.pypi.simple.v1+json';
  const page = (await (await fetch(`${configuredIndex()}${project}/`, { headers: { accept } })).json()) as Page;
  const isWanted = (url: string) => basename(url).toLowerCase() === `${project}-${version}.tar.gz`;
  const url = page.files.map((file) => file.url).find((url) => isWanted(new URL(url).pathname));
  if (url === undefined) throw new Error(`The index has no sdist of ${project} ${version}.`);
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  const filename = basename(new URL(url).pathname);
  const path = join(folder, filename);
  await writeFile(path, bytes);
  return { path, filename, size: bytes.length };
}
