import t from 'tap';
import { isSha256, parseSha256, sha256Hex } from '../../src/core/sha256.ts';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

t.test('digests are made of bytes and of UTF-8 text', async (t) => {
  t.equal(sha256Hex(''), EMPTY);
  t.equal(sha256Hex('é'), sha256Hex(new Uint8Array([0xc3, 0xa9])));
});

t.test('digests from outside', async (t) => {
  t.equal(parseSha256(EMPTY.toUpperCase()), EMPTY);
  t.ok(isSha256(EMPTY));
  t.notOk(isSha256(EMPTY.toUpperCase()));
  for (const text of ['', EMPTY.slice(1), `${EMPTY}0`, `g${EMPTY.slice(1)}`, ` ${EMPTY}`, `${EMPTY}\n`]) {
    t.throws(() => parseSha256(text), { code: 'invalid-hash' }, JSON.stringify(text));
  }
});
