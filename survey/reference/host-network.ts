import { existsSync } from 'node:fs';

/** Where pip, cargo, curl and OpenSSL of the image look for authorities. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** Settings of this machine that say how the package index and other hosts are reached. */
const PASSED =
  /^(?:https?_proxy|no_proxy|PIP_(?:INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT)|CARGO_(?:REGISTR|SOURCE|HTTP|NET)\w*)$/i;

/**
 * Options of `docker run` for a container that reaches whatever this machine reaches: its network, its certificate
 * authorities, its proxies and indexes. They are taken from the environment at the time, and written nowhere.
 */
export function hostNetwork(environment: Readonly<Record<string, string | undefined>>): string[] {
  const passed = Object.keys(environment).filter((name) => PASSED.test(name));
  const authorities = [environment.SSL_CERT_FILE, environment.NODE_EXTRA_CA_CERTS, AUTHORITIES].find(
    (path) => path !== undefined && existsSync(path),
  );
  const trust = authorities === undefined ? [] : ['-v', `${authorities}:${AUTHORITIES}:ro`];
  const named = ['PIP_CERT', 'SSL_CERT_FILE', 'CARGO_HTTP_CAINFO'].flatMap((name) => ['-e', `${name}=${AUTHORITIES}`]);
  return ['--network', 'host', ...trust, ...named, ...passed.flatMap((name) => ['-e', name])];
}
