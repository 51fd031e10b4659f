import t from 'tap';
import { discoverIndexes } from '../../src/upstream/pip-config.ts';

type Row = {
  name: string;
  environment: Record<string, string>;
  files?: Record<string, string>;
  urls: string[] | undefined;
  warnings?: RegExp[];
};

const conf = (url: string, section = 'global') => `[${section}]\nindex-url = ${url}\n`;
const HOME = '/home/user';

const ROWS: Row[] = [
  { name: 'nothing is configured', environment: {}, urls: undefined },
  {
    name: 'our own setting wins',
    environment: {
      WHEELMILL_UPSTREAM_URL: 'https://a.upstream.test/simple, https://b.upstream.test/simple/',
      PIP_INDEX_URL: 'https://c.upstream.test/',
    },
    urls: ['https://a.upstream.test/simple/', 'https://b.upstream.test/simple/'],
  },
  {
    name: 'a password in what cannot be used is not shown',
    environment: {
      WHEELMILL_UPSTREAM_URL:
        'https://a.upstream.test/,ftp://ann:s3cret@b.upstream.test/,htps://ann:s3cret@c.upstream.test',
    },
    urls: ['https://a.upstream.test/'],
    warnings: [/^WHEELMILL_UPSTREAM_URL: ftp:\/\/b\.upstream\.test\/ is no/, /: htps:\/\/c\.upstream\.test is no/],
  },
  {
    name: 'environment variables before files, extra ones after the first',
    environment: {
      HOME,
      PIP_INDEX_URL: 'https://a.upstream.test/simple',
      PIP_EXTRA_INDEX_URL: 'https://b.upstream.test/ https://a.upstream.test/simple/',
    },
    files: { '/etc/pip.conf': conf('https://c.upstream.test/') },
    urls: ['https://a.upstream.test/simple/', 'https://b.upstream.test/'],
  },
  {
    name: "the user's file before the machine's, value by value",
    environment: { HOME },
    files: {
      '/etc/pip.conf': '[global]\nindex-url = https://a.upstream.test/\nextra-index-url = https://x.upstream.test/\n',
      '/home/user/.config/pip/pip.conf': conf('https://b.upstream.test/'),
    },
    urls: ['https://b.upstream.test/', 'https://x.upstream.test/'],
  },
  {
    name: '[install] of any file before [global] of every file; other sections mean nothing',
    environment: { HOME },
    files: {
      '/etc/pip.conf': conf('https://a.upstream.test/', 'install'),
      '/home/user/.pip/pip.conf': conf('https://b.upstream.test/') + conf('https://c.upstream.test/', 'download'),
    },
    urls: ['https://a.upstream.test/'],
  },
  {
    name: 'PIP_CONFIG_FILE=/dev/null means no file',
    environment: { HOME, PIP_CONFIG_FILE: '/dev/null' },
    files: { '/etc/pip.conf': conf('https://a.upstream.test/') },
    urls: undefined,
  },
  {
    name: "PIP_CONFIG_FILE takes the place of the user's file",
    environment: { HOME, PIP_CONFIG_FILE: '/srv/pip.ini', XDG_CONFIG_HOME: '/xdg' },
    files: {
      '/xdg/pip/pip.conf': '[global]\nextra-index-url = https://a.upstream.test/\n',
      '/srv/pip.ini': conf('https://b.upstream.test/'),
    },
    urls: ['https://b.upstream.test/'],
  },
  {
    name: 'comments, underscores, continued values',
    environment: {},
    files: {
      '/etc/xdg/pip/pip.conf':
        '# c\n[global]\n; c\ntimeout: 3\nextra_index_url =\n    https://a.upstream.test/\n    # c\n    https://b.upstream.test/\n',
    },
    urls: ['https://a.upstream.test/', 'https://b.upstream.test/'],
  },
  {
    name: 'what cannot be used is named',
    environment: {
      PIP_INDEX_URL: 'file:///srv/simple',
      PIP_FIND_LINKS: '/srv/wheels',
      PIP_NO_INDEX: '1',
      PIP_EXTRA_INDEX_URL: 'https://a.upstream.test/',
    },
    urls: ['https://a.upstream.test/'],
    warnings: [/find-links is not used/, /no-index is not followed/, /file:\/\/\/srv\/simple is no http/],
  },
  {
    name: 'an index that cannot be used is not exchanged for a default',
    environment: { PIP_INDEX_URL: 'file:///srv/simple' },
    urls: [],
    warnings: [/is no http/],
  },
];

for (const row of ROWS) {
  t.test(row.name, async (t) => {
    const found = discoverIndexes(row.environment, (path) => row.files?.[path]);
    t.same(
      found.indexes?.map((index) => index.url),
      row.urls,
    );
    t.match(found.warnings, row.warnings ?? []);
    t.equal(found.warnings.length, row.warnings?.length ?? 0);
  });
}

t.test('credentials are taken out of the URL, or from netrc for that host', async (t) => {
  const files: Record<string, string> = {
    '/home/user/.netrc':
      '# machine a.upstream.test login no password no\nmacdef init\nmachine a.upstream.test login no\n\n' +
      'machine other.test login x password y\nmachine a.upstream.test\n  login me password "s ecret"\ndefault login d password d\n',
  };
  const read = (path: string) => files[path];
  const urls = 'https://a.upstream.test/x,https://u%40v:p%3A@b.upstream.test/,https://c.upstream.test/';
  const { indexes } = discoverIndexes({ HOME, WHEELMILL_UPSTREAM_URL: urls }, read);
  t.same(
    indexes?.map(({ url, credentials }) => [url, credentials]),
    [
      ['https://a.upstream.test/x/', { username: 'me', password: 's ecret' }],
      ['https://b.upstream.test/', { username: 'u@v', password: 'p:' }],
      ['https://c.upstream.test/', undefined],
    ],
  );
  t.equal(new Set(indexes?.map((index) => index.id)).size, 3);
});
