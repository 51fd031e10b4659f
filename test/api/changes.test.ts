import t from 'tap';
import { watchChanges } from '../../src/api/changes.ts';
import { steps } from '../contract/gates.ts';
import { api } from './harness.ts';

t.test('what is served from memory hears of projects, from now on and nothing else', async (t) => {
  const { queue } = await api(t);
  const { projects, close } = watchChanges(queue);
  const heard = steps<string>();
  const heardLonger = steps<string>();
  const stop = projects.watch((project) => heard.add(project));
  projects.watch((project) => heardLonger.add(project));
  t.equal(projects.completeSince(), queue.watchesSince());
  await queue.notify({ kind: 'builds', id: 'a' });
  await queue.notify({ kind: 'projects', id: 'six' });
  t.same(await heard.first(1), ['six']);
  stop();
  await queue.notify({ kind: 'projects', id: 'attrs' });
  t.same(await heardLonger.first(2), ['six', 'attrs']);
  t.same(heard.all(), ['six']);
  close();
});
