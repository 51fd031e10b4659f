import t from 'tap';
import {
  formatWheelFilename,
  lenientWheelFilename,
  parseWheelFilename,
  withBuildTag,
} from '../../src/core/wheel-filename.ts';

t.test('file names are taken apart', async (t) => {
  t.same(parseWheelFilename('My.Dist_x-1.0+ubuntu_1-12b_x-cp38.cp39-abi3-manylinux_2_17_x86_64.whl'), {
    filename: 'My.Dist_x-1.0+ubuntu_1-12b_x-cp38.cp39-abi3-manylinux_2_17_x86_64.whl',
    name: 'my-dist-x',
    version: '1.0+ubuntu.1',
    build: { number: 12, suffix: 'b_x' },
    tags: ['cp38-abi3-manylinux_2_17_x86_64', 'cp39-abi3-manylinux_2_17_x86_64'],
    pythonTags: ['cp38', 'cp39'],
    abiTags: ['abi3'],
    platformTags: ['manylinux_2_17_x86_64'],
  });
  t.notOk('build' in parseWheelFilename('a-1-py3-none-any.whl'));
});

t.test('what is no wheel name is refused', async (t) => {
  const rows = [
    'a-1-py3-none-any.zip',
    'a-1-py3-none-any.WHL',
    'a-1-none-any.whl',
    'a-1-1-1-py3-none-any.whl',
    'a-1-b1-py3-none-any.whl',
    'a--py3-none-any.whl',
    '-1-py3-none-any.whl',
    'a-latest-py3-none-any.whl',
    'a-1-py3..py2-none-any.whl',
    'a-1-py3-none-.whl',
    '../a-1-py3-none-any.whl',
    'a-1-py3-none-any.whl\n',
    'a b-1-py3-none-any.whl',
    'é-1-py3-none-any.whl',
    `${'a'.repeat(240)}-1-py3-none-any.whl`,
  ];
  for (const text of rows) {
    t.throws(() => parseWheelFilename(text), { code: 'invalid-filename' }, text);
    t.equal(lenientWheelFilename(text), undefined, text);
  }
});

t.test('old names are for lenient reading only', async (t) => {
  for (const text of ['a__b-1-py3-none-any.whl', '_a__b_-1-py3-none-any.whl']) {
    t.throws(() => parseWheelFilename(text), { code: 'invalid-filename' }, text);
    t.equal(lenientWheelFilename(text)?.name, 'a-b', text);
  }
});

t.test('names are made', async (t) => {
  const parts = { name: 'my_dist', version: '1.0', pythonTag: 'cp313', abiTag: 'cp313', platformTag: 'linux_x86_64' };
  t.equal(formatWheelFilename(parts), 'my_dist-1.0-cp313-cp313-linux_x86_64.whl');
  t.equal(formatWheelFilename({ ...parts, build: '1_ab' }), 'my_dist-1.0-1_ab-cp313-cp313-linux_x86_64.whl');
  t.throws(() => formatWheelFilename({ ...parts, name: 'my-dist' }), { code: 'invalid-filename' });
  t.throws(() => formatWheelFilename({ ...parts, build: 'x' }), { code: 'invalid-filename' });
});

t.test('the build tag is put in, in place of any', async (t) => {
  t.equal(withBuildTag('a-1-py3-none-any.whl', '1_0a1b2c3d'), 'a-1-1_0a1b2c3d-py3-none-any.whl');
  t.equal(withBuildTag('a-1-7-py3-none-any.whl', '1_0a1b2c3d'), 'a-1-1_0a1b2c3d-py3-none-any.whl');
  for (const tag of ['', 'a', '1-2', '1/2']) {
    t.throws(() => withBuildTag('a-1-py3-none-any.whl', tag), { code: 'invalid-filename' }, tag);
  }
});
