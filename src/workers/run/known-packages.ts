import type { Diagnosis } from './diagnose.ts';

/**
 * Debian packages that have what builds miss, by header, library or program. For a sentence of advice, and for healing
 * where the distribution's own index names none.
 */
const PACKAGES: [RegExp, string][] = [
  [/^Python\.h$/, 'python3-dev'],
  [/^(?:\w+-linux-\w+-)?(?:gcc|g\+\+|cc|c\+\+|ld|make)(?:-\d+)?$/, 'build-essential'],
  [/^(?:std\w+|string|errno|limits|assert)\.h$/, 'libc6-dev'],
  [/^linux\//, 'linux-libc-dev'],
  [/^db\.h$|^(?:lib)?db(?:-5)?$|Berkeley DB/, 'libdb-dev'],
  [/^ffi\.h$|^libffi$/, 'libffi-dev'],
  [/^openssl\/|^(?:OpenSSL|ssl|crypto)$/, 'libssl-dev'],
  [/^zlib\.h$|^z(?:lib)?$/, 'zlib1g-dev'],
  [/^(?:libpq-fe\.h|pg_config|pq)$/, 'libpq-dev'],
  [/^(?:mysql\.h|mysql_config|mysqlclient|MYSQLCLIENT_CFLAGS)$/, 'default-libmysqlclient-dev'],
  [/^libxml\/|^lib(?:xml2|xslt)$/, 'libxml2-dev libxslt1-dev'],
  [/^(?:jpeglib\.h|jpeg)$/, 'libjpeg-dev'],
  [/^(?:ldap|lber)\.h$/, 'libldap-dev libsasl2-dev'],
  [/^(?:lapack|openblas|blas)$/i, 'libopenblas-dev'],
  [/^(?:sqlite3\.h|sqlite3)$/, 'libsqlite3-dev'],
  [/^(?:curl\/curl\.h|curl-config)$/, 'libcurl4-openssl-dev'],
  [/^(?:cmake|swig|gfortran|pkg-config|cargo|git)$/i, '$&'],
  [/^ninja$/i, 'ninja-build'],
  [/^mpi\.h$/, 'libopenmpi-dev'],
  [/^(?:Rust compiler|rustc|Rust)$/i, 'rustc cargo'],
  [/^Fortran(?: compiler)?$/i, 'gfortran'],
];

/** The Debian packages that have a header, library or program; undefined where the table knows none. */
export function packageOf(missing: string): string | undefined {
  const found = PACKAGES.find(([pattern]) => pattern.test(missing));
  return found?.[1].replace('$&', missing.toLowerCase());
}

/** A diagnosis of something missing, with what to install. */
export function withPackages(diagnosis: Diagnosis): Diagnosis {
  const { remedy } = diagnosis;
  if (remedy === undefined || !('missing' in remedy)) return diagnosis;
  const packages = packageOf(remedy.missing.name);
  if (packages === undefined) return diagnosis;
  return { ...diagnosis, message: `${diagnosis.message} Debian and Ubuntu have it in: ${packages}.` };
}
