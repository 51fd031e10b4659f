import t from 'tap';
import { readClientAgent } from '../../src/core/client-agent.ts';
import { targetOfClient } from '../../src/core/client-target.ts';
import type { Target } from '../../src/core/records/target.ts';
import { TARGET } from './planning-data.ts';

/** As pip 26.3 and uv 0.13 send them in a Debian image. */
const PIP =
  'pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"trixie","libc":{"lib":"glibc","version":"2.41"},"name":"Debian GNU/Linux","version":"13"},"implementation":{"name":"CPython","version":"3.13.5"},"installer":{"name":"pip","version":"26.3"},"python":"3.13.5","system":{"name":"Linux","release":"6.1"}}';
const UV = PIP.replace('pip/26.3', 'uv/0.13.9');
const PLATFORM = {
  ...{ system: 'linux', implementation: 'cpython', python: '3.13.5', machine: 'x86_64' },
  libc: { name: 'glibc', version: '2.41' },
};

t.test('User-Agents', async (t) => {
  const rows: [what: string, header: string | undefined, expected: ReturnType<typeof readClientAgent>][] = [
    ['pip', PIP, { name: 'pip', platform: PLATFORM }],
    ['uv', UV, { name: 'uv', platform: PLATFORM }],
    ['nothing', undefined, { name: '' }],
    ['empty', '', { name: '' }],
    ['without JSON', 'poetry/2.5.1 CPython/3.13', { name: 'poetry' }],
    ['a browser', 'Mozilla/5.0 (X11; Linux x86_64)', { name: 'mozilla' }],
    ['half a JSON', 'pip/26.3 {"cpu":"x86_64"', { name: 'pip' }],
    ['JSON that is no JSON', 'pip/26.3 {cpu}', { name: 'pip' }],
    ['other types than are due', PIP.replace('"python":"3.13.5"', '"python":3.13'), { name: 'pip' }],
    ['too long to be real', `pip/26.3 {"cpu":"${'x'.repeat(5000)}"}`, { name: '' }],
    ['without a system', PIP.replace('"Linux"', 'null'), { name: 'pip' }],
  ];
  for (const [what, header, expected] of rows) t.same(readClientAgent(header), expected, what);
});

t.test('targets of clients', async (t) => {
  const named = (name: string, more: Partial<Target>): Target => ({ ...TARGET, name, ...more });
  const targets = [
    named('trixie', {}),
    named('bookworm', { libc: { name: 'glibc', version: '2.36' } }),
    named('old', { python: { ...TARGET.python, version: '3.11.9' } }),
    named('arm', { platform: 'linux/arm64' }),
    named('alpine', { libc: { name: 'musl', version: '1.2' } }),
  ];
  const { libc: _, ...noLibc } = PLATFORM;
  const glibc = (version: string) => ({ ...PLATFORM, libc: { name: 'glibc', version } });
  const rows: [what: string, client: Parameters<typeof targetOfClient>[0], expected: string | undefined][] = [
    ['the same', PLATFORM, 'trixie'],
    ['another patch release', { ...PLATFORM, python: '3.13.0' }, 'trixie'],
    ['an older C library', glibc('2.36'), 'bookworm'],
    ['one between two', glibc('2.38'), 'bookworm'],
    ['a newer one', glibc('2.99'), 'trixie'],
    ['2.5 is older than 2.36', glibc('2.5'), undefined],
    ['another Python', { ...PLATFORM, python: '3.11.2' }, 'old'],
    ['a Python of no target', { ...PLATFORM, python: '3.12.1' }, undefined],
    ['3.1 is not 3.13', { ...PLATFORM, python: '3.1.3' }, undefined],
    ['another machine', { ...PLATFORM, machine: 'aarch64' }, 'arm'],
    ['no machine of ours', { ...PLATFORM, machine: 'riscv64' }, undefined],
    ['another interpreter', { ...PLATFORM, implementation: 'pypy' }, undefined],
    ['another system', { ...PLATFORM, system: 'darwin' }, undefined],
    ['no glibc', noLibc, 'alpine'],
    ['musl, as uv says it', { ...PLATFORM, libc: { name: 'musl', version: '1.2' } }, 'alpine'],
  ];
  for (const [what, client, expected] of rows) t.equal(targetOfClient(client, targets)?.name, expected, what);
  t.equal(targetOfClient(PLATFORM, []), undefined, 'without targets');
});
