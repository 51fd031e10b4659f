import t from 'tap';
import { containerOptions } from '../../../src/workers/docker/container.ts';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { findImage } from '../../../src/workers/docker/identity.ts';
import { testTargets } from '../../services/docker.ts';
import { LIMITS } from '../run/harness.ts';
import { containersOf, docker, newOwner } from './harness.ts';

const owner = newOwner();
const stranger = newOwner();
const image = (await findImage(docker, testTargets()[0]!.runtime))!;
const builder = createDockerBuilder({ owner });

async function leaveBehind(spec: { owner: string; job: string; age?: number; start?: boolean }): Promise<string> {
  const name = `${spec.owner}-${spec.job}`;
  const made = Date.now() - (spec.age ?? 0);
  const limits = { ...LIMITS, wallTime: 60_000 };
  const container = await docker.createContainer(
    containerOptions({ name, image, owner: spec.owner, job: spec.job, limits }, made),
  );
  if (spec.start) await container.start();
  t.teardown(() => container.remove({ force: true, v: true }).catch(() => {}));
  return `/${name}`;
}

const HOUR = 3_600_000;

t.test('the dead go, the living and those of others stay', async (t) => {
  await leaveBehind({ owner, job: 'dead' });
  await leaveBehind({ owner, job: 'dead-and-running', start: true });
  await leaveBehind({ owner, job: 'alive-but-overdue', age: HOUR });
  await leaveBehind({ owner, job: 'probe', age: HOUR });
  const alive = await leaveBehind({ owner, job: 'alive', start: true });
  // As it looks when the clock was put forward while it runs.
  const early = await leaveBehind({ owner, job: 'alive-in-another-time', age: HOUR, start: true });
  const toolbox = await leaveBehind({ owner, job: 'toolbox' });
  const others = await leaveBehind({ owner: stranger, job: 'dead', age: HOUR });

  const asked: string[] = [];
  const isAlive = async (job: string) => {
    asked.push(job);
    return job.startsWith('alive');
  };
  t.equal(await builder.sweep(isAlive), 4);
  t.same(asked.sort(), ['alive', 'alive-in-another-time', 'dead', 'dead-and-running']);
  t.same((await containersOf(owner)).sort(), [alive, early, toolbox].sort());
  t.same(await containersOf(stranger), [others]);
  t.equal(await builder.sweep(isAlive), 0, 'a second time there is nothing to do');
});

t.test('no engine', async (t) => {
  const nowhere = createDockerBuilder({ owner, docker: { socketPath: '/nowhere/docker.sock' } });
  await t.rejects(
    nowhere.sweep(async () => true),
    { code: 'engine-unavailable' },
  );
});
