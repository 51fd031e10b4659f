import t from 'tap';
import { buildCommand, pipResolveCommand, resolveCommand, resolverFiles } from '../../../src/workers/run/front-end.ts';

const ALL = ':all:';

t.test('a resolver is told what bounds the versions', async (t) => {
  const list = { lines: ['demo', 'other>1'], constraints: ['dep<2'], options: {} };
  t.same(resolverFiles(list), [
    { filename: 'requirements.in', text: 'demo\nother>1\n' },
    { filename: 'constraints.txt', text: 'dep<2\n' },
  ]);
  t.same(resolverFiles({ ...list, constraints: [] }).length, 1);
  const rows: [options: object, expected: string[]][] = [
    [{}, []],
    [{ onlyBinary: [ALL], noBinary: ['one', ALL] }, ['--only-binary=:all:', '--no-binary=one']],
    [{ onlyBinary: ['one'], noBinary: [ALL] }, ['--only-binary=one']],
    [{ noBinary: [ALL] }, []],
    [{ allReleases: [ALL], onlyFinal: ['one'] }, ['--prerelease=allow', '--prerelease-package=one=disallow']],
    [{ allReleases: ['one'], onlyFinal: [ALL] }, ['--prerelease-package=one=allow', '--prerelease=disallow']],
    [{ allReleases: ['one'], onlyFinal: ['one'] }, ['--prerelease-package=one=allow']],
  ];
  for (const [options, expected] of rows) {
    const command = resolveCommand({ uv: 'uv', python: 'python3', folder: '/in' }, { ...list, options });
    t.same(command.slice(command.indexOf('--no-annotate') + 1), [
      ...['--constraints', '/in/constraints.txt', ...expected, '/in/requirements.in'],
    ]);
  }
  const pip = pipResolveCommand(
    { python: 'python3', folder: '/in', report: '/in/report.json' },
    { ...list, options: { onlyBinary: ['one'], allReleases: [ALL] } },
  );
  t.same(pip.slice(pip.indexOf('/in/report.json') + 1), [
    ...['--constraint', '/in/constraints.txt', '--only-binary=one', '--pre', '-r', '/in/requirements.in'],
  ]);
});

t.test('config settings, one or several of a key, in the words of each front end', async (t) => {
  const configSettings = { 'cmake.define.A': '1', '--build-option': ['--x=1', '--y'] };
  const programs = { uv: 'uv', python: 'python3', out: '/out', source: '/src' };
  for (const [frontEnd, option] of [
    ['uv', '--config-setting'],
    ['pip', '--config-settings'],
  ] as const) {
    const command = buildCommand({ configSettings, frontEnd }, programs);
    t.same(
      command.filter((word) => word.startsWith(option)),
      [`${option}=cmake.define.A=1`, `${option}=--build-option=--x=1`, `${option}=--build-option=--y`],
    );
  }
});
