import t from 'tap';
import { diagnose } from '../../../src/workers/run/diagnose.ts';
import { diagnoseResolution, parsePins } from '../../../src/workers/run/pins.ts';

/** Excerpts of logs as builds print them; the last column is the culprit the message has to name. */
const BUILDS: [string, string, string][] = [
  [
    'src/psycopg.h:31:10: fatal error: libpq-fe.h: No such file or directory\n   31 | #include <libpq-fe.h>',
    'missing-header',
    'libpq-fe.h',
  ],
  ["_cffi_backend.c:15:10: fatal error: 'ffi.h' file not found\n#include <ffi.h>", 'missing-header', 'ffi.h'],
  [
    '/usr/bin/ld: cannot find -lssl: No such file or directory\ncollect2: error: ld returned 1 exit status',
    'missing-header',
    'ssl',
  ],
  [
    "Can't find a local Oracle Berkeley DB installation.\n(suggestion: try the option)",
    'missing-header',
    'Berkeley DB',
  ],
  ['Error: Please make sure the libxml2 and libxslt development packages are installed.', 'missing-header', 'libxml2'],
  [
    "Package libffi was not found in the pkg-config search path.\nNo package 'libffi' found",
    'missing-header',
    'libffi',
  ],
  [
    'CMake Error at FindPackageHandleStandardArgs.cmake:230 (message):\n  Could NOT find OpenSSL, try to set the path',
    'missing-header',
    'OpenSSL',
  ],
  [
    '../meson.build:41:0: ERROR: Dependency "openblas" not found, tried pkgconfig and cmake',
    'missing-header',
    'openblas',
  ],
  [
    'The headers or library files could not be found for jpeg,\na required dependency when compiling Pillow from source.',
    'missing-header',
    'jpeg',
  ],
  [
    'Exception: Can not find valid pkg-config name.\nSpecify MYSQLCLIENT_CFLAGS and MYSQLCLIENT_LDFLAGS env vars manually',
    'missing-header',
    'MYSQLCLIENT_CFLAGS',
  ],
  ['/bin/sh: 1: mysql_config: not found', 'missing-tool', 'mysql_config'],
  ['sh: line 1: swig: command not found', 'missing-tool', 'swig'],
  [
    'Error: pg_config executable not found.\n\npg_config is required to build psycopg2 from source.',
    'missing-tool',
    'pg_config',
  ],
  ["error: command 'gfortran' failed: No such file or directory", 'missing-tool', 'gfortran'],
  ["unable to execute 'swig': No such file or directory", 'missing-tool', 'swig'],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", 'missing-tool', 'cmake'],
  ["error: can't find Rust compiler\n\nIf you are using an outdated pip version", 'missing-tool', 'Rust compiler'],
  ['Cargo, the Rust package manager, is not installed or is not on PATH.', 'missing-tool', 'Cargo'],
  ['RuntimeError: CMake must be installed to build dlib', 'missing-tool', 'CMake'],
  ['Problem with the CMake installation, aborting build. CMake executable is cmake', 'missing-tool', 'cmake'],
  ["../meson.build:1:0: ERROR: Unknown compiler(s): [['gfortran'], ['flang']]", 'missing-tool', 'gfortran'],
  ['error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)', 'missing-tool', 'cc'],
  [
    "ERROR: Package 'networkx' requires a different Python: 3.13.5 not in '<3.12,>=3.8'",
    'python-incompatible',
    '<3.12',
  ],
  [
    'RuntimeError: Cannot install on Python version 3.13.5; only versions >=3.8,<3.12 are supported.',
    'python-incompatible',
    '3.13.5',
  ],
  [
    "error: the configured Python interpreter version (3.13) is newer than PyO3's maximum supported version (3.12)",
    'python-incompatible',
    'PyO3',
  ],
  ["ModuleNotFoundError: No module named 'distutils'", 'python-incompatible', 'distutils'],
  [
    "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'. Did you mean: 'zipimporter'?",
    'python-incompatible',
    'ImpImporter',
  ],
  [
    "AttributeError: module 'configparser' has no attribute 'SafeConfigParser'. Did you mean: 'RawConfigParser'?",
    'python-incompatible',
    'SafeConfigParser',
  ],
  [
    'aiohttp/_websocket.c:198:12: fatal error: longintrepr.h: No such file or directory',
    'python-incompatible',
    'longintrepr.h',
  ],
  ['error: too few arguments to function ‘_PyLong_AsByteArray’', 'python-incompatible', '_PyLong_AsByteArray'],
  [
    'urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>',
    'needs-network',
    'name resolution',
  ],
  ['fatal: unable to access: Could not resolve host: example.com', 'needs-network', 'example.com'],
  ['npm error network request failed, reason: getaddrinfo EAI_AGAIN example.com', 'needs-network', 'example.com'],
  ['error: failed to download from `https://example.com/config.json`', 'needs-network', 'example.com'],
  [
    'error: Failed to build `/build/src/x-1.0`\n  cause: Failed to resolve requirements from `build-system.requires`\n  cause: No solution found when resolving: `setuptools==0.1`\n  cause: Because there is no version of setuptools==0.1 and you require setuptools==0.1, we can conclude',
    'resolve-failed',
    'setuptools==0.1',
  ],
  ['ERROR: No matching distribution found for setuptools==0.1', 'resolve-failed', 'setuptools==0.1'],
  [
    'error: Failed to build `/build/src/x-1.0`\n  cause: Call to `backend.build_wheel` failed (exit status: 0)',
    'bad-wheel',
    'no wheel',
  ],
  [
    'error: Failed to fetch: `http://127.0.0.1:8080/simple/setuptools/`\n  cause: HTTP status server error (502 Bad Gateway) for url',
    'upstream-unavailable',
    '502',
  ],
  [
    'error: subprocess-exited-with-error\nValueError: bad version string\nerror: Failed to build `x`\n  cause: exit status: 1',
    'build-error',
    'bad version string',
  ],
  ['src/x.c:3:5: error: unknown type name ‘foo’', 'build-error', 'unknown type name ‘foo’'],
  ['Building wheel...\n  cause: Call to `backend.build_wheel` failed (signal: 11 (SIGSEGV))', 'build-error', 'SIGSEGV'],
  ['src/x.c:3:5: error: no `;`\nsrc/x.c:4:5: error: and then\n', 'build-error', 'x.c:3:5'],
  [`src/x.c:3:5: error: first\n${'src/x.c:3: warning: unused\n'.repeat(1000)}`, 'build-error', 'x.c:3:5: error: first'],
  [
    `fatal error: overcome.h: No such file\n${'.'.repeat(20_000)}\nValueError: bad version string`,
    'build-error',
    'bad version string',
  ],
  [
    'src/enc.c:207:14: error: assignment to ‘a *’ from incompatible pointer type ‘b’ [-Wincompatible-pointer-types]\n',
    'build-error',
    'refuses C that older ones let pass',
  ],
  ['', 'build-error', 'exit code 1'],
];

t.test('builds', async (t) => {
  for (const [log, reason, culprit] of BUILDS) {
    const found = diagnose(log, 1);
    t.equal(found.reason, reason, log);
    t.ok(found.message.includes(culprit), `${found.message} names ${culprit}`);
    t.match(found.message, /^[A-Z].*\.$/, 'a sentence');
  }
});

/** What builds try and do without: the last column is what then ends them. */
const PROBED = {
  'a probe of distutils':
    'gcc -c _configtest.c -o _configtest.o\n_configtest.c:2:10: fatal error: sys/endian.h: No such file or directory\n    2 | #include <sys/endian.h>\ncompilation terminated.\nfailure.\nremoving: _configtest.c _configtest.o',
  'a probe of autoconf':
    'conftest.c:12:10: fatal error: ac_nonexistent.h: No such file or directory\ncompilation terminated.',
  'a probe that links':
    'gcc -pthread /tmp/tmpk3j_x1z2/has_function.o -lfoo -o a.out\n/usr/bin/ld: cannot find -lfoo: No such file or directory\ncollect2: error: ld returned 1 exit status',
  'a package of CMake that may be missing':
    '-- Could NOT find OpenSSL, try to set the path to OpenSSL root folder (missing: OPENSSL_LIBRARIES)',
};

t.test('what a probe misses is not why a build failed', async (t) => {
  const ends: [string, string, string][] = [
    ['src/x.c:3:5: error: unknown type name ‘foo’', 'build-error', 'unknown type name ‘foo’'],
    ['Traceback (most recent call last):\nKeyError: "version"', 'build-error', 'KeyError'],
    ['src/x.c:1:10: fatal error: lber.h: No such file or directory', 'missing-header', 'lber.h'],
  ];
  for (const [what, probe] of Object.entries(PROBED))
    for (const [end, reason, culprit] of ends) {
      const found = diagnose(`${probe}\n${end}\nerror: Failed to build \`/build/src/x-1.0\`\n`, 1);
      t.equal(found.reason, reason, `${what}, then ${end}`);
      t.ok(found.message.includes(culprit), found.message);
    }
});

t.test('exit codes of signals', async (t) => {
  t.match(diagnose('', 139).message, /SIGSEGV/);
  t.match(diagnose('', 137), { reason: 'build-error', message: /SIGKILL/ });
});

t.test('text of the build cannot forge a message', async (t) => {
  const { message } = diagnose(`fatal error: ${'x'.repeat(5000)}.h: No such file`, 1);
  t.ok(message.length < 300);
  t.notMatch(diagnose('fatal error: a\u001b[31m.h: No such file', 1).message, '\u001b');
});

const BECAUSE = 'error: No solution found when resolving dependencies\n  cause: Because ';
const RESOLUTIONS: [string, string, string][] = [
  [
    `${BECAUSE}a==1 depends on c>2 and you require a==1, we can conclude that\n         you require c>2.`,
    'resolve-failed',
    'c>2',
  ],
  [
    `${BECAUSE}nope was not found in the package registry and you require nope, we can conclude`,
    'no-such-version',
    'nope',
  ],
  [`${BECAUSE}there is no version of six==99 and you require six==99, we can conclude`, 'no-such-version', 'six==99'],
  [
    'error: Failed to fetch: `http://127.0.0.1:8080/simple/x/`\n  cause: HTTP status server error (503 Service Unavailable)',
    'upstream-unavailable',
    '503',
  ],
  ["ModuleNotFoundError: No module named 'distutils'", 'python-incompatible', 'distutils'],
  [
    '  × Failed to build `sklearn==0.0.post12`\n  ├─▶ The build backend returned an error\n  ╰─▶ Call to `setuptools.build_meta:__legacy__.build_wheel` failed (exit status: 1)',
    'build-error',
    'What sklearn==0.0.post12 needs is not known',
  ],
];

t.test('resolutions', async (t) => {
  for (const [log, reason, culprit] of RESOLUTIONS) {
    const found = diagnoseResolution(log, 1);
    t.equal(found.reason, reason, log);
    t.ok(found.message.includes(culprit), found.message);
  }
});

t.test('pins', async (t) => {
  t.same(parsePins('# comment\nsix==1.16.0\n\nzope-interface==7.0+local.1\n'), [
    { name: 'six', version: '1.16.0' },
    { name: 'zope-interface', version: '7.0+local.1' },
  ]);
  for (const line of ['x @ http://example.com/x.whl', '-e .', 'x>=1', '../x==1', 'x==1 ; y']) {
    t.throws(() => parsePins(line), { reason: 'resolve-failed', message: /needs/ }, line);
  }
});
