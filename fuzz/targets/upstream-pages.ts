import fc from 'fast-check';
import { normalizeName } from '../../src/core/names.ts';
import { readPage } from '../../src/upstream/page.ts';
import { UnfitPage } from '../../src/upstream/raw-page.ts';
import { parseSimpleHtml } from '../../src/upstream/simple-html.ts';
import { parseSimpleJson } from '../../src/upstream/simple-json.ts';
import { damaged } from '../bytes.ts';
import type { Fuzzer } from '../fuzzer.ts';

const DEMO = normalizeName('demo');
const BASE = new URL('http://upstream.test/simple/demo/');
const hash = '0'.repeat(64);

const JSON_PAGES = [
  {
    meta: { 'api-version': '1.4' },
    name: 'demo',
    'project-status': { status: 'archived', reason: 'x' },
    versions: ['1.0', '2.0'],
    files: [
      {
        filename: 'demo-1.0-py3-none-any.whl',
        url: '../../files/demo-1.0-py3-none-any.whl',
        hashes: { sha256: hash },
        'requires-python': '>=3.8',
        yanked: 'why',
        'core-metadata': { sha256: hash },
        size: 10,
        'upload-time': '2024-01-01T00:00:00.000Z',
        provenance: 'https://upstream.test/p',
      },
      { filename: 'demo-1.0.tar.gz', url: 'https://upstream.test/demo-1.0.tar.gz', hashes: {} },
    ],
  },
].map((page) => Buffer.from(JSON.stringify(page)));

const HTML_PAGES = [
  `<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1"><base href="/x/"></head><body>
<a href="demo-1.0-py3-none-any.whl#sha256=${hash}" data-requires-python="&gt;=3.8" data-yanked="" data-core-metadata="sha256=${hash}">demo-1.0-py3-none-any.whl</a><br/>
<!-- a comment --><A HREF='demo-1.0.tar.gz'>demo-1.0.tar.gz</A></body></html>`,
].map((page) => Buffer.from(page));

const page = fc.oneof(
  damaged(JSON_PAGES).map((bytes) => ({ isJson: true, bytes })),
  damaged(HTML_PAGES).map((bytes) => ({ isJson: false, bytes })),
);

/** Project pages of other indexes: files of the project, or a page that is none. */
export const upstreamPages: Fuzzer = {
  name: "upstream's project pages",
  share: 10,
  open: async () => ({
    property: fc.property(page, ({ isJson, bytes }) => {
      try {
        const raw = isJson ? parseSimpleJson(bytes, BASE, DEMO) : parseSimpleHtml(bytes.toString('utf8'), BASE);
        // Which of them may be asked for is looked at with every request.
        const strange = readPage(DEMO, raw).files.find(({ url }) => !URL.canParse(url));
        if (strange) throw new Error(`${strange.url} is nowhere`);
      } catch (error) {
        if (!(error instanceof UnfitPage)) throw error;
      }
    }),
  }),
};
