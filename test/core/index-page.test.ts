import t from 'tap';
import {
  type IndexFile,
  renderFindLinks,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  sortedVersions,
} from '../../src/core/index-page.ts';

const SHA = 'a'.repeat(64);
const META = 'b'.repeat(64);
const LEAST: IndexFile = { filename: 'demo-1.0.tar.gz', url: '../../f/demo-1.0.tar.gz', sha256: SHA };
const FULL: IndexFile = {
  filename: 'demo-1.0-py3-none-any.whl',
  url: '../../wheels/demo/x/demo-1.0-py3-none-any.whl',
  sha256: SHA,
  size: 7,
  requiresPython: '>=3.8,<4',
  yanked: 'breaks "x" & <y>',
  coreMetadataSha256: META,
  uploadTime: '2026-01-02T03:04:05.678Z',
};

t.test('a project as JSON has every key that is known and no other', async (t) => {
  const json = JSON.parse(renderProjectJson({ name: 'demo', versions: ['1.0'], files: [FULL] }));
  t.same(json, {
    meta: { 'api-version': '1.4' },
    name: 'demo',
    versions: ['1.0'],
    files: [
      {
        filename: FULL.filename,
        url: FULL.url,
        hashes: { sha256: SHA },
        'requires-python': '>=3.8,<4',
        size: 7,
        'upload-time': '2026-01-02T03:04:05.678Z',
        yanked: 'breaks "x" & <y>',
        'core-metadata': { sha256: META },
      },
    ],
  });
  const least = JSON.parse(
    renderProjectJson({ name: 'demo', versions: [], files: [{ ...LEAST, uploadTime: '2026-01-02', yanked: '' }] }),
  );
  t.same(least, {
    meta: { 'api-version': '1.0' },
    name: 'demo',
    versions: [],
    files: [{ filename: LEAST.filename, url: LEAST.url, hashes: { sha256: SHA }, yanked: true }],
  });
});

t.test('metadata without a hash is announced all the same', async (t) => {
  const files = [{ ...LEAST, coreMetadata: true as const }];
  t.equal(JSON.parse(renderProjectJson({ name: 'demo', versions: [], files })).files[0]['core-metadata'], true);
  t.match(renderFindLinks(files), /data-core-metadata="true" data-dist-info-metadata="true"/);
});

t.test('a project as HTML', async (t) => {
  const html = renderProjectHtml({ name: 'demo', versions: ['1.0'], files: [FULL, LEAST] });
  t.ok(html.startsWith('<!DOCTYPE html>\n'));
  t.match(html, '<meta name="pypi:repository-version" content="1.4">');
  const lines = html.split('\n').filter((line) => line.startsWith('<a'));
  t.same(lines, [
    `<a href="${FULL.url}#sha256=${SHA}" data-requires-python="&gt;=3.8,&lt;4" data-core-metadata="sha256=${META}"` +
      ` data-dist-info-metadata="sha256=${META}" data-yanked="breaks &quot;x&quot; &amp; &lt;y&gt;">${FULL.filename}</a><br>`,
    `<a href="${LEAST.url}#sha256=${SHA}">${LEAST.filename}</a><br>`,
  ]);
  t.match(renderFindLinks([{ ...LEAST, yanked: true }]), ' data-yanked=""');
});

t.test('the list of projects', async (t) => {
  t.same(JSON.parse(renderRootJson(['a', 'b'])), {
    meta: { 'api-version': '1.4' },
    projects: [{ name: 'a' }, { name: 'b' }],
  });
  t.match(renderRootHtml(['a', 'b']), '<a href="a/">a</a><br>\n<a href="b/">b</a><br>');
});

t.test('versions come once each, in the order of PEP 440', async (t) => {
  t.same(sortedVersions(['1.10', '1.9', '1.10rc1', '1.9', '1!0.1']), ['1.9', '1.10rc1', '1.10', '1!0.1']);
});
