import t from 'tap';
import type { CrateName } from '../../../src/core/crate-name.ts';
import type { Sha256 } from '../../../src/core/sha256.ts';
import { downloadUrl, parseRegistryConfig } from '../../../src/upstream/crates/download-url.ts';

const sha256 = 'a'.repeat(64) as Sha256;
const crate = { name: 'MyCrate' as CrateName, version: '1.0.0+b', sha256 };

const ROWS: [dl: string, url: string | RegExp][] = [
  ['https://upstream.test/dl', 'https://upstream.test/dl/MyCrate/1.0.0+b/download'],
  ['https://upstream.test/{crate}-{version}.crate', 'https://upstream.test/MyCrate-1.0.0+b.crate'],
  ['https://upstream.test/{prefix}/{crate}', 'https://upstream.test/My/Cr/MyCrate'],
  ['https://upstream.test/{lowerprefix}/{crate}', 'https://upstream.test/my/cr/MyCrate'],
  ['https://upstream.test/{sha256-checksum}/{other}', `https://upstream.test/${sha256}/%7Bother%7D`],
  ['file:///etc/passwd?{crate}', /no URL of crates/],
  ['/dl', /no URL of crates/],
];

for (const [dl, url] of ROWS) {
  t.test(dl, async (t) => {
    if (typeof url === 'string') t.equal(downloadUrl({ dl }, crate).href, url);
    else t.throws(() => downloadUrl({ dl }, crate), { kind: 'unfit', message: url });
  });
}

for (const text of ['', '[]', '{}', '{"dl":1}', '{"dl":"x","auth-required":"yes"}'])
  t.throws(() => parseRegistryConfig(text), { kind: 'unfit', message: /config\.json/ }, text);
