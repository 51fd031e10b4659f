import t from 'tap';
import { canonicalJson } from '../../src/core/canonical-json.ts';

t.test('one spelling', async (t) => {
  const rows: [unknown, string][] = [
    [{ b: 1, a: [true, null, 'é"'] }, '{"a":[true,null,"é\\""],"b":1}'],
    [{ b: undefined, a: {} }, '{"a":{}}'],
    [{ B: 1, a: 2, '10': 3, '9': 4 }, '{"10":3,"9":4,"B":1,"a":2}'],
    [[], '[]'],
    [-0, '0'],
    [1e21, '1e+21'],
  ];
  for (const [value, text] of rows) t.equal(canonicalJson(value), text, text);
});

t.test('what JSON cannot say is refused', async (t) => {
  for (const value of [undefined, [undefined], Number.NaN, 1n, () => 1, new Date(0), new Map(), Symbol('x')]) {
    t.throws(() => canonicalJson(value), { code: 'invalid-json' }, typeof value);
    t.throws(() => canonicalJson({ nested: [value] }), { code: 'invalid-json' }, `nested ${typeof value}`);
  }
});
