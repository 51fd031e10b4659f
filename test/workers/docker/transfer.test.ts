import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { createReceiver } from '../../../src/workers/docker/transfer.ts';

const NAME = 'small-1.0-py3-none-any.whl';
const line = (answer: unknown) => Buffer.from(`${JSON.stringify(answer)}\n`);
const answer = (changes: object) => line({ wheels: [NAME], others: [], size: 5, ...changes });

async function receive(folder: string, pieces: Buffer[], most = 100) {
  const receiver = createReceiver(folder, most);
  try {
    for (const piece of pieces) await receiver.write(piece);
    return await receiver.finish();
  } finally {
    await receiver.close();
  }
}

t.test('a wheel arrives whole, however it is cut', async (t) => {
  const bytes = Buffer.concat([answer({}), Buffer.from('bytes')]);
  for (const size of [1, 7, bytes.length]) {
    const folder = t.testdir({});
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const wheel = await receive(folder, pieces);
    t.equal(wheel.filename, NAME);
    t.equal(await readFile(wheel.path, 'utf8'), 'bytes');
  }
});

t.test('what is not believed', async (t) => {
  const bytes = Buffer.from('bytes');
  const rows: Record<string, [Buffer[], string]> = {
    'no JSON': [[Buffer.from('hello\n')], 'bad-wheel'],
    'another shape': [[line({ wheels: 'x' })], 'bad-wheel'],
    'no line at all': [[Buffer.alloc(100_000, 'x')], 'bad-wheel'],
    nothing: [[], 'bad-wheel'],
    'no wheel': [[answer({ wheels: [] })], 'bad-wheel'],
    'a link': [[answer({ wheels: [], others: [NAME] })], 'bad-wheel'],
    'two wheels': [[answer({ wheels: [NAME, 'b.whl'] })], 'bad-wheel'],
    'a path': [[answer({ wheels: [`../${NAME}`] }), bytes], 'bad-wheel'],
    'an absolute path': [[answer({ wheels: [`/tmp/${NAME}`] }), bytes], 'bad-wheel'],
    'no version': [[answer({ wheels: ['small.whl'] }), bytes], 'bad-wheel'],
    'control characters': [[answer({ wheels: [`small\n-1.0-py3-none-any.whl`] }), bytes], 'bad-wheel'],
    'a size past the cap': [[answer({ size: 101 })], 'output-too-large'],
    'a negative size': [[answer({ size: -1 })], 'bad-wheel'],
    'more bytes than announced': [[answer({}), bytes, bytes], 'bad-wheel'],
    'fewer bytes than announced': [[answer({}), bytes.subarray(1)], 'bad-wheel'],
  };
  for (const [name, [pieces, reason]] of Object.entries(rows)) {
    const folder = t.testdir({ inner: {} });
    await t.rejects(receive(`${folder}/inner`, pieces), { reason, message: /wheel|bytes|file/ }, name);
    t.same(await readdir(folder), ['inner'], `${name}: nothing beside the folder`);
  }
});
