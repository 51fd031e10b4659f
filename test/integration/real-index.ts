import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { discoverIndexes } from '../../src/upstream/pip-config.ts';
import { parseIndexUrl, type UpstreamIndex } from '../../src/upstream/upstream-index.ts';

const run = promisify(execFile);

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** What pip on this machine would use: configured, or what it was made for. */
export async function realIndexes(): Promise<readonly UpstreamIndex[]> {
  const { indexes } = discoverIndexes(process.env, readText);
  if (indexes) return indexes;
  const ask = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';
  const { stdout } = await run('python3', ['-c', ask]);
  return [parseIndexUrl(stdout)!];
}
