import t from 'tap';
import { parsePrebuildId, prebuildId } from '../../src/core/prebuild-id.ts';
import { type ListFile, readLists } from '../../src/core/read-lists.ts';
import { normalizedListText, parseRequirementsList } from '../../src/core/requirements-list.ts';

const idOf = (list: string, options: unknown = {}, target = 'default'): string =>
  prebuildId({ list: normalizedListText(parseRequirementsList(list).requirements), options, target });

t.test('the same list has the same id, however it is written', async (t) => {
  const id = idOf('a==1\nb>=2 ; os_name == "posix"\n');
  t.match(id, /^[0-9a-f]{32}$/);
  t.equal(idOf("# head\r\nB >= 2;os_name=='posix'\r\nA==1 # pinned\r\nA == 1\r\n"), id);
});

t.test('files are one list, and constraints are part of it', async (t) => {
  const of = (...files: [text: string, role?: ListFile['role']][]) => {
    const sent = files.map(([text, role = 'requirements'], at) => ({
      ...{ name: `${at}.txt`, bytes: new TextEncoder().encode(text), role },
    }));
    const { requirements, constraints, options } = readLists(sent);
    const [list, bounds] = [normalizedListText(requirements), normalizedListText(constraints)];
    return prebuildId({ list, constraints: bounds, options: { ...options }, target: 'default' });
  };
  t.equal(of(['a==1\nb==2']), idOf('a==1\nb==2'), 'a simple list keeps its id');
  t.equal(of(['a==1'], ['b==2\n']), idOf('a==1\nb==2'), 'two files are the one they would be');
  t.equal(of(['--pre\na'], ['b']), of(['b\na\n--pre']), 'and so are their options');
  const ids = [
    ...[of(['a']), of(['a'], ['b<1', 'constraints']), of(['a'], ['b<2', 'constraints']), of(['a'], ['b<1'])],
    ...[of(['--pre\na']), of(['--no-binary a\na']), of(['a -C x=1']), of(['a -C x=2'])],
  ];
  t.equal(new Set(ids).size, ids.length);
});

t.test('another list, option or target has another', async (t) => {
  const hash = `--hash=sha256:${'0'.repeat(64)}`;
  const ids = [idOf('a==1'), idOf('a==2'), idOf(`a==1 ${hash}`), idOf('a==1', { deps: false }), idOf('a==1', {}, 'x')];
  t.equal(new Set(ids).size, ids.length);
});

t.test('ids from outside', async (t) => {
  t.equal(parsePrebuildId(idOf('a')), idOf('a'));
  for (const text of ['', 'x'.repeat(32), idOf('a').toUpperCase(), idOf('a').slice(1)]) {
    t.throws(() => parsePrebuildId(text), { code: 'invalid-key' }, text);
  }
});
