import { gunzipSync } from 'node:zlib';
import type { Test } from 'tap';
import { HTML, HTML_V1, type Index, JSON_V1, type View } from './index.ts';
import { pagePath } from './pages.ts';
import type { Row } from './table.ts';

const PIP = `${JSON_V1}, ${HTML_V1}; q=0.1, text/html; q=0.01`;
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const latest = (format: string) => `application/vnd.pypi.simple.latest+${format}`;
const TYPE: Record<string, string> = {
  [JSON_V1]: JSON_V1,
  [HTML_V1]: `${HTML_V1}; charset=utf-8`,
  [HTML]: `${HTML}; charset=utf-8`,
};
const paths = (view: View) => [view.base, pagePath(view, 'built')];

/** `Accept` and what is answered with; 406 where that is nothing. */
type Wish = [accept: string | undefined, type: string | undefined];

const answers =
  (...wishes: Wish[]): Row['check'] =>
  async (t, index, view) => {
    for (const path of paths(view)) for (const wish of wishes) await answersWith(t, index, path, wish);
  };

async function answersWith(t: Test, index: Index, path: string, [accept, type]: Wish): Promise<void> {
  const answer = await index.get(path, accept === undefined ? {} : { accept });
  t.equal(answer.status, type === undefined ? 406 : 200, `${accept} of ${path}`);
  if (type !== undefined) t.equal(answer.headers['content-type'], TYPE[type], `${accept} of ${path}`);
}

export const NEGOTIATION: Row[] = [
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'every answer has a Content-Type that says what it is',
    check: answers([JSON_V1, JSON_V1], [HTML_V1, HTML_V1], [HTML, HTML]),
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'the meta version latest is answered with the type of the real version',
    check: answers([latest('json'), JSON_V1], [latest('html'), HTML_V1]),
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'no Accept is */*, which whoever knows nothing of JSON can read',
    check: answers([undefined, HTML], ['*/*', HTML], ['', HTML]),
  },
  {
    spec: 'PEP 691',
    level: 'SHOULD',
    says: 'the order of types means nothing: the richest of equal ones wins',
    check: answers(
      [`${HTML}, ${HTML_V1}, ${JSON_V1}`, JSON_V1],
      [`${JSON_V1}, ${HTML_V1}, ${HTML}`, JSON_V1],
      [`${HTML}, ${HTML_V1}`, HTML_V1],
    ),
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'a higher quality has priority, none is 1, and 0 is a refusal',
    check: answers(
      [PIP, JSON_V1],
      [`${JSON_V1};q=0.2, ${HTML_V1};q=0.3`, HTML_V1],
      [`${JSON_V1};q=0.999, ${HTML}`, HTML],
      [`${JSON_V1};q=0, ${HTML_V1};q=0.001`, HTML_V1],
      [`*/*, ${HTML};q=0`, JSON_V1],
      [`${JSON_V1};q=0`, undefined],
    ),
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'a type may be given as type/*',
    check: answers(['application/*', JSON_V1], ['text/*', HTML], ['image/*', undefined]),
  },
  {
    spec: 'PEP 691',
    level: 'RECOMMENDED',
    says: 'text/html is the last resort where something else was named too',
    check: answers([`${HTML};q=0.5, ${HTML_V1};q=0.5`, HTML_V1]),
  },
  {
    spec: 'PEP 691',
    level: 'RECOMMENDED',
    says: 'nothing that can be given is a 406, never a 300, and says what there is',
    check: async (t, index, view) => {
      for (const path of paths(view)) {
        for (const accept of ['image/png', 'application/json', 'application/vnd.pypi.simple.v2+json', 'garbage']) {
          const { status, headers, text } = await index.get(path, { accept });
          t.equal(status, 406, `${accept} of ${path}`);
          t.equal(headers['content-type'], 'application/problem+json');
          for (const type of Object.keys(TYPE)) t.match(text, type);
        }
      }
    },
  },
  {
    spec: 'clients',
    level: 'MUST',
    says: 'pip, uv and browsers get what they ask for first',
    check: answers([PIP, JSON_V1], [`${JSON_V1}, ${HTML_V1};q=0.2, text/html;q=0.01`, JSON_V1], [BROWSER, HTML]),
  },
  {
    spec: 'PEP 691',
    level: 'SHOULD',
    says: '?format= takes precedence over Accept, spelled plainly or encoded',
    check: async (t, index, view) => {
      for (const path of paths(view)) {
        for (const [format, type] of [...Object.keys(TYPE).map((one) => [one, one]), [latest('json'), JSON_V1]]) {
          for (const spelled of [format!, encodeURIComponent(format!)]) {
            const { headers } = await index.get(`${path}?format=${spelled}`, { accept: 'image/png' });
            t.equal(headers['content-type'], TYPE[type!], spelled);
          }
        }
      }
    },
  },
  {
    spec: 'PEP 691',
    level: 'MAY',
    says: '?format= that cannot be given is a 406: several types, wildcards and qualities cannot',
    check: async (t, index, view) => {
      for (const format of ['json', '*/*', `${JSON_V1},${HTML}`, `${JSON_V1};q=1`, ''])
        t.equal((await index.get(`${view.base}?format=${format}`, { accept: HTML })).status, 406, format);
    },
  },
  {
    spec: 'RFC 9110, 12.5.3',
    level: 'SHOULD',
    says: 'a page is packed for those alone that say they can unpack it, is the same then, and has an ETag of its own',
    check: async (t, index, view) => {
      let packedPages = 0;
      for (const project of view.projects) {
        for (const accept of [JSON_V1, HTML]) {
          const path = pagePath(view, project);
          const plain = await index.get(path, { accept });
          t.notOk('content-encoding' in plain.headers);
          const refused = await index.get(path, { accept, 'accept-encoding': 'gzip;q=0, identity' });
          t.notOk('content-encoding' in refused.headers);
          const packed = await index.get(path, { accept, 'accept-encoding': 'gzip, deflate' });
          const coding = packed.headers['content-encoding'];
          t.equal(coding === 'gzip' ? gunzipSync(packed.body).toString() : packed.text, plain.text, project);
          if (coding === undefined) continue;
          packedPages += 1;
          t.equal(coding, 'gzip');
          t.not(packed.headers.etag, plain.headers.etag);
          for (const { headers } of [plain, packed]) t.match(headers.vary, /accept-encoding/i);
        }
      }
      t.ok(packedPages > 0, 'small pages go out as they are, but not all');
    },
  },
  {
    spec: 'RFC 9110, 12.5.5',
    level: 'SHOULD',
    says: 'Vary names Accept: with the page, with a 304, and with a 406',
    check: async (t, index, view) => {
      for (const path of paths(view)) {
        const page = await index.get(path, { accept: JSON_V1 });
        const same = await index.get(path, { accept: JSON_V1, 'if-none-match': page.headers.etag! });
        const none = await index.get(path, { accept: 'image/png' });
        t.strictSame([page.status, same.status, none.status], [200, 304, 406]);
        for (const { headers } of [page, same, none]) t.match(headers.vary, /(^|[, ])Accept($|,)/);
      }
    },
  },
];
