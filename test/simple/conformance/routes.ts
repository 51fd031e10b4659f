import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { HTML, type Index, JSON_V1 } from './index.ts';
import { pagePath } from './pages.ts';
import type { Row } from './table.ts';

/** A request with a target that no client would send, as bytes on the socket: the status and the headers. */
async function raw(index: Index, target: string): Promise<{ status: number; head: string }> {
  const { port } = new URL(index.origin);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`, 'latin1'));
  const [head = ''] = (await buffer(socket)).toString('latin1').split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head };
}

/** Parts of a path that are no project's name, and that a careless redirect would lead astray with. */
const ODD = [
  ...['/evil.test', '//evil.test', '/evil.test/', '%2fevil.test', '%2Fevil.test%2F', '\\evil.test', '%5cevil.test'],
  ...['..', '../', '%2e%2e', '%2e%2e/', '%2e%2e%2f', '.', '-', '-demo', 'demo-', '%00', 'demo%00', 'de%0d%0aX:y/'],
  ...['de%0amo', '%ff', 'demo;x', 'demo%3fx', 'http:evil.test', 'demo@evil.test', '%E2%80%AE', 'a'.repeat(129)],
];

export const ROUTES: Row[] = [
  {
    spec: 'PEP 503',
    level: 'SHOULD',
    says: 'a URL without its slash redirects to the one with it',
    check: async (t, index, view) => {
      for (const path of [view.base, pagePath(view, 'built'), pagePath(view, 'nobody')]) {
        const { status, headers } = await index.get(path.slice(0, -1));
        t.equal(status, 301, path);
        t.equal(new URL(headers.location!, index.origin + path.slice(0, -1)).href, index.origin + path);
      }
    },
  },
  {
    spec: 'PEP 503',
    level: 'MAY',
    says: 'a name that is not normalized redirects to the normalized one, in one hop with a missing slash',
    check: async (t, index, view) => {
      const spelled = ['Built', 'BUILT', 'De__Mo', 'de.mo', 'de-_.mo'];
      for (const name of spelled.flatMap((one) => [one, `${one}/`])) {
        const { status, headers } = await index.get(view.base + name);
        const to = name.toLowerCase().startsWith('b') ? 'built' : 'de-mo';
        t.equal(status, 301, name);
        t.equal(new URL(headers.location!, index.origin + view.base + name).href, `${index.origin}${view.base}${to}/`);
      }
    },
  },
  {
    spec: 'PEP 691',
    level: 'SHOULD',
    says: 'a redirect is relative and keeps the query, which may hold the format',
    check: async (t, index, view) => {
      const query = `?format=${JSON_V1}`;
      for (const path of [
        `${view.base.slice(0, -1)}${query}`,
        `${view.base}Built${query}`,
        `${view.base}Built/${query}`,
      ]) {
        const { headers } = await index.get(path);
        t.match(headers.location, /^(\.\.\/)?[a-z]+\/\?format=/, path);
        const there = new URL(headers.location!, index.origin + path);
        t.equal((await index.get(there.pathname + there.search, { accept: HTML })).headers['content-type'], JSON_V1);
      }
    },
  },
  {
    spec: 'clients',
    level: 'MUST',
    says: 'no name and no query makes a redirect that leads away or breaks a header',
    check: async (t, index, view) => {
      for (const part of ODD) {
        const { status, head } = await raw(index, view.base + part);
        t.ok(status === 404 || status === 400, `${part}: ${status}`);
        t.notMatch(head, /^location:/im);
        t.notMatch(head, /^x:/im);
      }
      for (const path of ['//evil.test/simple', '//evil.test/simple/Demo', `/${view.base}Demo`])
        t.equal((await raw(index, path)).status, 404, path);
      for (const query of ['?//evil.test', '?%0d%0aX:y', '?x=\\\\evil.test', '?next=http://evil.test']) {
        const { status, head } = await raw(index, `${view.base}Demo${query}`);
        t.equal(status, 301);
        t.match(head, `\r\nlocation: demo/${query}\r\n`);
      }
    },
  },
  {
    spec: 'RFC 9457',
    level: 'SHOULD',
    says: 'a URL that cannot be decoded is a problem document like every other error',
    check: async (t, index, view) => {
      for (const path of [`${view.base}%zz`, `${view.base}%E0%A4%A/`, `${view.base}${'a'.repeat(1100)}/`]) {
        const { status, head } = await raw(index, path);
        t.equal(status, 400, path);
        t.match(head, '\r\ncontent-type: application/problem+json\r\n');
      }
    },
  },
  {
    spec: 'uv',
    level: 'MUST',
    says: 'a project that nobody has is a 404, in every format, and no other project is',
    check: async (t, index, view) => {
      for (const accept of [JSON_V1, HTML]) {
        for (const name of ['nobody', 'x', '0', 'a'.repeat(128)])
          t.equal((await index.get(pagePath(view, name), { accept })).status, 404, name);
        for (const name of view.projects)
          t.equal((await index.get(pagePath(view, name), { accept })).status, 200, name);
      }
    },
  },
  {
    spec: 'RFC 9110, 9.3.2',
    level: 'SHOULD',
    says: 'HEAD has the headers of GET, its length too, and no body',
    check: async (t, index, view) => {
      for (const path of [view.base, pagePath(view, 'built'), pagePath(view, 'nobody'), `${view.base}Built`]) {
        for (const accept of [JSON_V1, HTML, 'image/png']) {
          const [get, head] = [await index.get(path, { accept }), await index.get(path, { accept }, 'HEAD')];
          t.equal(head.status, get.status, path);
          t.equal(head.body.length, 0);
          for (const name of ['content-type', 'etag', 'cache-control', 'vary', 'location'])
            t.equal(head.headers[name], get.headers[name], `${name} of ${path}`);
          if (get.status === 200) t.equal(Number(head.headers['content-length']), get.body.length);
        }
      }
    },
  },
  {
    spec: 'RFC 9110, 13.1.2',
    level: 'MUST',
    says: 'a page whose ETag the client has is a 304 without a body, and each format has its own, strong one',
    check: async (t, index, view) => {
      for (const path of [view.base, pagePath(view, 'built')]) {
        const tags = new Set<string>();
        for (const accept of [JSON_V1, HTML]) {
          const { headers } = await index.get(path, { accept });
          t.match(headers.etag, /^"[^"]+"$/);
          tags.add(headers.etag!);
          for (const condition of [headers.etag!, `"x", ${headers.etag}`, '*', `W/${headers.etag}`]) {
            const same = await index.get(path, { accept, 'if-none-match': condition });
            t.strictSame([same.status, same.body.length, same.headers.etag], [304, 0, headers.etag], condition);
          }
          t.equal((await index.get(path, { accept, 'if-none-match': '"other"' })).status, 200);
        }
        t.equal(tags.size, 2);
      }
    },
  },
  {
    spec: 'pip',
    level: 'MUST',
    says: 'pages are asked for again each time: what was published a moment ago is found',
    check: async (t, index, view) => {
      for (const path of [view.base, pagePath(view, 'built')])
        t.equal((await index.get(path)).headers['cache-control'], 'no-cache');
      t.equal((await index.get(pagePath(view, 'nobody'))).headers['cache-control'], 'no-store');
    },
  },
];
