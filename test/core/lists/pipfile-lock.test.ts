import t from 'tap';
import { said, sha } from './read.ts';

const hashes = [`sha256:${sha('b')}`, `sha256:${sha('a')}`];
const HASHES = `--hash=sha256:${sha('a')} --hash=sha256:${sha('b')}`;
const lock = (parts: object, spec: unknown = 6) =>
  JSON.stringify({ _meta: { hash: {}, 'pipfile-spec': spec, requires: {}, sources: [] }, ...parts }, undefined, 1);

t.test('packages', async (t) => {
  const both = {
    default: { a: { hashes, version: '==1' } },
    develop: { a: { version: '==2' }, B_c: { version: '==1', hashes } },
    web: { w: '==3' },
  };
  const rows: [what: string, text: string, selection: object, expected: string[]][] = [
    [
      'a pin with marker, extras and hashes',
      lock({
        default: { A: { version: '==1.0', hashes, extras: ['X_y'], markers: "os_name == 'posix'", index: 'i' } },
      }),
      {},
      [`9: a[x-y]==1.0 ; os_name == "posix" ${HASHES}`],
    ],
    ['the default group alone', lock(both), {}, [`9: a==1 ${HASHES}`]],
    [
      '"develop" is also "dev"',
      lock({ ...both, default: {} }),
      { groups: ['dev'] },
      ['10: a==2', `13: b-c==1 ${HASHES}`, '10: warning partly-hashed'],
    ],
    [
      'a category of its own',
      lock({ ...both, develop: {} }),
      { groups: ['web'] },
      [`9: a==1 ${HASHES}`, '19: w==3', '19: warning partly-hashed'],
    ],
    ['an unknown one', lock(both), { groups: ['x'] }, [`9: a==1 ${HASHES}`, '1: unknown-selection']],
    [
      'the project itself',
      lock({ default: { demo: { editable: true, path: '.' }, a: '==1' } }),
      {},
      ['13: a==1', '9: warning project-skipped'],
    ],
    [
      'everything wrong at once',
      lock({
        default: {
          g: { git: 'x' },
          p: { path: './p' },
          f: { file: 'x' },
          v: { version: '*' },
          n: 7,
          m: { version: '==1', markers: 'x' },
          '-': '==1',
        },
      }),
      {},
      [
        '9: version-control',
        '12: local-path',
        '15: local-path',
        '18: invalid-lock',
        '21: invalid-lock',
        '22: unknown-marker-variable',
        '26: invalid-name',
      ],
    ],
    ['another version', lock({ default: { a: '==1' } }, 5), {}, ['9: a==1', '4: unsupported-lock']],
    ['a group that is no object', lock({ default: 7 }), {}, ['1: invalid-lock']],
    ['no JSON', '{ "_meta": ', {}, ['1: unreadable-lock']],
    ['no object', '[]', {}, ['1: unreadable-lock']],
  ];
  for (const [what, text, selection, expected] of rows) t.same(said('Pipfile.lock', text, selection), expected, what);
});
