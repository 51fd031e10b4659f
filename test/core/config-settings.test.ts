import t from 'tap';
import { refusedSettings } from '../../src/core/config-settings.ts';
import { parseRequirementsList } from '../../src/core/requirements-list.ts';

const rows: [allowed: string[], settings: string, refused: string[]][] = [
  [['setup-args', 'cmake.*'], '-C setup-args=-Dx=1 -C cmake.define.A=1', []],
  [['cmake.*'], '-C cmake=1 -C xcmake.a=1 -C cmakeXa=1', ['cmake', 'xcmake.a', 'cmakeXa']],
  [['--build-option'], '-C--build-option=--one -C --build-option=--two', []],
  [['*'], '-C anything=1', []],
  [[], '-C one=1', ['one']],
  [['a.c'], '-C abc=1', ['abc']],
  [['one'], '', []],
];

t.test('keys that the server does not allow are faults of their lines', async (t) => {
  for (const [allowed, settings, refused] of rows) {
    const { requirements, faults } = parseRequirementsList(`# head\ndemo ${settings}`);
    t.same(faults, [], settings);
    const found = refusedSettings(requirements, allowed);
    t.same(
      found.map((one) => /The config setting "(.*?)"/.exec(one.message)?.[1]),
      refused,
      settings,
    );
    for (const one of found)
      t.match(one, { line: 2, code: 'setting-not-allowed', message: /WHEELMILL_CONFIG_SETTINGS/ });
  }
});
