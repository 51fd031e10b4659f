import t from 'tap';
import { parseSimpleHtml } from '../../src/upstream/simple-html.ts';

const URL_OF_PAGE = new URL('https://upstream.test/simple/demo/');
const HASH = 'a'.repeat(64);
const FILE = { filename: 'demo-1.0.tar.gz', url: 'https://upstream.test/files/demo-1.0.tar.gz' };

const ROWS: [string, string, object[]][] = [
  [
    'a relative link with its hash',
    `<a href="../../files/demo-1.0.tar.gz#sha256=${HASH}">x</a>`,
    [{ ...FILE, sha256: HASH }],
  ],
  ['no quotes, upper case, other attributes', '<A rel=x HREF=/files/demo-1.0.tar.gz data-x>x</A>', [FILE]],
  ['single quotes over lines', "<a\n  class='a>b'\n  href='/files/demo-1.0.tar.gz'\n>x</a>", [FILE]],
  ['a base', '<base href="/files/"><a href="demo-1.0.tar.gz">x</a>', [FILE]],
  [
    'requirements escaped, yanked, metadata',
    `<a href="/files/demo-1.0.tar.gz" data-requires-python="&gt;=3.8,&#60;4" data-yanked data-core-metadata="sha256=${HASH}">x</a>`,
    [{ ...FILE, requiresPython: '>=3.8,<4', yanked: true, coreMetadata: HASH }],
  ],
  [
    'a yank with its reason, metadata by its old name',
    '<a href="/files/demo-1.0.tar.gz" data-yanked="a &amp; b" data-dist-info-metadata="true">x</a>',
    [{ ...FILE, yanked: 'a & b', coreMetadata: true }],
  ],
  [
    'provenance',
    '<a href="/files/demo-1.0.tar.gz" data-provenance="https://upstream.test/p?a=1&amp;b=2">x</a>',
    [{ ...FILE, provenance: 'https://upstream.test/p?a=1&b=2' }],
  ],
  ['provenance that is no https URL', '<a href="/files/demo-1.0.tar.gz" data-provenance="/p">x</a>', [FILE]],
  ['another hash', '<a href="/files/demo-1.0.tar.gz#md5=abc">x</a>', [FILE]],
  ['credentials are dropped', '<a href="https://u:p@upstream.test/files/demo-1.0.tar.gz">x</a>', [FILE]],
  [
    'comments, other links, other schemes',
    '<a href="/files/demo-1.0.tar.gz">x</a><!-- <a href="b-1.zip"> --><a href="../">up</a><a name=x><a href="ftp://upstream.test/c-1.zip"><abbr href="d-1.zip">',
    [FILE],
  ],
  ['a marked page without files', '<meta name="pypi:repository-version" content="1.1">', []],
];

for (const [name, html, files] of ROWS) {
  t.test(name, async (t) => t.same(parseSimpleHtml(html, URL_OF_PAGE), { files }));
}

t.test('the status of the project', async (t) => {
  const meta = (name: string, content: string) => `<meta name="pypi:project-${name}" content="${content}">`;
  const rows: [html: string, status: object | undefined][] = [
    [meta('status', 'archived'), { status: 'archived' }],
    [
      `${meta('status-reason', 'a &lt;b&gt; &quot;c&quot;')}<META CONTENT=quarantined NAME=PYPI:Project-Status>`,
      { status: 'quarantined', reason: 'a <b> "c"' },
    ],
    [`${meta('status', 'deprecated')}${meta('status', 'active')}`, { status: 'deprecated' }],
    [meta('status', 'sleeping'), undefined],
    [meta('status-reason', 'why'), undefined],
  ];
  for (const [html, status] of rows)
    t.same(parseSimpleHtml(html, URL_OF_PAGE), { ...(status && { status }), files: [] }, html);
});

t.test('pages that are no index', async (t) => {
  for (const html of [
    '',
    '<h1>Bad gateway</h1>',
    '<meta name="pypi:repository-version" content="2.0">',
    '<!-- <a href=x-1.zip>',
  ]) {
    t.throws(() => parseSimpleHtml(html, URL_OF_PAGE), { name: 'UnfitPage' }, html);
  }
});

t.test('hostile pages end soon', async (t) => {
  const marked = '<meta name="pypi:repository-version" content="1.0">';
  for (const piece of ['<a ', '<a href="', "<a x='", '<!--', '<a/', ' ', '<a b=']) {
    t.same(parseSimpleHtml(`${marked}<a ${piece.repeat(200_000)}`, URL_OF_PAGE), { files: [] }, piece);
  }
});
