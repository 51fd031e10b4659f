import t from 'tap';
import { heading, Progress } from '../../src/cli/progress.ts';
import { item, prebuildView } from './views.ts';

function written(options: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
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
  for (const line of second.replaceAll(/\u001b\[\d?[AJK]|\u001b\[2K/g, '').split('\n')) t.ok(line.length < 30, line);
  t.match(second, 'ready  [####');
});

t.test('on a terminal no more is drawn than it has lines, the most urgent first', async (t) => {
  const many = Array.from({ length: 50 }, (_, at) => item(`p${at}`, 'mirror', 'stored'));
  const items = [...many, item('running', 'build', 'building'), item('broken', 'build', 'failed'), ...many];
  const drawn = (text: string) =>
    text
      .replaceAll(/\u001b\[\d*[AJK]/g, '')
      .trimEnd()
      .split('\n');
  const screens: [rows: number, lines: RegExp[]][] = [
    [8, [/^working /, /^ {2}p0 /, /^ {2}p1 /, /^ {2}running /, /^ {2}broken /, /^ {2}and 98 more$/]],
    [5, [/^working /, /^ {2}broken /, /^ {2}and 101 more$/]],
    [3, [/^working /]],
    [1, [/^working /]],
  ];
  for (const [rows, expected] of screens) {
    const { progress, text } = written({ isTTY: true, rows });
    progress.show(prebuildView('working', items));
    const lines = drawn(text());
    t.match(lines, expected, `${rows} rows`);
    t.equal(lines.length, expected.length);
    progress.show(prebuildView('working', items));
    t.ok(text().startsWith(`\u001b[${expected.length}A`), 'and as many are drawn again');
  }
  const texts: string[] = [];
  const several = new Progress({ write: (text) => texts.push(text), isTTY: true, rows: 12 }, { several: true });
  several.show(building);
  several.show(prebuildView('working', items, { id: '4567', target: 'python-3.12' }));
  t.match(drawn(texts[1]!), [
    ...[/^python-3\.13: working/, /^ {2}crcmod /, /^ {2}six /, /^python-3\.12: working/],
    ...[/ p0 /, / p1 /, / p2 /, / running /, / broken /, /^ {2}and 97 more$/],
  ]);
});

t.test('of several targets each line has its target', async (t) => {
  const other = { id: '4567', target: 'python-3.12' };
  const progress = new Progress({ write: (text) => texts.push(text) }, { several: true });
  const texts: string[] = [];
  progress.show(building);
  progress.show({ ...stored, ...other });
  progress.show(stored);
  t.match(texts, [
    'python-3.13: prebuild 0123: working\n',
    /^python-3\.13: {3}crcmod .* building/,
    /^python-3\.13: {3}six .* stored/,
    'python-3.12: prebuild 4567: ready\n',
    /^python-3\.12: {3}crcmod .* stored/,
    /^python-3\.12: {3}six .* stored/,
    'python-3.13: prebuild 0123: ready\n',
    /^python-3\.13: {3}crcmod .* stored/,
  ]);
});

t.test('on a terminal several targets are drawn together', async (t) => {
  const texts: string[] = [];
  const progress = new Progress({ write: (text) => texts.push(text), isTTY: true }, { several: true });
  progress.show(building);
  progress.show({ ...stored, id: '4567', target: 'python-3.12' });
  t.equal(texts[1]!.split('\n').length, 7, 'three lines of each');
  t.match(texts[1], /python-3\.13: working[\s\S]*python-3\.12: ready/);
});

t.test('why nothing goes on is shown until it does', async (t) => {
  const waiting = prebuildView('planning', [], { waiting: { code: 'no-worker', message: 'No worker is running.' } });
  const plain = written();
  plain.progress.show(waiting);
  plain.progress.show(waiting);
  t.equal(plain.text(), 'prebuild 0123: planning\nwaiting: No worker is running.\n');
  const terminal = written({ isTTY: true });
  terminal.progress.show(waiting);
  t.match(terminal.text(), 'waiting: No worker is running.');
  terminal.progress.show(planning);
  const after = terminal.text();
  t.notMatch(after, 'waiting');
  t.match(after, '\u001b[2A\u001b[J', 'its line is taken away');
});

t.test('each reason to wait is shown once, however often they take turns', async (t) => {
  const because = (image: string) => {
    const message = `The image ${image} is not on the engine. Name images that it has in WHEELMILL_TARGETS.`;
    return prebuildView('planning', [], { waiting: { code: 'worker-failing', message } });
  };
  const plain = written();
  for (const image of ['python:latest', 'python:slim', 'python:latest', 'python:slim'])
    plain.progress.show(because(image));
  t.equal(plain.text().match(/^waiting: /gm)?.length, 2);
  const terminal = written({ isTTY: true, columns: 40 });
  terminal.progress.show(because('python:latest'));
  const lines = terminal.text().replaceAll('\u001b[2K', '').trimEnd().split('\n');
  t.match(lines.map((line) => line.trim()).join(' '), 'Name images that it has in WHEELMILL_TARGETS.', 'to its end');
  for (const line of lines) t.ok(line.length < 40, line);
  terminal.progress.show(because('python:latest'));
  t.ok(terminal.text().startsWith(`\u001b[${lines.length}A`), 'and all of its lines are taken away');
  for (const columns of [2, 5, 6]) {
    const narrow = written({ isTTY: true, columns });
    narrow.progress.show(because('python:latest'));
    for (const line of narrow.text().replaceAll('\u001b[2K', '').split('\n')) t.ok(line.length < columns, `${columns}`);
  }
});

t.test('what is drawn after the end stays below', async (t) => {
  const { progress, text } = written({ isTTY: true });
  progress.show(building);
  progress.end();
  text();
  progress.show(stored);
  t.notMatch(text(), /\[\d+A/);
});

t.test('a bar says how far the whole has come', async (t) => {
  const rows: [stored: number, failed: number, total: number, text: string][] = [
    [0, 0, 0, 'working'],
    [0, 0, 3, 'working  [........................]  0/3'],
    [1, 0, 2, 'working  [############............]  1/2'],
    [1, 1, 4, 'working  [######xxxxxx............]  1/4, 1 failed'],
    [3, 0, 3, 'working  [########################]  3/3'],
    [1, 999, 1000, 'working  [xxxxxxxxxxxxxxxxxxxxxxx.]  1/1000, 999 failed'],
  ];
  for (const [stored, failed, total, text] of rows) {
    const counts = { hit: 0, mirror: 0, build: total, stored, failed, total };
    t.equal(heading(prebuildView('working', [], { counts })), text);
  }
});
