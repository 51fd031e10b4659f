import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

export type BenchWheel = { project: string; version: string; filename: string; bytes: Buffer; metadata: Buffer };

/** A pure wheel that installers accept: one module, and `ballast` as its data, stored as it is. */
export async function benchWheel(project: string, version: string, ballast = Buffer.alloc(0)): Promise<BenchWheel> {
  const name = project.replaceAll('-', '_');
  const info = `${name}-${version}.dist-info`;
  const metadata = Buffer.from(`Metadata-Version: 2.1\nName: ${project}\nVersion: ${version}\n`);
  const files: [string, Buffer][] = [
    [`${name}.py`, Buffer.from('value = 1\n')],
    [`${name}.bin`, ballast],
    [`${info}/METADATA`, metadata],
    [`${info}/WHEEL`, Buffer.from('Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n')],
  ];
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');
  const record = files.map(([path, bytes]) => `${path},sha256=${digest(bytes)},${bytes.length}\n`).join('');
  const zip = new yazl.ZipFile();
  for (const [path, bytes] of [...files, [`${info}/RECORD`, Buffer.from(`${record}${info}/RECORD,,\n`)] as const])
    zip.addBuffer(bytes, path, { compress: bytes !== ballast });
  zip.end();
  return {
    project,
    version,
    filename: `${name}-${version}-py3-none-any.whl`,
    bytes: await buffer(zip.outputStream),
    metadata,
  };
}
