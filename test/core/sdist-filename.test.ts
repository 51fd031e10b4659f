import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { parseSdistFilename } from '../../src/core/sdist-filename.ts';

t.test('file names are taken apart', async (t) => {
  const rows: [filename: string, project: string | undefined, name: string, version: string, format: string][] = [
    ['my_project-1.0.tar.gz', undefined, 'my-project', '1.0', 'tar.gz'],
    ['My.Project-1.0.tar.gz', undefined, 'my-project', '1.0', 'tar.gz'],
    ['a-b-1.0.zip', undefined, 'a-b', '1.0', 'zip'],
    ['a-1.0.tar.bz2', undefined, 'a', '1.0', 'tar.bz2'],
    ['a-1.0.tgz', undefined, 'a', '1.0', 'tgz'],
    ['a-1.0+local.1.tar.gz', undefined, 'a', '1.0+local.1', 'tar.gz'],
    ['a-1.0-1.tar.gz', 'a', 'a', '1.0.post1', 'tar.gz'],
    ['a-1-2.zip', 'a-1', 'a-1', '2', 'zip'],
    ['a-1-2.zip', 'a', 'a', '1.post2', 'zip'],
    ['A_b-1.0-alpha.tar.gz', 'a-b', 'a-b', '1.0a0', 'tar.gz'],
  ];
  for (const [filename, project, name, version, format] of rows) {
    const parsed = parseSdistFilename(filename, project === undefined ? undefined : normalizeName(project));
    t.same(parsed, { filename, name, version, format }, filename);
  }
});

t.test('what is no sdist name is refused', async (t) => {
  const rows: [string, string?][] = [
    ['a-1.0.whl'],
    ['a.tar.gz'],
    ['-1.0.tar.gz'],
    ['a-.tar.gz'],
    ['a-latest.tar.gz'],
    ['../a-1.0.tar.gz'],
    ['a b-1.0.tar.gz'],
    ['a-1.0.tar.gz', 'b'],
    ['a-b-1.0.tar.gz', 'a'],
    [`${'a'.repeat(250)}-1.0.tar.gz`],
  ];
  for (const [filename, project] of rows) {
    const name = project === undefined ? undefined : normalizeName(project);
    t.throws(() => parseSdistFilename(filename, name), { code: 'invalid-filename' }, filename);
  }
});
