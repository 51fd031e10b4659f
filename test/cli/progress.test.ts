import t from 'tap';
import { Progress } from '../../src/cli/progress.ts';
import { item, prebuildView } from './views.ts';

function written(options: { isTTY?: boolean; columns?: number } = {}) {
  const texts: string[] = [];
  const progress = new Progress({ write: (text) => texts.push(text), ...options });
  return { progress, text: () => texts.splice(0).join('') };
}

const planning = prebuildView('planning', []);
const building = prebuildView('working', [item('crcmod', 'build', 'building'), item('six', 'mirror', 'stored')]);
const stored = prebuildView('ready', [item('crcmod', 'build', 'stored'), item('six', 'mirror', 'stored')]);

t.test('elsewhere than on a terminal: a plain line for each change, and none for what stays', async (t) => {
  const { progress, text } = written();
  progress.show(planning);
  t.equal(text(), 'prebuild 0123: planning\n');
  progress.show(building);
  t.match(text().split('\n'), [
    'prebuild 0123: working',
    /^ {2}crcmod 1\.0 +build +building$/,
    /^ {2}six 1\.0 +from upstream +stored$/,
    '',
  ]);
  progress.show(building);
  t.equal(text(), '');
  progress.show(stored);
  t.match(text().split('\n'), ['prebuild 0123: ready', /crcmod .* stored$/, '']);
});

t.test('a failed package has its reason on its line', async (t) => {
  const { progress, text } = written();
  progress.show(prebuildView('partial', [item('uwsgi', 'build', 'failed', { reason: 'missing-header' })]));
  t.match(text(), /uwsgi 1\.0 +build +failed: missing-header\n/);
});

t.test('on a terminal: the lines are drawn again in place, none wider than the screen', async (t) => {
  const { progress, text } = written({ isTTY: true, columns: 30 });
  progress.show(building);
  const first = text();
  t.notMatch(first, /\[\d+A/, 'nothing to go up to');
  t.equal(first.split('\n').length, 4, 'a line for the whole and one for each package');
  progress.show(stored);
  const second = text();
  t.ok(second.startsWith('\u001b[3A'), 'up over the three lines that were drawn');
  for (const line of second.replaceAll(/\u001b\[\d?[AK]|\u001b\[2K/g, '').split('\n')) t.ok(line.length < 30, line);
  t.match(second, 'ready  2/2');
});

t.test('what is drawn after the end stays below', async (t) => {
  const { progress, text } = written({ isTTY: true });
  progress.show(building);
  progress.end();
  text();
  progress.show(stored);
  t.notMatch(text(), /\[\d+A/);
});
