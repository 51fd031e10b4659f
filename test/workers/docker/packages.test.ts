import { text } from 'node:stream/consumers';
import pino from 'pino';
import t from 'tap';
import { createFileStore } from '../../../src/storage/file-store.ts';
import { createArchive } from '../../../src/workers/debian/archive.ts';
import { LABELS } from '../../../src/workers/docker/container.ts';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { createEngine } from '../../../src/workers/docker/engine.ts';
import { findImage } from '../../../src/workers/docker/identity.ts';
import { createPackages } from '../../../src/workers/docker/packages.ts';
import { failureOf, folder, newRun } from '../run/harness.ts';
import { fetchSdist, startIndexProxy } from '../run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, docker, startBuilder } from './harness.ts';

t.setTimeout(900_000);
const { owner, target } = await startBuilder();
const proxy = startIndexProxy();
const archive = createArchive({
  scratch: folder(),
  store: createFileStore({ folder: folder() }),
  environment: process.env,
  log: pino({ level: 'silent' }),
});
const builder = createDockerBuilder({ owner, archive });
const imagesOfOwner = () => docker.listImages({ filters: { label: [`wheelmill.owner=${owner}`] } });
t.teardown(async () => {
  for (const { Id } of await imagesOfOwner()) await docker.getImage(Id).remove({ force: true });
  await archive.close();
  await proxy.close();
});

type Source = Awaited<ReturnType<typeof makeSdist>>;
function build(sdist: Source, packages?: string[]) {
  const { run, log } = newRun(proxy.gateway, { wallTime: 600_000, silence: 600_000 });
  const task = {
    target,
    sdist,
    recipe: packages ? { packages } : {},
    outputFolder: folder(),
    sourceDate: 1_700_000_000,
  };
  return { ended: builder.build(task, run), log };
}

t.test('a real sdist that the build image has no headers for', async (t) => {
  const sdist = await fetchSdist(folder(), 'pylibmc', '1.6.3');
  t.match(await failureOf(build(sdist).ended), { reason: 'missing-header', message: /libmemcached\/memcached\.h/ });

  const first = build(sdist, ['libmemcached-dev', 'libsasl2-dev']);
  t.match((await first.ended).filename, /^pylibmc-1\.6\.3-cp3\d+-cp3\d+-linux_\w+\.whl$/);
  t.match(first.log(), /adding libmemcached-dev libsasl2-dev to the image/);
  t.equal((await imagesOfOwner()).length, 1);

  const second = build(sdist, ['libsasl2-dev', 'libmemcached-dev']);
  t.match((await second.ended).filename, /^pylibmc/);
  t.notMatch(second.log(), /to the image/, 'the image is there, in whatever order they are named');
  t.equal((await imagesOfOwner()).length, 1);
  t.same(await containersOf(owner), []);
});

t.test('a build in such an image is kept in like any other', async (t) => {
  const sdist = await makeSdist(
    folder(),
    'small-1.0',
    ownBackend(`
assert os.getuid() == 1000 and os.path.exists('/usr/include/libmemcached/memcached.h')
status = open('/proc/self/status').read()
assert 'CapBnd:\\t0000000000000000' in status and 'NoNewPrivs:\\t1' in status, status
for path in ('/usr/include/x', '/var/lib/dpkg/x', '/etc/x'):
    try:
        open(path, 'w')
    except OSError:
        continue
    raise AssertionError(path)
assert [line.split()[0] for line in open('/proc/net/dev') if ':' in line] == ['lo:']
${GOOD_WHEEL}`),
  );
  const { filename } = await build(sdist, ['libmemcached-dev', 'libsasl2-dev']).ended;
  t.equal(filename, 'small-1.0-py3-none-any.whl');
});

t.test('packages that are not there', async (t) => {
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const before = (await imagesOfOwner()).length;
  t.match(await failureOf(build(sdist, ['libno-such-thing-dev']).ended), {
    reason: 'packages-failed',
    message: /have no package libno-such-thing-dev\.$/,
    logTail: /Unable to locate package/,
  });
  t.equal((await imagesOfOwner()).length, before, 'no image is made');
  t.same(await containersOf(owner), []);
  const none = createDockerBuilder({ owner });
  const { run } = newRun(proxy.gateway);
  const task = { target, sdist, recipe: { packages: ['zstd'] }, outputFolder: folder(), sourceDate: 0 };
  t.match(await failureOf(none.build(task, run)), { reason: 'packages-failed' });
});

t.test('packages that are too large are not even fetched', async (t) => {
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const before = (await imagesOfOwner()).length;
  const frugal = createDockerBuilder({ owner, archive, maxDebianBytes: 100_000 });
  const { run, log } = newRun(proxy.gateway, { wallTime: 600_000, silence: 600_000 });
  const task = { target, sdist, recipe: { packages: ['hello'] }, outputFolder: folder(), sourceDate: 0 };
  t.match(await failureOf(frugal.build(task, run)), {
    reason: 'packages-failed',
    message:
      /^The Debian packages hello, with what they need, take 0\.\d MiB of disk, and 0\.1 MiB are allowed \(WHEELMILL_MAX_DEBIAN_BYTES\)\.$/,
    hint: /Raise WHEELMILL_MAX_DEBIAN_BYTES/,
  });
  t.notMatch(log(), /Get:\d+ .* hello /, 'the index of the archive was read, and no package');
  t.equal((await imagesOfOwner()).length, before, 'no image is made');
});

/** A further image as they are made here, but with nothing added. */
async function addImage(tag: string): Promise<void> {
  const [made] = await imagesOfOwner();
  const container = await docker.createContainer({ Image: made!.Id, Cmd: ['true'] });
  const labels = [`LABEL ${LABELS.packages}=1`, `LABEL ${LABELS.owner}=${owner}`];
  await container.commit({ repo: 'wheelmill-packages', tag: `${owner}-${tag}`, changes: labels.join('\n') });
  await container.remove();
}

t.test('package sources over https', async (t) => {
  // The image as it is, with its own sources written another way.
  const shell = "sed -i 's,http://,https://,' /etc/apt/sources.list.d/*.sources";
  const container = await docker.createContainer({ Image: target.build.reference, Cmd: ['sh', '-c', shell] });
  await container.start();
  await container.wait();
  const name = `${owner}-https`;
  await container.commit({ repo: 'wheelmill-packages', tag: name, changes: `LABEL ${LABELS.owner}=${owner}` });
  await container.remove();

  const engine = createEngine(owner, docker);
  const base = await findImage(docker, `wheelmill-packages:${name}`);
  const { run } = newRun(proxy.gateway, { wallTime: 600_000, silence: 600_000 });
  const image = await createPackages(engine, archive).image(base!, target.python.executable, ['hello'], run);
  const look = 'test -x /usr/bin/hello && cat /etc/apt/sources.list.d/*.sources && ls /tmp';
  const looking = await docker.createContainer({ Image: image.id, Cmd: ['sh', '-c', look], Tty: true });
  const output = await looking.attach({ stream: true, stdout: true });
  await looking.start();
  t.match(await text(output), /https:/, 'it has the package, and its sources are its own');
  t.equal((await looking.wait()).StatusCode, 0);
  await looking.remove();
  for (const id of [image.id, base!.id]) await docker.getImage(id).remove({ force: true });
});

t.test('images that nobody has used for a day, or that are too many, are swept', async (t) => {
  const packages = createPackages(createEngine(owner, docker), archive);
  const stranger = createPackages(createEngine(`${owner}-other`, docker), archive);
  const later = Date.now() + 2 * 24 * 3_600_000;
  await addImage('another');
  const before = (await imagesOfOwner()).length;
  t.equal(await packages.sweep(), 0, 'they are new');
  t.equal(await stranger.sweep(later), 0, 'they are not its own');
  t.equal(await packages.sweep(Date.now(), before - 1), 1, 'there are more than are kept');
  t.equal(await packages.sweep(later), before - 1);
  t.same(await imagesOfOwner(), []);
});
