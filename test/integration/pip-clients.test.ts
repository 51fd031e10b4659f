import { join } from 'node:path';
import t, { type Test } from 'tap';
import { docker, testTargets } from '../services/docker.ts';
import { stateDir } from '../services/state.ts';
import { type FrontIndex, hashedLines, NOWHERE_ELSE, PASSWORD, projectPage, startFrontIndex } from './index-clients.ts';
import { inSlim } from './slim.ts';

t.setTimeout(600_000);
t.jobs = 2;

/**
 * By Python: the oldest that runs on it (23.1.1 does not run on 3.13, and 23.1 is older; 19.1 does not run on 3.11), what
 * Debian 12 and 13 have, and the newest.
 */
const PIPS: Readonly<Record<string, readonly string[]>> = {
  '3.13': ['23.1', '25.1', '26.3'],
  '3.11': ['19.2.3', '23.0', '26.3'],
};

/** It reads HTML alone, knows no manylinux wheels for so new a Python, and has no `pip index`. */
const ANCIENT = '19.2.3';

const PINS = { idna: '3.7', certifi: '2024.2.2' };
const CONSTRAINTS = 'requests==2.31.0\nurllib3==1.26.18\n';

/** What each pip does, in one environment of its own. Each step prints its name and what there is after it. */
const script = ({ index, asReader }: FrontIndex, pips: readonly string[]) => `
export PIP_INDEX_URL=${index} PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
version() { "$venv/bin/python" -c "import importlib.metadata as m; print(*(m.version(n) for n in '$*'.split()))"; }
for pip in ${pips.join(' ')}; do
  venv=/tmp/pip-$pip
  uv venv -q $venv
  uv pip install -q --no-index --find-links /pips --python $venv/bin/python pip==$pip
  run() { "$venv/bin/python" -W ignore -m pip -q "$@" >/tmp/said 2>&1 || { cat /tmp/said; echo "pip $pip failed at $*"; exit 1; }; }
  say() { echo "$pip: $*"; }

  run install --require-hashes -r /in/hashed.txt
  say hashes $(version ${Object.keys(PINS).join(' ')})
  run install -c /in/constraints.txt 'requests[socks]'
  say constraints and extras $(version requests urllib3) $(version PySocks >/dev/null && echo with socks)
  run install requests==2.32.0
  say a yanked pin $(version requests)
  run download --no-deps -d /tmp/yanked-$pip 'requests<2.32.2'
  say past yanked ones $(ls /tmp/yanked-$pip)
  if [ $pip = ${ANCIENT} ]; then binary=attrs module=attr; else binary=markupsafe module=markupsafe._speedups; fi
  run install --only-binary :all: --prefer-binary $binary
  say only binary $("$venv/bin/python" -c "import $module as m; print(m.__name__)")
  run download --no-deps -d /tmp/large-$pip boto3
  say thousands of files $(ls /tmp/large-$pip)
  PIP_CONFIG_FILE=/in/pip.conf PIP_INDEX_URL= run install six==1.16.0
  say pip.conf $(version six)
  PIP_INDEX_URL=${asReader} run install --force-reinstall six==1.17.0
  say a password $(version six)
  [ $pip = ${ANCIENT} ] || { "$venv/bin/python" -W ignore -m pip index versions requests >/tmp/said 2>/dev/null; say versions $(tail -n +2 /tmp/said | head -n 1); }
done`;

async function installs(t: Test, front: FrontIndex, image: string) {
  const python = await docker(
    'run',
    '--rm',
    image,
    'python',
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  );
  const pips = PIPS[python] ?? [];
  t.ok(pips.length > 0, `pips for Python ${python} are known`);
  const files = {
    'hashed.txt': await hashedLines(front.index, PINS),
    'constraints.txt': CONSTRAINTS,
    'pip.conf': `[global]\nindex-url = ${front.index}\n`,
  };
  const boto3 = (await projectPage(front.index, 'boto3')).versions.at(-1);
  const env = Object.entries(NOWHERE_ELSE).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const options = ['-v', `${join(stateDir, 'tools', 'pips')}:/pips:ro`, ...env];
  const said = (await inSlim(image, script(front, pips), files, options)).split('\n');
  for (const pip of pips) {
    const steps = said.filter((line) => line.startsWith(`${pip}: `)).map((line) => line.slice(pip.length + 2));
    t.match(steps, [
      `hashes ${Object.values(PINS).join(' ')}`,
      'constraints and extras 2.31.0 1.26.18 with socks',
      'a yanked pin 2.32.0',
      'past yanked ones requests-2.31.0-py3-none-any.whl',
      `only binary ${pip === ANCIENT ? 'attr' : 'markupsafe._speedups'}`,
      `thousands of files boto3-${boto3}-py3-none-any.whl`,
      'pip.conf 1.16.0',
      'a password 1.17.0',
      ...(pip === ANCIENT ? [] : [/^versions Available versions: .*2\.32\.2, 2\.31\.0/]),
    ]);
  }
}

t.test('pip, old and new, installs from the merged index', async (t) => {
  const front = await startFrontIndex(t);
  const { files } = await projectPage(front.index, 'boto3');
  t.ok(files.length >= 2000, `boto3 has ${files.length} files`);
  t.ok(
    (await projectPage(front.index, 'requests')).files.some((file) => file.yanked),
    'a yanked one is marked',
  );
  await Promise.all(testTargets().map(({ runtime }) => installs(t, front, runtime)));
  t.notMatch(front.server.log(), PASSWORD, 'a password in the URL is not logged');
});
