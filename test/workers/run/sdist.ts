import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';

/** Writes `<name>-<version>.tar.gz` with these files into a folder and says what a build task needs to know of it. */
export async function makeSdist(folder: string, name: string, files: Record<string, string>) {
  const pack = tar.pack();
  for (const [path, text] of Object.entries(files)) pack.entry({ name: `${name}/${path}`, mtime: new Date(0) }, text);
  pack.finalize();
  const bytes = await buffer(pack.pipe(createGzip()));
  const filename = `${name}.tar.gz`;
  const path = join(folder, filename);
  await writeFile(path, bytes);
  return { path, filename, size: bytes.length };
}

/** A package whose build is this Python code, and which needs nothing from the index. */
export function ownBackend(code: string): Record<string, string> {
  return {
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'PKG-INFO': 'Metadata-Version: 2.1\nName: small\nVersion: 1.0\n',
    'backend.py': `import os, sys, time, subprocess, threading\ndef build_wheel(out, settings=None, metadata=None):\n${code.replace(/^/gm, '    ')}\n`,
  };
}

/** Python code that leaves a valid wheel in `out` and gives back its name. */
export const GOOD_WHEEL = `
import zipfile
name = 'small-1.0-py3-none-any.whl'
with zipfile.ZipFile(os.path.join(out, name), 'w') as wheel:
    wheel.writestr('small.py', 'answer = 42\\n')
    wheel.writestr('small-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: small\\nVersion: 1.0\\n')
    wheel.writestr('small-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('small-1.0.dist-info/RECORD', '')
return name
`;
