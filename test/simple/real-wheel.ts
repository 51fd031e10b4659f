import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

/** A wheel that installers accept: one module, `<name>.VALUE`, or other files, and the dependencies given. */
export async function realWheel(
  name: string,
  version: string,
  requires: readonly string[] = [],
  content: Record<string, string> = { [`${name}.py`]: `VALUE = ${JSON.stringify(version)}\n` },
): Promise<{ filename: string; bytes: Buffer; metadata: Buffer }> {
  const info = `${name}-${version}.dist-info`;
  const metadata = [`Metadata-Version: 2.1`, `Name: ${name}`, `Version: ${version}`]
    .concat(requires.map((one) => `Requires-Dist: ${one}`))
    .join('\n');
  const files: Record<string, string> = {
    ...content,
    [`${info}/METADATA`]: `${metadata}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const lines = Object.entries(files).map(([path, text]) => {
    const digest = createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${digest},${Buffer.byteLength(text)}`;
  });
  files[`${info}/RECORD`] = `${lines.join('\n')}\n${info}/RECORD,,\n`;
  const zip = new yazl.ZipFile();
  for (const [path, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), path);
  zip.end();
  const bytes = await buffer(zip.outputStream);
  return { filename: `${name}-${version}-py3-none-any.whl`, bytes, metadata: Buffer.from(files[`${info}/METADATA`]!) };
}
