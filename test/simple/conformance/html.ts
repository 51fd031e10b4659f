import { sha256 } from '../../storage/wheel.ts';
import { HTML, HTML_V1, PROVENANCE, REASON, STATUS } from './index.ts';
import { everyAnchor, htmlPage, jsonPage, pagePath } from './pages.ts';
import type { Row } from './table.ts';

const isDistinct = (all: readonly string[]) => new Set(all).size === all.length;

export const HTML_ROWS: Row[] = [
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: 'the root is an HTML5 page with a single anchor element per project',
    check: async (t, index, view) => {
      const { text, anchors } = await htmlPage(index, view);
      t.match(text, /^<!DOCTYPE html>\n<html[ >]/);
      t.strictSame(
        anchors.map((one) => one.text),
        ['built', 'copied'],
      );
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: "the text of a root's anchor is the project's name, and its href links to the project's URL",
    check: async (t, index, view) => {
      const { url, anchors } = await htmlPage(index, view);
      for (const { href, text } of anchors) {
        t.equal(new URL(href, url).pathname, `${view.base}${text}/`);
        t.equal((await index.get(new URL(href, url).pathname)).status, 200);
      }
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: 'a project page is at its normalized name, an HTML5 page with a single anchor per file',
    check: async (t, index, view) => {
      for (const project of view.projects) {
        t.equal((await index.get(pagePath(view, project))).status, 200, project);
        const { text, anchors } = await htmlPage(index, view, project);
        t.match(text, /^<!DOCTYPE html>\n<html[ >]/);
        t.ok(isDistinct(anchors.map((one) => one.text)), project);
        t.equal(anchors.length, (await jsonPage(index, view, project)).files.length, 'as many as in JSON');
      }
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: 'the href of an anchor links to the location of the file, whose bytes have the hash of its fragment',
    check: async (t, index, view) => {
      for (const { page, anchor } of await everyAnchor(index, view)) {
        const { pathname, search, hash } = new URL(anchor.href, page.url);
        const { body } = await index.get(pathname + search);
        t.ok(body.equals(index.wheels.get(anchor.text)!.bytes), anchor.text);
        t.equal(hash, `#sha256=${sha256(body)}`);
      }
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: "the text of an anchor matches the URL's final path component",
    check: async (t, index, view) => {
      for (const { page, anchor } of await everyAnchor(index, view))
        t.equal(decodeURIComponent(new URL(anchor.href, page.url).pathname.split('/').at(-1)!), anchor.text);
    },
  },
  {
    spec: 'PEP 503',
    level: 'SHOULD',
    says: 'URLs include a hash as #<lower-case name>=<hex>, of a function that hashlib guarantees: sha256',
    check: async (t, index, view) => {
      for (const { anchor } of await everyAnchor(index, view)) t.match(anchor.href, /^[^#]+#sha256=[0-9a-f]{64}$/);
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: 'URLs that answer with a page end with a slash',
    check: async (t, index, view) => {
      for (const path of [view.base, pagePath(view, 'built')]) {
        t.equal((await index.get(path)).status, 200);
        t.equal((await index.get(path.slice(0, -1))).status, 301);
      }
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: 'a GPG signature lives beside its file: none is announced, and none is there',
    check: async (t, index, view) => {
      for (const { page, anchor } of await everyAnchor(index, view)) {
        t.notOk(anchor.attributes.has('data-gpg-sig'));
        t.equal((await index.get(`${new URL(anchor.href, page.url).pathname}.asc`)).status, 404);
      }
    },
  },
  {
    spec: 'PEP 503',
    level: 'MUST',
    says: 'in data-requires-python < and > are encoded as &lt; and &gt;',
    check: async (t, index, view) => {
      const project = view.name === 'merged' ? 'leaf' : 'built';
      const { text, anchors } = await htmlPage(index, view, project);
      t.match(text, ' data-requires-python="&gt;=3.8,&lt;4"');
      t.ok(anchors.some((one) => one.attributes.get('data-requires-python') === '>=3.8,<4'));
      t.equal(anchors.filter((one) => one.attributes.has('data-requires-python')).length, 1, 'only where it is known');
    },
  },
  {
    spec: 'PEP 592',
    level: 'MUST',
    says: 'a mirror marks a yanked file as yanked, with its reason or with none',
    check: async (t, index, view) => {
      const marks = (await everyAnchor(index, view)).map(
        ({ anchor }) => [anchor.text, anchor.attributes.get('data-yanked')] as const,
      );
      const yanked = new Map(marks.filter(([, mark]) => mark !== undefined));
      t.equal(yanked.get('built-0.9-py3-none-any.whl'), REASON);
      if (view.name === 'stored') return t.equal(yanked.size, 1);
      t.equal(yanked.get('leaf-0.9-py3-none-any.whl'), REASON);
      t.equal(yanked.get('leaf-0.8-py3-none-any.whl'), '');
      return t.equal(yanked.size, 3);
    },
  },
  {
    spec: 'PEP 629',
    level: 'SHOULD',
    says: 'every page has a meta pypi:repository-version, of Major.Minor alone',
    check: async (t, index, view) => {
      for (const project of [undefined, ...view.projects]) {
        const { metas } = await htmlPage(index, view, project);
        t.equal(metas.get('pypi:repository-version'), '1.4', project ?? 'root');
      }
    },
  },
  {
    spec: 'PEP 658',
    level: 'MUST',
    says: "where metadata is announced, the wheel's METADATA is served beside it, byte for byte",
    check: async (t, index, view) => {
      for (const { page, anchor } of await everyAnchor(index, view)) {
        t.ok(anchor.attributes.has('data-core-metadata'), anchor.text);
        const { status, body } = await index.get(`${new URL(anchor.href, page.url).pathname}.metadata`);
        t.equal(status, 200);
        t.ok(body.equals(index.wheels.get(anchor.text)!.metadata), anchor.text);
      }
    },
  },
  {
    spec: 'PEP 658',
    level: 'SHOULD',
    says: 'the value is the hash of the metadata as <name>=<hex>, or true where it is not known',
    check: async (t, index, view) => {
      for (const { anchor } of await everyAnchor(index, view)) {
        const known = !anchor.text.startsWith('unsized');
        const digest = sha256(index.wheels.get(anchor.text)!.metadata);
        t.equal(anchor.attributes.get('data-core-metadata'), known ? `sha256=${digest}` : 'true');
      }
    },
  },
  {
    spec: 'PEP 714',
    level: 'MUST',
    says: 'the attribute is data-core-metadata, and data-dist-info-metadata beside it has the same value',
    check: async (t, index, view) => {
      for (const { anchor } of await everyAnchor(index, view))
        t.equal(anchor.attributes.get('data-dist-info-metadata'), anchor.attributes.get('data-core-metadata'));
    },
  },
  {
    spec: 'PEP 740',
    level: 'MUST',
    says: "data-provenance is a fully qualified URL, and only upstream's own bytes have it",
    view: 'merged',
    check: async (t, index, view) => {
      const marks = (await everyAnchor(index, view)).map(({ anchor }) => [
        anchor.text.split('-')[0],
        anchor.attributes.get('data-provenance'),
      ]);
      const [of, none] = [PROVENANCE, undefined];
      t.strictSame(marks, [
        ['built', none],
        ['built', none],
        ['copied', of],
        ['leaf', of],
        ['leaf', of],
        ['leaf', of],
        ['unsized', of],
      ]);
    },
  },
  {
    spec: 'PEP 792',
    level: 'MAY',
    says: 'metas pypi:project-status and pypi:project-status-reason have the status and its reason',
    view: 'merged',
    check: async (t, index, view) => {
      const { metas } = await htmlPage(index, view, 'leaf');
      t.equal(metas.get('pypi:project-status'), STATUS.status);
      t.equal(metas.get('pypi:project-status-reason'), STATUS.reason);
      const held = (await htmlPage(index, view, 'held')).metas;
      t.equal(held.get('pypi:project-status'), 'quarantined');
      t.notOk(held.has('pypi:project-status-reason'), 'none was given');
      t.notOk((await htmlPage(index, view, 'built')).metas.has('pypi:project-status'), 'none is active');
    },
  },
  {
    spec: 'PEP 792',
    level: 'MUST',
    says: 'a quarantined project offers no files; an archived one offers its files',
    view: 'merged',
    check: async (t, index, view) => {
      t.equal((await htmlPage(index, view, 'held')).anchors.length, 0);
      t.equal((await htmlPage(index, view, 'leaf')).anchors.length, 3);
    },
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: `${HTML} is an alias of ${HTML_V1}: the very same page`,
    check: async (t, index, view) => {
      for (const path of [view.base, pagePath(view, 'built')]) {
        const [one, other] = await Promise.all([HTML, HTML_V1].map((accept) => index.get(path, { accept })));
        t.equal(one?.text, other?.text);
      }
    },
  },
];
