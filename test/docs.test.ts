import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { generatedFiles } from '../scripts/docs/generated-files.ts';
import { readConfig, SETTINGS } from '../src/config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];
const manual = [...pages, ...filesIn('docker', '')];

function filesIn(folder: string, end: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/** As GitHub makes anchors of headings; explicit ones count too. */
function anchors(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...markdown.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
}

t.test('generated files are what `npm run docs` writes now', async (t) => {
  for (const [path, text] of Object.entries(generatedFiles()))
    t.ok(read(path) === text, `${path} is not stale; run \`npm run docs\``);
});

t.test('relative links lead to files and headings that are there', async (t) => {
  for (const page of pages) {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    for (const link of links.filter((one) => !/^[a-z]+:/.test(one))) {
      const [path, anchor] = link.split('#') as [string, string?];
      const file = path === '' ? page : join(dirname(page), path);
      t.ok(existsSync(join(root, file)), `${page}: ${link}`);
      if (anchor !== undefined) t.ok(anchors(read(file)).has(anchor), `${page}: ${link} is a heading there`);
    }
  }
});

t.test('every page of docs can be reached from its index', async (t) => {
  const index = read('docs/README.md');
  for (const page of filesIn('docs', '.md').filter((one) => one !== 'docs/README.md'))
    t.match(index, `(${page.slice('docs/'.length)})`, page);
});

t.test('settings that are named anywhere exist', async (t) => {
  const known = new Set<string>(Object.values(SETTINGS).map((one) => one.name));
  for (const page of manual) {
    const names = new Set(read(page).match(/\bWHEELMILL_[A-Z0-9_]+\b(?!\*)/g));
    for (const name of names) t.ok(known.has(name.replace(/_$/, '')) || name.endsWith('_'), `${page}: ${name}`);
  }
});

t.test('what docker/compose.yaml sets are good settings', async (t) => {
  const lines = read('docker/compose.yaml').matchAll(/^ +((?:WHEELMILL|AWS)_[A-Z0-9_]+): (.*)$/gm);
  const settings = Object.fromEntries(
    [...lines].map(([, name, value]) => [name!, value!.replace(/\$\{\w+:-(.*)\}/, '$1')]),
  );
  const config = readConfig(settings);
  t.equal(config.queueUrl, 'redis://redis:6379/0');
  t.equal(config.s3Endpoint, 'http://seaweedfs:8333');
  t.same(
    config.targets.map((one) => one.name),
    ['python-3.13'],
  );
});
