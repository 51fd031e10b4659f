import t from 'tap';
import { parsePrebuildId, prebuildId } from '../../src/core/prebuild-id.ts';
import { normalizedListText, parseRequirementsList } from '../../src/core/requirements-list.ts';

const idOf = (list: string, options: unknown = {}, target = 'default'): string =>
  prebuildId({ list: normalizedListText(parseRequirementsList(list).requirements), options, target });

t.test('the same list has the same id, however it is written', async (t) => {
  const id = idOf('a==1\nb>=2 ; os_name == "posix"\n');
  t.match(id, /^[0-9a-f]{32}$/);
  t.equal(idOf("# head\r\nB >= 2;os_name=='posix'\r\nA==1 # pinned\r\nA == 1\r\n"), id);
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
