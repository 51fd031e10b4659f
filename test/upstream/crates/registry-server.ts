import { createHash } from 'node:crypto';
import type { Test } from 'tap';
import { type CrateName, crateIndexPath } from '../../../src/core/crate-name.ts';
import { createIndexServer, type IndexServer, send } from '../index-server.ts';

export type RegistryServer = IndexServer & {
  /** Offers a crate; `told` is what its line says that is not simply the truth. Gives its SHA-256. */
  addCrate(name: string, version: string, bytes: Buffer | string, told?: Record<string, unknown>): string;
};

/** A sparse crates registry on loopback, below /index/, with its crates below /dl/. */
export async function startRegistry(t: Test, config: Record<string, unknown> = {}): Promise<RegistryServer> {
  const server = await createIndexServer(t);
  const lines = new Map<string, string>();
  server.routes.set(
    '/index/config.json',
    send(JSON.stringify({ dl: `${server.origin}/dl`, ...config }), 'application/json'),
  );
  return {
    ...server,
    indexUrl: `${server.origin}/index/`,
    addCrate(name, version, bytes, told = {}) {
      const cksum = createHash('sha256').update(bytes).digest('hex');
      const line = JSON.stringify({ name, vers: version, deps: [], cksum, features: {}, yanked: false, ...told });
      const path = `/index/${crateIndexPath(name as CrateName)}`;
      lines.set(path, `${lines.get(path) ?? ''}${line}\n`);
      server.routes.set(path, send(lines.get(path)!, 'text/plain'));
      server.routes.set(`/dl/${name}/${version}/download`, send(bytes));
      return cksum;
    },
  };
}
