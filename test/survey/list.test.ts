import t from 'tap';
import { chosen, pinOf, surveyList } from '../../survey/list.ts';

const listOf = (...projects: string[]) =>
  `[reference]\npackages = ["cmake"]\n[apt]\nlists = [["one"]]\n${projects.join('\n')}`;
const project = (name: string, more = '') =>
  `[[project]]\nname = "${name}"\nversion = "1.0"\nbackend = "flit"\nfor = "a test"\n${more}`;

t.test('the list has what the survey promises', async (t) => {
  const { projects, packages, aptLists } = surveyList();
  const names = projects.map(({ name }) => name.toLowerCase());
  const promised = ['psycopg2', 'mysqlclient', 'python-ldap', 'pygraphviz', 'pycairo', 'lxml', 'uwsgi', 'gevent'];
  for (const one of [...promised, 'hnswlib', 'xmlsec']) t.ok(names.includes(one), one);
  t.ok(projects.length >= 40, `${projects.length} projects`);
  t.ok(new Set(projects.map(({ backend }) => backend)).size >= 8, 'many build back ends');
  t.ok(packages.includes('libpq-dev'));
  t.ok(aptLists.length >= 10, `${aptLists.length} lists`);
});

t.test('a list is read as it is written', async (t) => {
  const { projects, packages, aptLists } = surveyList(listOf(project('one'), project('two')));
  t.same(projects.map(pinOf), ['one==1.0', 'two==1.0']);
  t.same(packages, ['cmake']);
  t.same(
    aptLists.map((list) => list.map(pinOf)),
    [['one==1.0']],
  );
});

t.test('some of the list', async (t) => {
  const { projects } = surveyList(listOf(project('one'), project('two'), project('three')));
  t.same(chosen(projects, ['three', 'one']).map(pinOf), ['one==1.0', 'three==1.0']);
  t.same(chosen(projects, []), projects);
  t.throws(() => chosen(projects, ['four']), /no four, which is asked for/);
});

t.test('faults of the list are told', async (t) => {
  t.throws(() => surveyList(listOf(project('one'), project('One'))), /one twice/);
  t.throws(() => surveyList(listOf(project('two'))), /no one, which is asked for/);
  t.throws(() => surveyList(listOf(project('one', 'packages = ["x"]'))), /projects\.toml is not as expected/);
  t.throws(() => surveyList(listOf('[[project]]\nname = "one"')), /projects\.toml is not as expected/);
});
