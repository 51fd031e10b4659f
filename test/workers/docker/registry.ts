import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Test } from 'tap';
import tar from 'tar-stream';
import { createIndexServer, type IndexServer, send } from '../../upstream/index-server.ts';

const digestOf = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** An ELF header of a program for ARM64, and nothing behind it (e_machine 183): no kernel for another machine runs it. */
function foreignProgram(): Buffer {
  const elf = Buffer.alloc(64);
  elf.write('\x7fELF\x02\x01\x01', 'latin1');
  elf.writeUInt16LE(2, 16);
  elf.writeUInt16LE(183, 18);
  elf.writeUInt32LE(1, 20);
  return elf;
}

/** A registry on loopback with one image for linux/amd64, whose manifest cannot be had, and linux/arm64. */
export type Registry = IndexServer & { reference: string; manifests: Record<'amd64' | 'arm64', string> };

/** Speaks as much of the registry's API (OCI distribution specification, "Pulling") as an engine needs to pull. */
export async function startRegistry(t: Test): Promise<Registry> {
  const server = await createIndexServer(t);
  const name = `wheelmill-test-${process.pid}`;
  const pack = tar.pack();
  for (const program of ['bin/sleep', 'bin/python3']) pack.entry({ name: program, mode: 0o755 }, foreignProgram());
  pack.finalize();
  const layer = await buffer(pack);
  const packed = gzipSync(layer);
  const config = JSON.stringify({
    architecture: 'arm64',
    os: 'linux',
    config: { Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  });
  const blob = (bytes: Buffer | string, mediaType: string) => {
    server.routes.set(`/v2/${name}/blobs/${digestOf(bytes)}`, send(bytes));
    return { mediaType, size: Buffer.byteLength(bytes), digest: digestOf(bytes) };
  };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: blob(config, 'application/vnd.docker.container.image.v1+json'),
    layers: [blob(packed, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
  });
  const manifests = { amd64: digestOf('none'), arm64: digestOf(manifest) };
  const list = JSON.stringify({
    schemaVersion: 2,
    mediaType: LIST,
    manifests: (['amd64', 'arm64'] as const).map((architecture) => ({
      mediaType: MANIFEST,
      size: manifest.length,
      digest: manifests[architecture],
      platform: { os: 'linux', architecture },
    })),
  });
  const offer = (reference: string, text: string, type: string) =>
    server.routes.set(
      `/v2/${name}/manifests/${reference}`,
      send(text, type, { 'docker-content-digest': digestOf(text) }),
    );
  server.routes.set('/v2/', send('{}', 'application/json'));
  offer('9', list, LIST);
  offer(digestOf(list), list, LIST);
  offer(manifests.arm64, manifest, MANIFEST);
  return { ...server, manifests, reference: `${new URL(server.origin).host}/${name}:9` };
}
