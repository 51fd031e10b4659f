import t from 'tap';
import { buildKey, parseBuildKey } from '../../src/core/build-key.ts';
import { sha256Hex } from '../../src/core/sha256.ts';

const inputs = { sdist: sha256Hex('sdist'), image: 'sha256:1', procedure: '1', recipe: { a: 1, b: [2] } };

t.test('equal work has an equal key, whatever the order of its fields', async (t) => {
  t.equal(
    buildKey({ recipe: { b: [2], a: 1 }, procedure: '1', image: 'sha256:1', sdist: inputs.sdist }),
    buildKey(inputs),
  );
  const stored = '6ff9e5b9dfc177bcd4b31e544de2d06d3ce8e68737c86506f37a4eb04f0b10b7';
  t.equal(buildKey(inputs), stored, 'keys in buckets stay valid: this value never changes');
});

t.test('every input counts', async (t) => {
  const others = [
    { ...inputs, sdist: sha256Hex('other') },
    { ...inputs, image: 'sha256:2' },
    { ...inputs, procedure: '2' },
    { ...inputs, recipe: { a: 1, b: [3] } },
  ];
  t.equal(new Set([inputs, ...others].map(buildKey)).size, 5);
});

t.test('keys from outside', async (t) => {
  t.equal(parseBuildKey(buildKey(inputs)), buildKey(inputs));
  for (const text of ['', 'x', buildKey(inputs).toUpperCase(), `${buildKey(inputs)}/..`]) {
    t.throws(() => parseBuildKey(text), { code: 'invalid-key' }, text);
  }
});
