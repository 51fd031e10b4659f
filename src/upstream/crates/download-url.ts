import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { type CrateName, cratePrefix } from '../../core/crate-name.ts';
import { HttpFault } from '../http.ts';
import { readUrl } from '../upstream-index.ts';
import type { IndexLine } from './index-lines.ts';

/** What a registry's config.json says (https://doc.rust-lang.org/cargo/reference/registry-index.html#index-configuration). */
const ConfigSchema = Type.Object({ dl: Type.String(), 'auth-required': Type.Optional(Type.Boolean()) });
export type RegistryConfig = Static<typeof ConfigSchema>;

/** Throws HttpFault `unfit`, the second half of a sentence about the registry. */
export function parseRegistryConfig(text: string): RegistryConfig {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new HttpFault('unfit', 'its config.json is no JSON', { cause });
  }
  if (Value.Check(ConfigSchema, config)) return config;
  throw new HttpFault('unfit', 'its config.json does not say where crates are');
}

const MARKER = /\{(crate|version|prefix|lowerprefix|sha256-checksum)\}/g;

/** Where a crate's bytes are. Throws HttpFault `unfit` where that is no http(s) URL. */
export function downloadUrl({ dl }: RegistryConfig, { name, version, sha256 }: Omit<IndexLine, 'text'>): URL {
  const values: Record<string, string> = {
    crate: name,
    version,
    prefix: cratePrefix(name),
    lowerprefix: cratePrefix(name.toLowerCase() as CrateName),
    'sha256-checksum': sha256,
  };
  const template = dl.search(MARKER) === -1 ? `${dl}/{crate}/{version}/download` : dl;
  const url = readUrl(template.replace(MARKER, (_whole, marker: string) => values[marker] ?? ''));
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new HttpFault('unfit', 'its config.json gives no URL of crates that can be used');
}
