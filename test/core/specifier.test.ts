import t from 'tap';
import { exactPin, parseSpecifier, satisfies } from '../../src/core/specifier.ts';
import { parseVersion } from '../../src/core/version.ts';

t.test('specifiers are normalised', async (t) => {
  const rows: [string, string][] = [
    ['', ''],
    [' , ', ''],
    ['>= 1.0 , <2', '<2,>=1.0'],
    ['==1.0,==1.0', '==1.0'],
    ['==1.0-ALPHA', '==1.0a0'],
    ['==V1.0.*', '==1.0.*'],
    ['===Whatever-1', '===Whatever-1'],
    ['~=1.4.5a4,', '~=1.4.5a4'],
    ['!=1.0+Local', '!=1.0+local'],
  ];
  for (const [text, normalized] of rows) t.equal(parseSpecifier(text).text, normalized, text);
});

t.test('what is no specifier is refused', async (t) => {
  const rows = ['1.0', '=1.0', '^1.0', '~1.0', '>=', '>=1.0.*', '~=1', '~=1.0.*', '<1.0+a', '>=1.0+a', '~=1.0+a'];
  const more = [
    '==1.0a1.*',
    '==1.0.post1.*',
    '==1.0+a.*',
    '==1.*.0',
    '==*',
    '>=1.0 <2',
    '==foo',
    '=>1',
    '==1.0;',
    '===',
  ];
  for (const text of [...rows, ...more, Array(101).fill('!=1').join(',')]) {
    t.throws(() => parseSpecifier(text), { code: 'invalid-specifier' }, text);
  }
});

t.test('which versions fit', async (t) => {
  const rows: [specifier: string, fits: string, not: string][] = [
    ['', '1 1.0+a', '1a1'],
    ['==1.0', '1 1.0 1.0.0 1.0+cpu', '1.0.1 1.0.post1 1.0a1 1!1.0'],
    ['==1.0+cpu', '1.0+cpu 1+cpu', '1.0 1.0+gpu'],
    ['!=1.0', '1.1 1.0.post1', '1.0 1.0+cpu 1'],
    ['==1.0.*', '1 1.0 1.0.5 1.0.post1 1.0+a', '1.1 1!1.0 1.0a1 10'],
    ['!=1.0.*', '1.1 1!1.0', '1 1.0.3'],
    ['==1.*', '1 1.99', '2 10'],
    ['~=1.0', '1.0 1.9 1.0.post1 1', '2 0.9'],
    ['~=1.0.0', '1 1.0.9', '1.1'],
    ['~=1!2.2', '1!2.3', '2.3 1!3.0'],
    ['~=2.2.post3', '2.2.post3 2.9', '2.2 3.0'],
    ['>=1.0', '1.0 1.0+a 1.0.post1 1!0', '0.9 1.0a1'],
    ['<=1.0', '1.0 1.0+a 0.9', '1.0.post1 1.0.1'],
    ['>1.0', '1.1 1!0.1', '1.0 1.0+a 1.0.post1 1'],
    ['>1.0.post1', '1.0.post2 1.1', '1.0.post1 1.0.post1+a 1.0'],
    ['>1!1.0', '2!1.0 1!1.1', '1!1.0 3'],
    ['<1.0', '0.9 0.9.post1', '1.0 1.0a1 1.0.dev1'],
    ['<1.0rc1', '1.0b1 0.9', '1.0rc1 1.0'],
    ['<1.0.post1', '1.0', '1.0.post1 1.0.post1.dev0'],
    ['===1.0', '1.0', '1.0.0 1.0+a'],
    ['>=1.0a1,<2', '1.0a1 1.5b1 1.9', '2 2a1 0.9'],
    ['>=1.0,!=1.5a1', '1.4', '1.5a1 1.6a1'],
    ['>=1,<2,!=1.5.*', '1.4 1.6', '1.5 1.5.1 2'],
  ];
  for (const [text, fits, not] of rows) {
    const specifier = parseSpecifier(text);
    for (const one of fits.split(' ')) t.ok(satisfies(parseVersion(one), specifier), `"${text}" takes ${one}`);
    for (const one of not.split(' ')) t.notOk(satisfies(parseVersion(one), specifier), `"${text}" refuses ${one}`);
  }
});

t.test('pre-releases by choice', async (t) => {
  const version = parseVersion('1.1a1');
  t.ok(satisfies(version, parseSpecifier('>=1.0'), { prereleases: true }));
  t.notOk(satisfies(version, parseSpecifier('>=1.0a1'), { prereleases: false }));
  t.notOk(satisfies(version, parseSpecifier('<1.1'), { prereleases: true }));
});

t.test('exact pins', async (t) => {
  const rows: [string, string | undefined][] = [
    ['==1.0', '1.0'],
    ['===1.0', '1.0'],
    ['==1.0a1', '1.0a1'],
    ['==1.0,>=0.5', '1.0'],
    ['==1.0,==1.0.0', '1.0'],
    ['==1.0,===1.0.0', '1.0.0'],
    ['==1.0,==1.0+cpu', '1.0+cpu'],
    ['', undefined],
    ['==1.0.*', undefined],
    ['~=1.0', undefined],
    ['>=1.0,<=1.0', undefined],
    ['==1.0,==2.0', undefined],
    ['==1.0,>1', undefined],
    ['===foo', undefined],
  ];
  for (const [text, pin] of rows) t.equal(exactPin(parseSpecifier(text)), pin, text);
});
