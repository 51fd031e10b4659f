import t from 'tap';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { testTargets } from '../../services/docker.ts';
import { docker, newOwner } from './harness.ts';
import { startRegistry } from './registry.ts';

t.setTimeout(120_000);

const builder = createDockerBuilder({ owner: newOwner() });
const { signal } = new AbortController();
const [pair] = testTargets();
const { platform: native } = await builder.about();
t.equal(native, 'linux/amd64', 'these tests know what an engine for amd64 does');

t.test('the platform of the engine may be written', async (t) => {
  const target = await builder.probe({ name: 'twin', ...pair!, platform: native }, { signal });
  const plain = await builder.probe({ name: 'plain', ...pair! }, { signal });
  t.equal(target.platform, native);
  t.equal(target.build.identity, plain.build.identity, 'they are the same images');
  t.same(target.tags, plain.tags);
});

t.test('another platform is asked of the registry, and what the engine cannot run is told', async (t) => {
  const registry = await startRegistry(t);
  const { reference, manifests } = registry;
  t.teardown(() => docker.getImage(reference).remove({ force: true }));
  const asked = (architecture: 'amd64' | 'arm64') =>
    registry.requests.filter((one) => one.url?.endsWith(manifests[architecture])).length;
  const foreign = { name: 'foreign', build: reference, runtime: reference, platform: 'linux/arm64' };

  await t.rejects(builder.probe(foreign, { signal }), {
    code: 'engine-unavailable',
    message:
      /^The engine is for linux\/amd64 and cannot run .*:9 for linux\/arm64\. .*qemu-user-static.*--install arm64/,
  });
  t.ok(asked('arm64') > 0, 'the images for the platform were pulled');
  t.equal(asked('amd64'), 0, 'and no others');
  t.match(await docker.getImage(reference).inspect(), { Os: 'linux', Architecture: 'arm64' });

  await t.rejects(builder.probe({ ...foreign, platform: undefined } as never, { signal }), {
    code: 'bad-config',
    message:
      /has the image .*:9 for linux\/arm64, not for linux\/amd64\. If linux\/arm64 is meant, put @linux\/arm64 .* Pulling it for linux\/amd64 failed/,
  });
  t.ok(asked('amd64') > 0, 'a target without a platform is for the engine, whatever the name stands for there');
});

t.test('an image that is there for one platform and nowhere else', async (t) => {
  await t.rejects(builder.probe({ name: 'x', ...pair!, platform: 'linux/arm64' }, { signal }), {
    code: 'bad-config',
    message: /for linux\/amd64, not for linux\/arm64\. If linux\/amd64 is meant, put @linux\/amd64 after the pair/,
  });
});
