import t from 'tap';
import {
  type IndexFile,
  parseProjectJson,
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
  provenance: 'https://upstream.test/p?a=1&b=2',
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
        provenance: FULL.provenance,
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
      ` data-dist-info-metadata="sha256=${META}" data-yanked="breaks &quot;x&quot; &amp; &lt;y&gt;" data-provenance="https://upstream.test/p?a=1&amp;b=2">${FULL.filename}</a><br>`,
    `<a href="${LEAST.url}#sha256=${SHA}">${LEAST.filename}</a><br>`,
  ]);
  t.match(renderFindLinks([{ ...LEAST, yanked: true }]), ' data-yanked=""');
});

t.test('the status of a project', async (t) => {
  const page = { name: 'demo', versions: ['1.0'], files: [FULL] };
  const status = { status: 'archived', reason: 'see "other" & <more>' } as const;
  t.match(JSON.parse(renderProjectJson({ ...page, status })), { 'project-status': status, files: { length: 1 } });
  const html = renderProjectHtml({ ...page, status });
  t.match(html, '<meta name="pypi:project-status" content="archived">\n');
  t.match(html, 'status-reason" content="see &quot;other&quot; &amp; &lt;more&gt;">\n');
  t.notMatch(renderProjectHtml({ ...page, status: { status: 'active' } }), 'status-reason');
  t.notMatch(renderProjectJson(page) + renderProjectHtml(page), 'project-status');
});

t.test('a quarantined project has no files, whatever the page holds', async (t) => {
  const page = { name: 'demo', status: { status: 'quarantined' as const }, versions: ['1.0'], files: [FULL, LEAST] };
  t.match(JSON.parse(renderProjectJson(page)), { meta: { 'api-version': '1.4' }, versions: ['1.0'], files: [] });
  t.notMatch(renderProjectHtml(page), '<a');
});

t.test('a page in JSON is read back as it was', async (t) => {
  const status = { status: 'deprecated' as const, reason: 'old' };
  const files = [FULL, LEAST, { ...LEAST, coreMetadata: true as const, yanked: true as const, builtFor: 'x' }];
  const page = { name: 'demo', status, versions: ['0.9', '1.0'], files };
  t.same(parseProjectJson(renderProjectJson(page)), page);
});

t.test('only times that are in the form of the API', async (t) => {
  for (const uploadTime of ['2026-13-02T03:04:05Z', '2026-01-02T03:04:05+01:00', '2026-01-02T03:04:05.1234567Z', ''])
    t.notMatch(renderProjectJson({ name: 'x', versions: [], files: [{ ...LEAST, uploadTime }] }), 'upload-time');
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
