import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';
import type { HostileCase } from '../hostile-case.ts';

type Entry = Omit<Parameters<tar.Pack['entry']>[0], 'size'> & { name: string; data?: string | Buffer };

/** A source archive with these entries besides what a good one has. */
async function archive(name: string, entries: readonly Entry[]): Promise<{ ending: string; bytes: Buffer }> {
  const pack = tar.pack();
  const bytes = buffer(pack.pipe(createGzip()));
  for (const { data = '', ...header } of entries) pack.entry({ mtime: new Date(0), ...header }, data);
  pack.entry(
    { name: `${name}-1.0/PKG-INFO`, mtime: new Date(0) },
    `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
  );
  pack.finalize();
  return { ending: 'tar.gz', bytes: await bytes };
}

function sdist(name: string, what: string, message: RegExp, ...entries: Entry[]): HostileCase {
  return { name, what, sdist: { archive: () => archive(name, entries) }, expected: { reason: 'build-error', message } };
}

const UNPACKED = /cannot be unpacked/;

/** Archives that attack whoever unpacks them: that is done in the container alone. */
export const sdists: readonly HostileCase[] = [
  {
    ...sdist('tardotdot', 'an sdist with `..` in a path', UNPACKED, { name: 'tardotdot-1.0/../../../evil', data: 'x' }),
    inCheck: true,
  },
  sdist(
    'tarlink',
    'an sdist that writes through a symbolic link',
    UNPACKED,
    { name: 'tarlink-1.0/link', type: 'symlink', linkname: '/toolbox' },
    { name: 'tarlink-1.0/link/evil', data: 'x' },
  ),
  sdist('tarhardlink', 'an sdist with a hard link to a file of the system', UNPACKED, {
    name: 'tarhardlink-1.0/passwd',
    type: 'link',
    linkname: '/etc/passwd',
  }),
  sdist('tardevice', 'an sdist with a device', UNPACKED, {
    name: 'tardevice-1.0/disk',
    type: 'block-device',
    devmajor: 8,
    devminor: 0,
  }),
  sdist('tarpipe', 'an sdist with a pipe', UNPACKED, { name: 'tarpipe-1.0/pipe', type: 'fifo' }),
  {
    ...sdist('tarbomb', 'an sdist of kilobytes that unpacks to more than there is room for', /\w/),
    sdist: { archive: () => archive('tarbomb', [{ name: 'tarbomb-1.0/zeros', data: Buffer.alloc(256 << 20) }]) },
    expected: { reason: 'out-of-disk', message: /96 MiB/ },
  },
  {
    ...sdist('taroutside', 'an sdist without a folder of its own', UNPACKED),
    sdist: {
      archive: () =>
        archive('taroutside', [
          { name: 'evil.py', data: 'x' },
          { name: 'other/evil.py', data: 'x' },
        ]),
    },
  },
];
