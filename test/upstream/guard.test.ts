import t from 'tap';
import { checkUrl, guardedLookup, isPrivateAddress, RefusedAddress } from '../../src/upstream/guard.ts';

t.test('addresses that no index page may lead to', async (t) => {
  const isPrivate = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::10.0.0.1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'not an address',
    '',
  ];
  for (const address of isPrivate) t.equal(isPrivateAddress(address), true, address);
});

t.test('addresses of the open internet', async (t) => {
  const isPublic = [
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1',
    '[2a00::1]',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ];
  for (const address of isPublic) t.equal(isPrivateAddress(address), false, address);
});

t.test('URLs are judged by scheme and literal address; a trusted host may be private', async (t) => {
  const refused = [
    'ftp://upstream.test/',
    'file:///etc/passwd',
    'http://127.1/',
    'http://0x7f000001/',
    'http://[::1]/',
  ];
  for (const url of [...refused, 'http://localhost./', 'http://a.localhost/']) {
    t.throws(() => checkUrl(new URL(url), false), RefusedAddress, url);
  }
  checkUrl(new URL('https://upstream.test/'), false);
  checkUrl(new URL('http://127.0.0.1:8080/'), true);
  t.throws(() => checkUrl(new URL('file:///x'), true), RefusedAddress);
});

t.test(
  'a name that means a private address is refused when it is looked up, unless it is the own machine',
  async (t) => {
    const lookUp = (hosts: string[], all: boolean) =>
      new Promise((resolve) => guardedLookup(hosts)('localhost', { all }, (error, found) => resolve(error ?? found)));
    for (const all of [true, false]) {
      t.ok((await lookUp([], all)) instanceof RefusedAddress);
      t.ok((await lookUp(['127.0.0.2', '[::2]', 'no-such-host.invalid'], all)) instanceof RefusedAddress);
    }
    t.match(await lookUp(['localhost'], true), [{ address: /^(127\.0\.0\.1|::1)$/ }]);
    t.match(await lookUp(['localhost'], false), /^(127\.0\.0\.1|::1)$/);
  },
);
