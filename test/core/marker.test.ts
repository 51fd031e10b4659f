import t from 'tap';
import { evaluateMarker, formatMarker, parseMarker } from '../../src/core/marker.ts';
import type { MarkerEnvironment } from '../../src/core/records/marker-environment.ts';

const LINUX: MarkerEnvironment = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.12.0-1-amd64',
  platform_system: 'Linux',
  platform_version: '#1 SMP PREEMPT_DYNAMIC',
  python_version: '3.13',
  python_full_version: '3.13.5',
  implementation_name: 'cpython',
  implementation_version: '3.13.5',
};

t.test('markers hold or not', async (t) => {
  const rows: [marker: string, holds: boolean, extra?: string | Set<string>][] = [
    ['python_version >= "3.9"', true],
    ['python_version < "3.9"', false],
    ['"3.9" <= python_version', true],
    ['python_version == "3.13.0"', true],
    ['python_version == "3.*"', true],
    ['python_version ~= "3.10"', true],
    ['python_version === "3.13"', true],
    ['python_version in "3.12 3.13"', true],
    ['python_version not in "3.12, 3.13"', false],
    ['python_full_version < "3.13.10"', true],
    ['python_full_version > "3.13.5rc1"', true],
    ['python_version != "abc"', true],
    ['platform_release >= "4"', false],
    ['platform_version >= "1"', false],
    ['platform_machine >= "x86_64"', true],
    ['platform_machine < "z"', false],
    ['os.name == "posix" and sys.platform == "linux"', true],
    ['python_implementation == "CPython"', true],
    ['"linux" in sys_platform', true],
    ['sys_platform == "win32" or os_name == "posix" and python_version < "3"', false],
    ['(sys_platform == "win32" or os_name == "posix") and python_version > "3"', true],
    ['extra == "test"', false],
    ['extra == ""', true],
    ['extra == "Te_st"', true, 'te.ST'],
    ['extra == "a" or extra == "b"', true, new Set(['x', 'b'])],
    ['extra == "a" and extra == "b"', false, new Set(['a', 'b'])],
    ['extra == ""', true, new Set()],
  ];
  for (const [text, holds, extra] of rows) t.equal(evaluateMarker(parseMarker(text), LINUX, extra), holds, text);
});

t.test('a Python built from a checkout', async (t) => {
  const environment = { ...LINUX, python_full_version: '3.15.0a1+' };
  t.ok(evaluateMarker(parseMarker('python_full_version >= "3.15.0a1"'), environment));
  t.notOk(evaluateMarker(parseMarker('python_full_version < "3.15.0a1"'), environment));
});

t.test('lists of names in lock files', async (t) => {
  const lists = { extras: ['Te.st', 'b'], dependencyGroups: ['dev'] };
  const rows: [marker: string, holds: boolean, holdsWithout: boolean][] = [
    ['"te_ST" in extras', true, false],
    ['"te_ST" not in extras', false, true],
    ['"dev" in dependency_groups', true, false],
    ['"b" in dependency_groups', false, false],
    ['"b" not in dependency_groups', true, true],
    ['"te" in extras', false, false],
    ['"b" in extras and ("x" in extras or "dev" in dependency_groups)', true, false],
    ['"b" in extras and python_version < "3"', false, false],
  ];
  for (const [text, holds, holdsWithout] of rows) {
    const marker = parseMarker(text, { ofLockFile: true });
    t.equal(evaluateMarker(marker, LINUX, '', lists), holds, text);
    t.equal(evaluateMarker(marker, LINUX), holdsWithout, `${text}, nothing asked for`);
    t.same(parseMarker(formatMarker(marker), { ofLockFile: true }), marker, text);
  }
  t.equal(formatMarker(parseMarker("'Foo_x'  not  in extras", { ofLockFile: true })), '"foo-x" not in extras');
  for (const text of [
    'extras == "a"',
    '"a" == extras',
    'extras in "a"',
    'extras in dependency_groups',
    '"a" <= extras',
  ])
    t.throws(() => parseMarker(text, { ofLockFile: true }), { code: 'invalid-marker' }, text);
  t.throws(() => parseMarker('extra == "a"', { ofLockFile: true }), { code: 'unknown-marker-variable' });
  t.throws(() => parseMarker('"a" in dependency_groups'), { message: /lock files only/ });
});

t.test('one spelling, which means the same', async (t) => {
  const rows: [string, string][] = [
    ["os_name=='a'", 'os_name == "a"'],
    [`'a"b' == os_name`, `'a"b' == os_name`],
    ['((os_name=="a"))', 'os_name == "a"'],
    ['os_name=="a"and(os_name=="b"or os_name=="c")', 'os_name == "a" and (os_name == "b" or os_name == "c")'],
    ['(os_name=="a" and os_name=="b") or os_name=="c"', 'os_name == "a" and os_name == "b" or os_name == "c"'],
    ['os_name=="a" or (os_name=="b" or os_name=="c")', 'os_name == "a" or os_name == "b" or os_name == "c"'],
    ['"x"  not   in extra', '"x" not in extra'],
    ['extra == "Foo._Bar"', 'extra == "foo-bar"'],
    ['platform.python_implementation == "x"', 'platform_python_implementation == "x"'],
  ];
  for (const [text, formatted] of rows) {
    t.equal(formatMarker(parseMarker(text)), formatted, text);
    t.same(parseMarker(formatted), parseMarker(text), text);
  }
});

t.test('what is no marker is refused', async (t) => {
  const rows = [
    '',
    '()',
    'os_name',
    'os_name ==',
    'os_name == ',
    '"a" == "b"',
    'os_name == sys_platform',
    'os_name = "a"',
  ];
  const more = [
    'os_name == "a',
    'os_name == "a" and',
    'os_name == "a" os_name == "b"',
    '(os_name == "a"',
    'os_name == "a")',
  ];
  const yet = [
    'os_name not "a"',
    'os_name ~= "a"',
    'os_name === "a"',
    'python_version ~= "3"',
    'python_version === "3 4"',
    'os_name == "a\\"',
    'os_name == "a"; x',
  ];
  const deep = `${'('.repeat(51)}os_name == "a"${')'.repeat(51)}`;
  for (const text of [...rows, ...more, ...yet, deep, `os_name == "${'a'.repeat(8192)}"`]) {
    t.throws(() => parseMarker(text), { code: 'invalid-marker' }, text.slice(0, 60));
  }
  for (const text of ['python == "3"', 'os_names == "a"', '"a" in extras', 'constructor == "a"']) {
    t.throws(() => parseMarker(text), { code: 'unknown-marker-variable' }, text);
  }
});
