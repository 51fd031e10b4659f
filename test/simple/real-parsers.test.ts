import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type IndexFile, type IndexPage, renderProjectHtml, renderProjectJson } from '../../src/core/index-page.ts';
import { missing, stateDir } from '../services/state.ts';

const URL_OF_PAGE = 'https://index.test/simple/demo/';
const HASHES = { a: 'a'.repeat(64), b: 'b'.repeat(64) };

type Read = { filename: string; url: string; sha256: string; [field: string]: unknown };
type Answer = {
  pip: Read[];
  pypi_simple: {
    project: string;
    version: string;
    status?: string;
    reason?: string;
    versions?: string[];
    files: Read[];
  };
};

/** How pip and pypi-simple, which `scripts/setup/services.sh` installs, read the page in both formats. */
function read(page: IndexPage): { html: Answer; json: Answer } {
  const python = join(stateDir, 'tools/pypi-simple/bin/python');
  const pip = join(stateDir, 'tools/reference');
  for (const path of [python, pip]) if (!existsSync(path)) throw missing(`${path} is not installed`);
  const about = { url: URL_OF_PAGE, project: page.name };
  const input = [
    { ...about, type: 'text/html', body: renderProjectHtml(page) },
    { ...about, type: 'application/vnd.pypi.simple.v1+json', body: renderProjectJson(page) },
  ];
  const script = fileURLToPath(new URL('./fixtures/page-oracle.py', import.meta.url));
  const run = spawnSync(python, [script, pip], {
    input: input.map((one) => `${JSON.stringify(one)}\n`).join(''),
    encoding: 'utf8',
    // Of the machine's own settings and variables pip must know nothing.
    env: { PYTHONUTF8: '1', PIP_CONFIG_FILE: '/dev/null' },
  });
  if (run.status !== 0) throw new Error(`The page could not be read: ${run.error ?? run.stderr}`);
  const [html, json] = JSON.parse(run.stdout) as [Answer, Answer];
  return { html, json };
}

const file = (filename: string, more: Partial<IndexFile> = {}): IndexFile => ({
  filename,
  url: `../../wheels/demo/${HASHES.a}/${filename}`,
  sha256: HASHES.a,
  size: 7,
  ...more,
});

const page: IndexPage = {
  name: 'demo',
  status: { status: 'archived', reason: 'see "other" & <more>\'s' },
  versions: ['0.1', '1.0', '1.0+local.1', '2.0'],
  files: [
    file('demo-1.0-py3-none-any.whl', {
      requiresPython: '>=3.8,<4',
      coreMetadataSha256: HASHES.b,
      uploadTime: '2026-01-02T03:04:05.123456Z',
      provenance: 'https://upstream.test/attested?a=1&b=2',
    }),
    file('demo-1.0+local.1-1_aaaaaaaa-py3-none-any.whl', { coreMetadata: true, yanked: true }),
    file('demo-2.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', {
      yanked: "\"><script>alert(1)</script> & 'x' &amp;lt; <!-- \u00e4\u{1f600}",
      requiresPython: '!=3.9.*,>=3',
    }),
    file('demo-2.0.tar.gz'),
  ],
};

/** What both read of a file, in their words. */
const inTheirWords = (one: IndexFile) => ({
  filename: one.filename,
  url: new URL(one.url, URL_OF_PAGE).href,
  sha256: one.sha256,
  requires_python: one.requiresPython ?? null,
  yanked: one.yanked === true ? '' : (one.yanked ?? null),
  metadata: one.coreMetadataSha256 ?? one.coreMetadata ?? null,
});

t.test('pip and pypi-simple read what the page says, in HTML and in JSON', async (t) => {
  const { html, json } = read(page);
  const expected = page.files.map(inTheirWords);
  t.same(html.pip, expected, 'pip, HTML');
  t.same(json.pip, expected, 'pip, JSON');
  for (const [format, { pypi_simple: said }] of Object.entries({ html, json })) {
    t.match(said, { project: 'demo', version: '1.4', status: 'archived', reason: page.status?.reason }, format);
    t.match(
      said.files,
      expected.map(({ metadata, ...rest }) => rest),
      format,
    );
    t.equal(said.files[0]?.metadata, HASHES.b);
    t.equal(said.files[0]?.provenance, page.files[0]?.provenance);
    t.same(
      said.files.map((one) => [one.project, one.version]),
      ['1.0', '1.0+local.1', '2.0', '2.0'].map((version) => ['demo', version]),
    );
  }
  t.same(json.pypi_simple.versions, page.versions);
  t.match(json.pypi_simple.files[0], { size: 7, upload_time: '2026-01-02T03:04:05.123456+00:00' });
});

t.test('nor do they find a file of a quarantined project', async (t) => {
  const { html, json } = read({ ...page, status: { status: 'quarantined' } });
  for (const { pip, pypi_simple: said } of [html, json])
    t.match([pip, said], [{ length: 0 }, { status: 'quarantined', files: { length: 0 } }]);
});
