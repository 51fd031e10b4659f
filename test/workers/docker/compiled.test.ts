import t from 'tap';
import { compiledVolume, createCompiled } from '../../../src/workers/docker/compiled.ts';
import { connectEngine, createEngine } from '../../../src/workers/docker/engine.ts';
import { findImage } from '../../../src/workers/docker/identity.ts';
import { docker as command, testTargets } from '../../services/docker.ts';
import { containersOf, docker, newOwner } from './harness.ts';

const { runtime } = testTargets()[0]!;
const image = (await findImage(docker, runtime))!;
const run = {
  ...{ job: 'a proof', signal: new AbortController().signal, log: { write: async () => {} } },
  gateway: { handle: () => t.fail('nothing is fetched') },
} as never;

t.test('what a proof runs is compiled once an image, by root, for others to read', async (t) => {
  const owner = newOwner();
  const engine = createEngine(owner, connectEngine());
  const volume = await createCompiled(engine).volume(image, 'python3', run);
  t.match(volume, /^wheelmill-compiled-[0-9a-f]{16}$/);
  t.equal(await createCompiled(engine).volume(image, 'python3', run), volume);
  t.strictSame(await containersOf(owner), []);
  const ask = (script: string) =>
    command('run', '--rm', '--network=none', '--volume', `${volume}:/v:ro`, runtime, 'sh', '-c', script);
  t.match(await ask('find /v/ready -name "*.pyc" -path "*/pip/_internal/*"'), /install/);
  t.equal(await ask('find /v/ready -uid +0 -o -perm /022'), '', 'only root can write it');
  t.equal(await ask('find /v/ready -path "*tmp*" -o -path "*wheelmill_nothing*"'), '', 'it is all of the image');
  const used = 'python -v -X pycache_prefix=/v/ready -c "import venv" 2>&1 | grep -c "matches"';
  t.ok(Number(await ask(used)) > 0, 'the interpreter takes it for what it has itself');
});

t.test('without it a proof goes on', async (t) => {
  const engine = createEngine(newOwner(), connectEngine());
  const elsewhere = { ...image, identity: newOwner() };
  t.equal(await createCompiled(engine).volume(elsewhere, '/no/python', run), undefined);
  await docker.getVolume(compiledVolume(elsewhere)).remove();
});
