import t from 'tap';
import { discoverRegistry } from '../../../src/upstream/crates/cargo-config.ts';

type Row = {
  name: string;
  environment?: Record<string, string>;
  files?: Record<string, string>;
  url?: string;
  credentials?: { token: string } | { username: string; password: string };
  fault?: RegExp;
};

const HOME = '/home/user';
const CONFIG = `${HOME}/.cargo/config.toml`;
const CREDENTIALS = `${HOME}/.cargo/credentials.toml`;
const replaced = (source: string) => `[source.crates-io]\nreplace-with = "mirror"\n${source}`;
const MIRROR = replaced('[source.mirror]\nregistry = "sparse+https://mirror.upstream.test/index/"\n');
const REGISTRY = '[registries.mirror]\nindex = "sparse+https://mirror.upstream.test/index/"\n';
const URL = 'https://mirror.upstream.test/index/';

const ROWS: Row[] = [
  { name: 'nothing is configured' },
  { name: 'registries that take the place of none', files: { [CONFIG]: REGISTRY } },
  {
    name: 'our own setting wins',
    environment: { WHEELMILL_CARGO_UPSTREAM: 'sparse+https://a.upstream.test/x' },
    files: { [CONFIG]: MIRROR },
    url: 'https://a.upstream.test/x/',
  },
  {
    name: 'user and password in the URL',
    environment: { WHEELMILL_CARGO_UPSTREAM: 'sparse+https://ann:s3cret@a.upstream.test/x/' },
    url: 'https://a.upstream.test/x/',
    credentials: { username: 'ann', password: 's3cret' },
  },
  { name: 'a source that replaces the public one', files: { [CONFIG]: MIRROR }, url: URL },
  { name: 'a registry that does', files: { [CONFIG]: replaced(REGISTRY) }, url: URL },
  {
    name: 'over several names',
    files: {
      [CONFIG]: replaced(`[source.mirror]\nreplace-with = "next"\n[source.next]\nregistry = "sparse+${URL}"\n`),
    },
    url: URL,
  },
  {
    name: 'the older name of the file counts first',
    files: { [`${HOME}/.cargo/config`]: MIRROR, [CONFIG]: 'x' },
    url: URL,
  },
  {
    name: 'CARGO_HOME',
    environment: { CARGO_HOME: '/opt/cargo' },
    files: { '/opt/cargo/config.toml': MIRROR },
    url: URL,
  },
  {
    name: 'a registry of the environment, with its token',
    environment: {
      CARGO_REGISTRIES_MY_MIRROR_INDEX: `sparse+${URL}`,
      CARGO_REGISTRIES_MY_MIRROR_TOKEN: 'Bearer t0ken',
    },
    files: { [CONFIG]: '[source.crates-io]\nreplace-with = "my-mirror"\n' },
    url: URL,
    credentials: { token: 'Bearer t0ken' },
  },
  {
    name: 'the token of the credentials file',
    files: { [CONFIG]: replaced(REGISTRY), [CREDENTIALS]: '[registries.mirror]\ntoken = "t0ken"\n' },
    url: URL,
    credentials: { token: 't0ken' },
  },
  {
    name: 'and that of the setting is known by its URL',
    environment: { WHEELMILL_CARGO_UPSTREAM: `sparse+${URL}` },
    files: { [CONFIG]: REGISTRY, [CREDENTIALS]: '[registries.mirror]\ntoken = "t0ken"\n[registry]\ntoken = "other"\n' },
    url: URL,
    credentials: { token: 't0ken' },
  },
  {
    name: 'a token for another URL stays where it is, and one that is no header is none',
    environment: { CARGO_REGISTRIES_MIRROR_TOKEN: 'a\r\nb: c' },
    files: {
      [CONFIG]: `${replaced(REGISTRY)}[registries.other]\nindex = "sparse+https://b.upstream.test/"\ntoken = "t0ken"\n`,
    },
    url: URL,
  },
  {
    name: 'a git registry',
    files: { [CONFIG]: replaced('[source.mirror]\nregistry = "https://git.upstream.test/x"\n') },
    fault: /source mirror .* no sparse registry.*WHEELMILL_CARGO_UPSTREAM/,
  },
  {
    name: 'a git registry of our own setting',
    environment: { WHEELMILL_CARGO_UPSTREAM: 'https://git.upstream.test/x' },
    fault: /^WHEELMILL_CARGO_UPSTREAM names no sparse/,
  },
  {
    name: 'a folder',
    files: { [CONFIG]: replaced('[source.mirror]\ndirectory = "vendor"\n') },
    fault: /a folder, a git repository or nothing/,
  },
  { name: 'nothing behind the name', files: { [CONFIG]: replaced('') }, fault: /nothing at all/ },
  {
    name: 'a ring',
    files: { [CONFIG]: replaced('[source.mirror]\nreplace-with = "crates-io"\n') },
    fault: /replace each other/,
  },
  { name: 'a broken file', files: { [CONFIG]: '[[[' }, fault: /config\.toml .* no TOML/ },
];

for (const { name, environment = {}, files = {}, url, credentials, fault } of ROWS) {
  t.test(name, async (t) => {
    const found = discoverRegistry({ HOME, ...environment }, (path) => files[path]);
    t.equal(found.registry?.url, url);
    t.same(found.registry?.credentials, credentials);
    if (fault) t.match(found.fault, fault);
    else t.equal(found.fault, undefined);
  });
}
