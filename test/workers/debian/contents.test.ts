import t from 'tap';
import type { Missing, MissingLibrary } from '../../../src/errors.ts';
import { contentsUrls } from '../../../src/workers/debian/apt-sources.ts';
import { isOfInterest, packageWith } from '../../../src/workers/debian/contents.ts';

/** Lines of the Contents indexes of Debian 13, and some that no index should have. */
const LINES = `
usr/bin/cargo                                           rust/cargo,devel/cargo-web,devel/rustup
usr/bin/cmake                                           devel/cmake
usr/bin/gdal-config                                     libdevel/libgdal-dev
usr/bin/tools/swig                                      devel/other
usr/bin/swig                                            interpreters/swig
usr/include/QuaZip-Qt5-1.4/quazip/zip.h                 libdevel/libquazip1-qt5-dev
usr/include/atalk/zip.h                                 libdevel/libatalk-dev
usr/include/irssi/src/irc/core/sasl.h                   net/irssi-dev
usr/include/oniguruma.h                                 libdevel/libonig-dev
usr/include/ruby-3.3.0/ruby/oniguruma.h                 ruby/ruby3.3-dev
usr/include/sasl/sasl.h                                 libdevel/libsasl2-dev
usr/include/x86_64-linux-gnu/cups/http.h                games/zz,libdevel/libcups2-dev
usr/include/PCSC/winscard.h                             libdevel/libpcsclite-dev
usr/include/wine/wine/windows/winscard.h                otherosfs/wine-devel
usr/include/zip.h                                       libdevel/libzip-dev
usr/include/evil.h                                      libdevel/-oAPT::Evil=1
usr/lib/x86_64-linux-gnu/hdf5/mpich/libhdf5.so          libdevel/libhdf5-mpich-dev
usr/lib/x86_64-linux-gnu/hdf5/openmpi/libhdf5.so        libdevel/libhdf5-openmpi-dev
usr/lib/x86_64-linux-gnu/hdf5/serial/libhdf5.so         libdevel/libhdf5-dev
lib/x86_64-linux-gnu/libold.so.1                        libs/libold1
usr/lib/x86_64-linux-gnu/libGL.so.1                     libs/libgl1
usr/lib/x86_64-linux-gnu/private/libGL.so.1             libs/other
usr/lib/x86_64-linux-gnu/liblapack.a                    libdevel/liblapack-dev
usr/lib/x86_64-linux-gnu/pkgconfig/dbus-1.pc            libdevel/libdbus-1-dev
usr/share/doc/cmake/README                              devel/cmake
usr/share/pkgconfig/eigen3.pc                           libdevel/libeigen3-dev
`
  .trim()
  .split('\n');

async function* lines() {
  yield* LINES;
}

const rows: [kind: (Missing | MissingLibrary)['kind'], name: string, found: string | undefined][] = [
  ['header', 'sasl/sasl.h', 'libsasl2-dev'],
  ['header', 'zip.h', 'libzip-dev'],
  ['header', 'oniguruma.h', 'libonig-dev'],
  ['header', 'winscard.h', 'libpcsclite-dev'],
  ['header', 'cups/http.h', 'libcups2-dev'],
  ['header', 'ip.h', undefined],
  ['header', 'evil.h', undefined],
  ['header', '../sasl.h', undefined],
  ['header', 'z.p.h', undefined],
  ['library', 'hdf5', 'libhdf5-dev'],
  ['library', 'libhdf5', 'libhdf5-dev'],
  ['library', 'lapack', 'liblapack-dev'],
  ['library', 'pack', undefined],
  ['soname', 'libGL.so.1', 'libgl1'],
  ['soname', 'libold.so.1', 'libold1'],
  ['soname', 'libGL.so', undefined],
  ['module', 'dbus-1', 'libdbus-1-dev'],
  ['module', 'eigen3', 'libeigen3-dev'],
  ['program', 'cmake', 'cmake'],
  ['program', 'swig', 'swig'],
  ['program', 'gdal-config', 'libgdal-dev'],
  ['program', 'README', undefined],
  ['program', 'Rust compiler', 'cargo-web'],
  ['program', 'rustc', 'cargo-web'],
  ['program', 'Cargo', 'cargo-web'],
  ['header', 'cargo', undefined],
];

for (const [kind, name, found] of rows)
  t.test(`${kind} ${name}`, async (t) => t.equal(await packageWith({ kind, name }, lines()), found));

t.test('what is kept of an index', async (t) => {
  t.same(
    LINES.filter((line) => !isOfInterest(line)),
    [
      'usr/lib/x86_64-linux-gnu/private/libGL.so.1             libs/other',
      'usr/share/doc/cmake/README                              devel/cmake',
    ],
  );
});

t.test('which indexes there are', async (t) => {
  const printed = ['trixie', 'trixie-updates']
    .flatMap((suite) =>
      ['amd64', 'all'].map((one) => `http://a.test/debian/dists/${suite}/main/binary-${one}/Packages.xz`),
    )
    .map((url) => `'${url}' name 0 \n`)
    .join('');
  t.same(contentsUrls(printed, 'trixie'), [
    'http://a.test/debian/dists/trixie/main/Contents-amd64.gz',
    'http://a.test/debian/dists/trixie/main/Contents-all.gz',
  ]);
});
