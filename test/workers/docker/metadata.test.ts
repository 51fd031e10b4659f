import t from 'tap';
import type { Recipe } from '../../../src/core/records/recipe.ts';
import { failureOf, folder, newRun } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, startBuilder } from './harness.ts';

const { builder, owner, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(300_000);

async function foretold(name: string, files: Record<string, string>, recipe: Recipe = {}) {
  const sdist = await makeSdist(folder(), name, files);
  const { run, log } = newRun(proxy.gateway);
  const bytes = await builder.metadata!({ target, sdist, recipe, sourceDate: 1_700_000_000 }, run);
  return { text: bytes?.toString(), log: log() };
}

const HOOK = `
def get_requires_for_build_wheel(settings=None):
    return ["six==1.17.0"] if settings else []
def prepare_metadata_for_build_wheel(out, settings=None):
    import six
    print("six", six.__version__, settings, sys.path[0], os.environ["WHO"])
    os.mkdir(os.path.join(out, "small-1.0.dist-info"))
    with open(os.path.join(out, "small-1.0.dist-info", "METADATA"), "w") as told:
        told.write("Metadata-Version: 2.1\\nName: small\\nVersion: 1.0\\n")
    return "small-1.0.dist-info"
`;

t.test('a setup.py that says what it needs when it is run', async (t) => {
  const { text } = await foretold('small-1.0', {
    'setup.py':
      'import sys\nfrom setuptools import setup\nsetup(name="small", version="1.0", install_requires=["six" + str(sys.version_info[0])])\n',
  });
  t.match(text, /^Metadata-Version: \S+\nName: small\nVersion: 1\.0\nRequires-Dist: six3\n/m);
});

t.test('a back-end of its own, with what it asks for and what the recipe says', async (t) => {
  const files = ownBackend('raise SystemExit("nothing is built")');
  const recipe = { configSettings: { some: 'thing' }, environment: { WHO: 'recipe' } };
  const { text, log } = await foretold('small-1.0', { ...files, 'backend.py': files['backend.py'] + HOOK }, recipe);
  t.equal(text, 'Metadata-Version: 2.1\nName: small\nVersion: 1.0\n');
  t.match(log, /six 1\.17\.0 \{'some': 'thing'\} \S+\/src\/small-1\.0 recipe/, 'what it prints is in the log');
});

t.test('one that cannot tell', async (t) => {
  const { text } = await foretold('small-1.0', ownBackend('raise SystemExit("nothing is built")'));
  t.equal(text, undefined);
});

t.test('what fails is a failure with its reason', async (t) => {
  const { reason, logTail } = await failureOf(foretold('small-1.0', { 'setup.py': 'raise SystemExit("not today")\n' }));
  t.equal(reason, 'build-error');
  t.match(logTail, 'not today');
  const missing = { 'pyproject.toml': '[build-system]\nrequires = ["six==99"]\n' };
  t.match(await failureOf(foretold('small-1.0', missing)), { reason: 'resolve-failed', message: /six/ });
});

t.test('an answer without end is no metadata', async (t) => {
  const files = ownBackend('pass');
  const endless = HOOK.replace(/told\.write\(.*/, 'told.write("x" * 8_000_000)')
    .replace('import six', 'six = sys')
    .replace('six.__version__', '1');
  const { reason } = await failureOf(
    foretold('small-1.0', { ...files, 'backend.py': files['backend.py'] + endless }, { environment: { WHO: 'me' } }),
  );
  t.equal(reason, 'bad-wheel');
});

t.test('nothing of it stays', async (t) => {
  t.same(await containersOf(owner), []);
});
