import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Remedy } from '../../../src/errors.ts';
import { diagnose } from '../../../src/workers/run/diagnose.ts';

/** Ends of the logs of real builds, on Python 3.13, some with an old Rust on 3.11, with the tools of 2026; long lines and lists of files are cut. */
const FOLDER = fileURLToPath(new URL('./logs/', import.meta.url));

/** Of each: the reason, what the message has to name, and what is missing, or the constraint that helps. */
const ROWS: Record<string, [reason: string, named: string, helps?: string]> = {
  'aiohttp-3.8.1': ['python-incompatible', 'longintrepr.h'],
  'bcrypt-5.0.0': ['missing-tool', 'needs Rust >=1.64.0, and the build image has 1.63.0'],
  'blosc-1.10.6': ['build-error', 'CMake 4', 'cmake<4'],
  'cffi-1.14.6': ['python-incompatible', '_PyErr_WriteUnraisableMsg'],
  'dbus-python-1.3.2': ['missing-header', 'dbus-1', 'module dbus-1'],
  'demjson-2.2.4': ['build-error', 'use_2to3', 'setuptools<58'],
  'dlib-19.24.6': ['missing-tool', 'cmake', 'program cmake'],
  'fiona-1.9.6': ['missing-tool', 'gdal-config', 'program gdal-config'],
  'gdal-3.10.0': ['missing-tool', 'gdal-config', 'program gdal-config'],
  'greenlet-1.1.3': ['python-incompatible', '_PyCFrame'],
  'h5py-3.7.0': ['missing-header', 'libhdf5', 'library libhdf5'],
  'lightfm-1.17': ['build-error', '__LIGHTFM_SETUP__'],
  'llvmlite-0.40.1': ['build-error', 'dry_run', 'setuptools<81'],
  'm2crypto-0.42.0': ['missing-tool', 'swig', 'program swig'],
  'markupsafe-1.0': ['build-error', 'Feature', 'setuptools<46'],
  'mpi4py-4.0.1': ['missing-header', 'mpi.h', 'header mpi.h'],
  'numba-0.57.1': ['python-incompatible', '3.13.5'],
  'openai-whisper-20231117': ['build-error', 'pkg_resources', 'setuptools<82'],
  'orjson-3.8.0': ['missing-tool', 'Cargo', 'program Cargo'],
  'orjson-3.13.0': ['missing-tool', 'needs Rust 1.95, and the build image has 1.85.1'],
  'orjson-3.13.0-edition': ['missing-tool', 'edition 2024'],
  'pillow-8.0.1': ['python-incompatible', '__version__'],
  'pycups-2.0.4': ['missing-header', 'cups/http.h', 'header cups/http.h'],
  'pydantic-core-2.14.6': ['missing-tool', 'Rust', 'program Rust'],
  'pyfftw-0.13.1': ['python-incompatible', 'setuptools that the package pins'],
  'pymssql-2.2.8': ['build-error', 'Cython', 'cython<3'],
  'python-bidi-0.6.6': ['missing-tool', 'Cargo.lock is of version 4'],
  'python-bidi-0.6.10': ['hash-mismatch', '.crate as downloaded has the SHA-256'],
  'python-bidi-0.6.11': ['upstream-unavailable', 'the connection was refused.'],
  'python-bidi-0.6.12': ['needs-network', 'set WHEELMILL_CARGO_UPSTREAM'],
  'pymssql-2.3.4': ['build-error', 'Unmatched', 'cython<3'],
  'pygobject-3.50.0': ['missing-header', 'gobject-introspection-1.0', 'module gobject-introspection-1.0'],
  'python-ldap-3.4.4': ['missing-header', 'sasl/sasl.h', 'header sasl/sasl.h'],
  'pyyaml-5.4.1': ['build-error', 'Cython', 'cython<3'],
  'pyscard-2.2.2': ['build-error', '$function'],
  'pyzmq-22.3.0': ['python-incompatible', 'pipes'],
  'rpds-py-0.12.0': ['missing-tool', 'sparse registry'],
  'rpy2-3.5.16': ['missing-tool', '"R"', 'program R'],
  'ruff-0.12.0': ['needs-network', 'github'],
  'ruff-0.17.6': ['missing-tool', 'needs Rust 1.98, and the build image has 1.96.0'],
  'pyzmq-26.2.1': ['build-error', 'scikit-build-core', 'scikit-build-core<0.10'],
  'ruamel-yaml-clib-0.2.7': ['python-incompatible', '_PyLong_AsByteArray'],
  'scs-3.2.3': ['python-incompatible', 'setuptools that the package pins'],
  'sentencepiece-0.1.99': ['missing-tool', 'cmake', 'program cmake'],
  'slycot-0.6.0': ['missing-tool', 'Fortran', 'program Fortran'],
  'tokenizers-0.13.3': ['missing-tool', 'Rust', 'program Rust compiler'],
  'typed-ast-1.5.5': ['python-incompatible', 'PyFutureFeatures'],
  'xmlsec-1.3.14-gcc14': ['build-error', 'incompatible pointer type'],
  'xmlsec-1.3.14': ['missing-header', 'xmlsec1', 'module xmlsec1'],
};

t.same(
  readdirSync(FOLDER).sort(),
  Object.keys(ROWS)
    .map((name) => `${name}.log`)
    .sort(),
  'every log has its row',
);

function shown(remedy: Remedy | undefined): string | undefined {
  if (remedy === undefined) return undefined;
  return 'missing' in remedy ? `${remedy.missing.kind} ${remedy.missing.name}` : remedy.constraint;
}

for (const [name, [reason, named, helps]] of Object.entries(ROWS)) {
  t.test(name, async (t) => {
    const found = diagnose(readFileSync(`${FOLDER}${name}.log`, 'utf8'), 1);
    t.equal(found.reason, reason);
    t.ok(found.message.includes(named), `${found.message} names ${named}`);
    t.equal(shown(found.remedy), helps);
  });
}
