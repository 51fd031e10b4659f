import t from 'tap';
import { diagnose } from '../../../src/workers/run/diagnose.ts';
import { packageOf, withPackages } from '../../../src/workers/run/known-packages.ts';

const rows: [missing: string, packages: string | undefined][] = [
  ['Python.h', 'python3-dev'],
  ['gcc', 'build-essential'],
  ['x86_64-linux-gnu-gcc', 'build-essential'],
  ['db.h', 'libdb-dev'],
  ['Oracle Berkeley DB', 'libdb-dev'],
  ['openssl/ssl.h', 'libssl-dev'],
  ['pg_config', 'libpq-dev'],
  ['swig', 'swig'],
  ['CMake', 'cmake'],
  ['Rust compiler', 'rustc cargo'],
  ['dbus/dbus.h', undefined],
  ['no_such_library.h', undefined],
  ['swig; rm -rf /', undefined],
];

for (const [missing, packages] of rows) t.equal(packageOf(missing), packages, missing);

t.test('a diagnosis tells what to install, if it is known', async (t) => {
  const told = (log: string) => withPackages(diagnose(log, 1, 'this machine')).message;
  t.equal(
    told('x.c:1:10: fatal error: db.h: No such file or directory'),
    'The build needs the header "db.h", which this machine does not have. Debian and Ubuntu have it in: libdb-dev.',
  );
  t.match(told('x.c:1:10: fatal error: other.h: No such file or directory'), /this machine does not have\.$/);
  t.match(told('ValueError: db.h'), /own build failed/);
});
