import t from 'tap';
import { parseTagSet, tagPriority } from '../../src/core/tags.ts';

t.test('compressed sets', async (t) => {
  t.same(parseTagSet('py3-none-any'), ['py3-none-any']);
  t.same(parseTagSet('py2.py3-none-any'), ['py2-none-any', 'py3-none-any']);
  t.same(parseTagSet('CP313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64'), [
    'cp313-cp313-manylinux_2_17_x86_64',
    'cp313-cp313-manylinux2014_x86_64',
  ]);
  t.same(parseTagSet('py3.py3-none-any'), ['py3-none-any']);
  t.equal(parseTagSet('cp38.cp39-abi3.none-linux_x86_64.any').length, 8);
});

t.test('what is no tag is refused', async (t) => {
  const many = Array.from({ length: 11 }, (_, at) => `py${at}`).join('.');
  const rows = [
    '',
    'py3',
    'py3-none',
    'py3-none-any-x',
    'py3--any',
    'py3.-none-any',
    '.py3-none-any',
    'py3-none-any/..',
    '3-none-any',
  ];
  for (const text of [...rows, 'py3-no ne-any', `${many}-${many}-${many}`]) {
    t.throws(() => parseTagSet(text), { code: 'invalid-tag' }, text);
  }
});

t.test('the best tag counts', async (t) => {
  const supported = ['cp313-cp313-linux_x86_64', 'cp313-abi3-linux_x86_64', 'py3-none-any', 'py3-none-any'];
  t.equal(tagPriority(['py3-none-any', 'cp313-abi3-linux_x86_64'], supported), 1);
  t.equal(tagPriority(['py3-none-any'], supported), 2);
  t.equal(tagPriority(['py2-none-any'], supported), undefined);
  t.equal(tagPriority([], supported), undefined);
  t.equal(tagPriority(['py3-none-any'], []), undefined);
});
