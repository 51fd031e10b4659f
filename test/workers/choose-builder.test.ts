import t from 'tap';
import { readConfig } from '../../src/config.ts';
import { choiceInWords, settleBuilder } from '../../src/workers/choose-builder.ts';

const HOME = { HOME: '/home/somebody', PATH: '/usr/local/bin:/usr/bin:/bin' };

/** Settings, the files there are on the machine, and what builds. */
const rows: [what: string, settings: Record<string, string>, files: string[], expected: 'docker' | 'process'][] = [
  ['nothing of an engine anywhere', {}, [], 'process'],
  ['a socket', {}, ['/var/run/docker.sock'], 'docker'],
  ['a socket of Docker Desktop', {}, ['/home/somebody/.docker/run/docker.sock'], 'docker'],
  ['a rootless socket', { XDG_RUNTIME_DIR: '/run/user/1' }, ['/run/user/1/docker.sock'], 'docker'],
  ['a docker program, its engine being down', {}, ['/usr/bin/docker'], 'docker'],
  ['a docker program that PATH does not have', { PATH: '/bin' }, ['/usr/local/bin/docker'], 'docker'],
  ['an engine elsewhere', { DOCKER_HOST: 'tcp://engine.test:2376' }, [], 'docker'],
  ['others can reach the server', { WHEELMILL_HOST: '0.0.0.0' }, [], 'docker'],
  ['other machines have workers', { WHEELMILL_QUEUE_URL: 'redis://queue.test' }, [], 'docker'],
  ['images are asked for', { WHEELMILL_TARGETS: 'python:3.13=python:3.13-slim' }, [], 'docker'],
  ['docker is asked for', { WHEELMILL_BUILDER: 'docker' }, [], 'docker'],
  ['processes are asked for', { WHEELMILL_BUILDER: 'process' }, ['/var/run/docker.sock'], 'process'],
];

for (const [what, settings, files, expected] of rows) {
  const asked = readConfig({ ...HOME, ...settings });
  const settled = settleBuilder(asked, (path) => files.includes(path));
  t.equal(settled.builder, expected, what);
  t.equal(settled.targets[0]?.name === 'local', expected === 'process', `${what}: targets`);
  const words = choiceInWords(asked, settled);
  if (expected === 'docker') t.equal(words, undefined, what);
  else t.match(words, /UNSANDBOXED.*install an engine/, what);
}
