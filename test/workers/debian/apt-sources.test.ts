import t from 'tap';
import { fileOfArchive, needsPlain, parseAptSources } from '../../../src/workers/debian/apt-sources.ts';

const uri = (url: string) => `'${url}' some_name 0 \n`;
const PRINTED =
  uri('http://archive.test/debian/dists/trixie/InRelease') +
  uri('http://archive.test/debian/dists/trixie-updates/InRelease') +
  uri('http://security.test:8000/dists/trixie-security/updates/InRelease') +
  uri('http://archive.test/debian/dists/trixie/main/binary-amd64/Packages.xz');

t.test('what apt is set up for', async (t) => {
  t.same(parseAptSources(PRINTED), [
    { archive: 'http://archive.test/debian/', suite: 'trixie' },
    { archive: 'http://archive.test/debian/', suite: 'trixie-updates' },
    { archive: 'http://security.test:8000/', suite: 'trixie-security/updates' },
  ]);
  const rows: [printed: string, message: RegExp][] = [
    ['', /no apt with package sources/],
    [uri('http://flat.test/./InRelease'), /"http:\/\/flat\.test\/\.\/InRelease", which is no archive/],
    [PRINTED + uri('ftp://old.test/dists/trixie/InRelease'), /ftp:\/\/old\.test\/".*only sources with http:/],
    [uri('http://user:word@x.test/dists/trixie/InRelease'), /only sources with http:/],
    [uri('file:/srv/dists/trixie/InRelease'), /only sources with http:/],
  ];
  for (const [printed, message] of rows)
    t.throws(() => parseAptSources(printed), { reason: 'packages-failed', message }, printed);
});

t.test('files of the archive, and nothing else', async (t) => {
  const sources = parseAptSources(PRINTED);
  const rows: [url: string, isOne: boolean][] = [
    ['http://archive.test/debian/dists/trixie/InRelease', true],
    ['http://archive.test/debian/dists/trixie/main/Contents-amd64.gz', true],
    ['http://archive.test/debian/pool/main/o/openldap/libldap-dev_2.6.10%2bdfsg-1_amd64.deb', true],
    ['http://security.test:8000/pool/updates/x.deb', true],
    ['http://archive.test/debian/dists/sid/InRelease', false],
    ['http://archive.test/debian/README', false],
    ['http://archive.test/debian-security/pool/x.deb', false],
    ['http://archive.test:81/debian/pool/x.deb', false],
    ['http://security.test/pool/x.deb', false],
    ['https://archive.test/debian/pool/x.deb', false],
    ['http://other.test/debian/pool/x.deb', false],
    ['http://archive.test@other.test/debian/pool/x.deb', false],
    ['http://archive.test/debian/pool/../../secret', false],
    ['http://archive.test/debian/pool/%2e%2e/secret', false],
    ['http://archive.test/debian/pool/x.deb?to=elsewhere', false],
    ['http://archive.test/debian/pool/x.deb#', false],
    ['/debian/pool/x.deb', false],
    ['', false],
  ];
  for (const [url, isOne] of rows) t.equal(fileOfArchive(url, sources), isOne ? url : undefined, url);
});

t.test('sources over https, which apt takes for plain ones', async (t) => {
  const sources = parseAptSources(
    uri('https://tls.test/debian/dists/trixie/InRelease') +
      uri('https://tls.test:8443/dists/trixie/InRelease') +
      uri('http://archive.test/debian/dists/trixie/InRelease'),
  );
  t.ok(needsPlain(sources));
  t.notOk(needsPlain(parseAptSources(PRINTED)));
  const rows: [asked: string, fetched: string | undefined][] = [
    ['http://tls.test/debian/pool/x.deb', 'https://tls.test/debian/pool/x.deb'],
    ['http://tls.test:8443/dists/trixie/InRelease', 'https://tls.test:8443/dists/trixie/InRelease'],
    ['http://archive.test/debian/pool/x.deb', 'http://archive.test/debian/pool/x.deb'],
    ['https://tls.test/debian/pool/x.deb', undefined],
    ['http://tls.test:443/debian/pool/x.deb', undefined],
    ['http://tls.test/secret', undefined],
  ];
  for (const [asked, fetched] of rows) t.equal(fileOfArchive(asked, sources), fetched, asked);
});
