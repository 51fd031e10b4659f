import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { pythonCommand, readScript } from '../../../src/workers/run/scripts.ts';

const run = promisify(execFile);
const SCRIPT = readScript('modules.py', new URL('../../../src/workers/run/', import.meta.url).href);
/** Libraries that are called so are no modules. */
const ASK = `
import json, sys
print(json.dumps(top_modules(json.loads(sys.argv[1]), lambda path, name: 'lib' not in path)))`;

t.test('the topmost modules of a wheel', async (t) => {
  const rows: [string, string[], string[]][] = [
    ['a module', ['six.py', 'six-1.0.dist-info/RECORD'], ['six']],
    ['a package, and not what is in it', ['p/__init__.py', 'p/a.py', 'p/b/__init__.py'], ['p']],
    ['extension modules', ['_a.cpython-313-x86_64-linux-gnu.so', 'b.abi3.so', 'c.so'], ['_a', 'b', 'c']],
    ['libraries that are none', ['p/libx.so', 'p.libs/libz-1234.so.1', 'libq.so'], []],
    ['a package whose beginning is compiled', ['p/__init__.cpython-313-x86_64-linux-gnu.so'], ['p']],
    ['a namespace', ['google/a/__init__.py', 'google/b/c.py'], ['google.a', 'google.b.c']],
    ['one that is too deep', ['a/b/c/d/e.py', 'a/b/c/f.py'], ['a.b.c.f']],
    ['what is installed elsewhere', ['../../../bin/tool.py', 'a-1.0.data/scripts/b.py', 'c.py'], ['c']],
    ['what no statement can import', ['a-b.py', '1.py', 'x.pth', 'y.pyi', '__pycache__/z.py', 'def-s/q.py'], []],
    ['tests beside the package', ['p/__init__.py', 'tests/__init__.py', 'docs/conf.py'], ['p']],
    ['nothing but tests', ['tests/__init__.py'], ['tests']],
    ['a module beside a package of its name', ['p.py', 'p/__init__.py'], ['p']],
    ['none', ['p-1.0.dist-info/METADATA', '../../../share/x.txt'], []],
  ];
  for (const [name, paths, expected] of rows) {
    const [file = '', ...values] = pythonCommand('python3', SCRIPT + ASK, [JSON.stringify(paths)]);
    t.same(JSON.parse((await run(file, values)).stdout), expected, name);
  }
});
