import t from 'tap';
import { installedSize } from '../../../src/workers/debian/apt-size.ts';

const FILES =
  "'http://deb/pool/a.deb' a_1_amd64.deb 18824 MD5Sum:be5c\n'http://deb/pool/b.deb' b_1_amd64.deb 36288 SHA256:c1f6\n";

t.test('what apt says of an installation', async (t) => {
  const rows: [printed: string, bytes: number][] = [
    [
      `Need to get 55.1 kB of archives.\nAfter this operation, 1820 kB of additional disk space will be used.\n${FILES}`,
      1_820_000,
    ],
    [`After this operation, 6,142 MB of additional disk space will be used.\n`, 6_142_000_000],
    [`After this operation, 2.5 GB of additional disk space will be used.\n`, 2_500_000_000],
    [`After this operation, 0 B of additional disk space will be used.\n${FILES}`, 55_112],
    [`  Download size: 60 kB\n  Space needed: 1,820 kB / 80 GB available\n`, 1_820_000],
    [`After this operation, 12 kB disk space will be freed.\n${FILES}`, 55_112],
    [FILES, 55_112],
    ['0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n', 0],
  ];
  for (const [printed, bytes] of rows) t.equal(installedSize(printed), bytes, printed);
});
