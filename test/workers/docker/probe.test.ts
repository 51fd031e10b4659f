import t from 'tap';
import { imageIdentity } from '../../../src/workers/docker/identity.ts';
import { refuseMismatch, refuseOtherMachine } from '../../../src/workers/docker/probe.ts';
import type { Answer } from '../../../src/workers/run/probe-answer.ts';

const PAIR = { name: 'x', build: 'python:a', runtime: 'python:b' };
const ANSWER = {
  implementation: 'cpython',
  version: '3.13.5',
  abi: 'cpython-313-x86_64-linux-gnu',
  libc: { name: 'glibc', version: '2.41' },
  distribution: { id: 'debian', version: '13', codename: 'trixie' },
} as Answer;

t.test('pairs that fit', async (t) => {
  refuseMismatch(PAIR, ANSWER, ANSWER);
  refuseMismatch(PAIR, ANSWER, { ...ANSWER, version: '3.13.9' });
  t.pass();
});

t.test('pairs that do not, with every difference in one sentence', async (t) => {
  const rows: [Partial<Answer>, RegExp][] = [
    [{ version: '3.12.5' }, /Python \(cpython 3\.13 and cpython 3\.12\)/],
    [{ implementation: 'pypy' }, /Python/],
    [{ abi: 'cpython-313t-x86_64-linux-gnu' }, /ABI/],
    [{ libc: { name: 'musl', version: '1.2' } }, /C library \(glibc 2\.41 and musl 1\.2\)/],
    [{ distribution: { id: 'debian', version: '12', codename: 'bookworm' } }, /release \(debian 13 and debian 12\)/],
    [{ version: '3.12.5', abi: 'other' }, /Python .*, ABI/],
  ];
  for (const [changes, message] of rows) {
    t.throws(() => refuseMismatch(PAIR, ANSWER, { ...ANSWER, ...changes }), { code: 'bad-config', message });
  }
  t.throws(() => refuseMismatch(PAIR, ANSWER, ANSWER, false), { message: /platform/ });
});

t.test('an image must have programs of the platform it says it is for', async (t) => {
  const on = (platform_machine: string) => ({ environment: { ...ANSWER.environment, platform_machine } });
  refuseOtherMachine(PAIR, on('x86_64'), 'linux/amd64');
  refuseOtherMachine(PAIR, on('aarch64'), 'linux/arm64');
  // Of one kernel both.
  refuseOtherMachine(PAIR, on('aarch64'), 'linux/arm/v7');
  t.throws(() => refuseOtherMachine(PAIR, on('x86_64'), 'linux/arm64'), {
    code: 'bad-config',
    message: /python:b says it is for linux\/arm64, but Python in it runs on x86_64/,
  });
});

t.test('an image identity changes with what decides a build, and with nothing else', async (t) => {
  const image = (changes: { Layers?: string[]; Architecture?: string; Env?: string[]; Id?: string }) =>
    imageIdentity({
      RootFS: { Type: 'layers', Layers: changes.Layers ?? ['sha256:a', 'sha256:b'] },
      Architecture: changes.Architecture ?? 'amd64',
      Config: { Env: changes.Env ?? ['A=1', 'B=2'] },
      ...(changes.Id && { Id: changes.Id }),
    } as Parameters<typeof imageIdentity>[0]);
  const first = image({});
  t.equal(image({ Id: 'sha256:other' }), first);
  t.equal(image({ Env: ['B=2', 'A=1'] }), first);
  t.not(image({ Layers: ['sha256:b', 'sha256:a'] }), first);
  t.not(image({ Architecture: 'arm64' }), first);
  t.not(image({ Env: ['A=1'] }), first);
});
