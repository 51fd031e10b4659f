import { join } from 'node:path';
import t from 'tap';
import { makeToken } from '../../src/access/token.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { runWheelmill } from '../services/command.ts';
import { docker, dockerBuild, testTargets } from '../services/docker.ts';
import { publisher } from '../services/publishing.ts';
import { ROOT } from '../services/wheelmill.ts';
import { json, settled, states } from './client.ts';
import { startServer } from './local-server.ts';
import { inSlim } from './slim.ts';

t.setTimeout(1_200_000);

const NAME = 'wheelmill-test-private';

/** A package with a C extension and a dependency. */
const compiled = (version: string, answer = 42): Record<string, string> => ({
  'pyproject.toml': `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "${NAME}"
version = "${version}"
dependencies = ["six"]
[tool.setuptools]
ext-modules = [{ name = "private_answer", sources = ["answer.c"] }]
`,
  'answer.c': `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(${answer}); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "private_answer", "", -1, methods};
PyMODINIT_FUNC PyInit_private_answer(void) { return PyModule_Create(&module); }
`,
});

const pure = (name: string, version: string, text = ''): Record<string, string> => ({
  'pyproject.toml': `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "${name}"
version = "${version}"
[tool.setuptools]
py-modules = ["${name.replaceAll('-', '_')}"]
`,
  [`${name.replaceAll('-', '_')}.py`]: `VERSION = '${version}'\n${text}`,
});

t.test('packages of one’s own, uploaded by twine and uv, install in the slim image', async (t) => {
  const home = t.testdir({ data: {} });
  const [pair] = testTargets();
  const server = await startServer(t, {
    WHEELMILL_DATA_DIR: join(home, 'data'),
    WHEELMILL_TARGETS: `${pair!.build}=${pair!.runtime}`,
  });
  const { url } = server;
  const { build, twine, uv } = publisher(home);
  const upload = (dist: string, ...args: string[]) =>
    twine('upload', '--disable-progress-bar', '--repository-url', `${url}/legacy/`, ...args, `${dist}/*`);
  const publish = (dist: string, ...args: string[]) =>
    uv('publish', '--publish-url', `${url}/legacy/`, '-u', 'somebody', '-p', 'secret', ...args, `${dist}/*`);

  const first = await build('one', compiled('1.0'), '--sdist');
  t.match(await upload(first), { code: 0 });
  const { items } = await json<{ items: { id: string }[] }>(`${url}/api/v1/prebuilds`);
  t.equal(items.length, 1, 'one target, one prebuild');
  const built: PrebuildView = await settled(url, items[0]!.id);
  t.match([built.state, states(built)], ['ready', { [NAME]: 'build stored' }]);
  const install = `
    pip install -q --no-cache-dir --index-url ${url}/simple/ ${NAME}==1.0
    python -c 'import private_answer, six; print("pip", private_answer.answer())'
    uv venv -q /tmp/venv && uv pip install -q --no-cache --python /tmp/venv --index-url ${url}/simple/ ${NAME}==1.0
    /tmp/venv/bin/python -c 'import private_answer, six; print("uv", private_answer.answer())'`;
  t.match(await inSlim(pair!.runtime, install), /pip 42\nuv 42/);

  t.match(await upload(first), { code: 0 }, 'the same file once more');
  t.match(await publish(first), { code: 0 });
  const changed = await build('changed', compiled('1.0', 43), '--sdist');
  t.match(await upload(changed), { code: 1, out: /409 Conflict[\s\S]*already exists here with other contents/ });
  t.match(
    await upload(changed, '--skip-existing'),
    { code: 1, out: /UnsupportedConfiguration/ },
    'twine has this for the public index only; the same bytes need no option',
  );
  t.match(await publish(changed), { code: 2, out: /already exists here with other contents/ });

  const wheel = await build('wheel', pure('wheelmill-test-wheel', '2.0'), '--sdist', '--wheel');
  t.match(await publish(wheel), { code: 0 }, 'a wheel and its sdist');
  t.match(await publish(wheel, '--check-url', `${url}/simple/`), { code: 0, out: /already exists/ });
  t.match(
    await inSlim(
      pair!.runtime,
      `pip install -q --no-cache-dir --index-url ${url}/simple/ wheelmill-test-wheel
       python -c 'import wheelmill_test_wheel as it; print(it.VERSION)'`,
    ),
    '2.0',
  );

  const taken = await build('taken', pure('docopt', '99.0', 'OURS = True\n'), '--wheel');
  t.match(await upload(taken), { code: 1, out: /403 Forbidden[\s\S]*`wheelmill claim docopt`/ });
  const settings = { WHEELMILL_SERVER: url };
  t.match(await runWheelmill(['claim', 'docopt'], settings), { code: 0, out: /docopt is claimed/ });
  t.match(await upload(taken), { code: 0 });
  t.match(await runWheelmill(['claims'], settings), { code: 0, out: /docopt {2}\(by request.*\n.*\(by upload/ });
  t.match(
    await inSlim(
      pair!.runtime,
      `pip install -q --no-cache-dir --index-url ${url}/simple/ docopt && python -c 'import docopt; print(docopt.OURS)'
       ! pip install -q --no-cache-dir --index-url ${url}/simple/ docopt==0.6.2 2>&1`,
    ),
    /True\n[\s\S]*No matching distribution found for docopt==0\.6\.2/,
    'and nothing of upstream under that name',
  );
  t.match(await runWheelmill(['unclaim', 'docopt'], settings), { code: 2, err: /docopt has private files here/ });
  t.notMatch(server.log(), /secret/, 'what came as password is in no log');
  t.notMatch(server.log(), Buffer.from('somebody:a secret').toString('base64'));
});

t.test('the Dockerfile of an application, with a token as the secret of its build', async (t) => {
  const { token, secret } = makeToken({ name: 'app', scopes: ['upload', 'prebuild'] });
  const netrc = `machine 127.0.0.1 login __token__ password ${secret}\n`;
  const home = t.testdir({ data: { tokens: JSON.stringify(token) }, app: {}, netrc });
  const [pair] = testTargets();
  const settings = {
    WHEELMILL_DATA_DIR: join(home, 'data'),
    WHEELMILL_TARGETS: `${pair!.build}=${pair!.runtime}`,
  };
  const { url } = await startServer(t, settings, secret);
  const tag = `wheelmill-test-app-${process.pid}`;
  t.teardown(() => docker('image', 'rm', '-f', tag).catch(() => undefined));
  await dockerBuild({
    tag,
    file: join(ROOT, 'docker/examples/app.Dockerfile'),
    context: join(ROOT, 'docker/examples/app'),
    arguments: { WHEELMILL: url, BUILD_IMAGE: pair!.build, RUNTIME_IMAGE: pair!.runtime },
    secrets: { netrc: join(home, 'netrc') },
  });
  t.notMatch(await docker('history', '--no-trunc', tag), secret);
  const left = await docker(
    'run',
    '--rm',
    tag,
    'sh',
    '-c',
    `grep -rls ${secret.split('_')[2]} /root /tmp /etc /var /usr/local /home; true`,
  );
  t.equal(left, '', 'the token stays in no layer');
  t.match(await docker('run', '--rm', tag), /Hello, world! This is 1\.0\.0\+src\.[0-9a-f]{12}\./);
  const look =
    'ls / /tmp; find / -xdev -name "*example*.whl" -o -name "*example*.tar.gz"; command -v gcc || echo no compiler';
  const seen = await docker('run', '--rm', tag, 'sh', '-c', look);
  t.match(seen, /no compiler$/);
  t.notMatch(seen, /example|\bsrc\b|requirements/, 'neither code nor wheels lie around');
});
