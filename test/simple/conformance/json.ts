import { isVersion, parseVersion } from '../../../src/core/version.ts';
import { sha256 } from '../../storage/wheel.ts';
import { JSON_V1, PROVENANCE, REASON, STATUS, UPLOADED } from './index.ts';
import { everyAnchor, everyJsonFile, type JsonFile, jsonPage, jsonRoot, target } from './pages.ts';
import type { Row } from './table.ts';

const PAGE_KEYS = ['files', 'meta', 'name', 'project-status', 'versions'];
const FILE_KEYS = [
  ...['core-metadata', 'filename', 'hashes', 'provenance', 'requires-python', 'size', 'upload-time', 'url', 'yanked'],
];
const unknown = (value: object, known: readonly string[]) =>
  Object.keys(value).filter((key) => !known.includes(key) && !key.startsWith('_'));
const versionIn = ({ filename }: JsonFile) => filename.split('-')[1]!;

export const JSON_ROWS: Row[] = [
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'every answer is an object with meta.api-version, a text of Major.Minor',
    check: async (t, index, view) => {
      const pages = await Promise.all(view.projects.map((one) => jsonPage(index, view, one)));
      for (const page of [await jsonRoot(index, view), ...pages]) {
        t.type(page, Object);
        t.match(page.meta, { 'api-version': /^1\.\d+$/ });
      }
    },
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'the root has meta and projects, each an object with a name',
    check: async (t, index, view) =>
      t.strictSame(await jsonRoot(index, view), {
        meta: { 'api-version': '1.4' },
        projects: [{ name: 'built' }, { name: 'copied' }],
      }),
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'a project page has meta, the normalized name, and files',
    check: async (t, index, view) => {
      for (const project of view.projects) {
        const page = await jsonPage(index, view, project);
        t.equal(page.name, project);
        t.ok(Array.isArray(page.files), project);
        t.strictSame(unknown(page, PAGE_KEYS), [], 'no key that is not of the specification');
      }
    },
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'a file has filename, url and hashes, and the URL, relative to the page, leads to bytes with those hashes',
    check: async (t, index, view) => {
      for (const { page, file } of await everyJsonFile(index, view)) {
        const { status, body } = await index.get(target(index, view, page.name, file.url));
        t.equal(status, 200, file.filename);
        t.ok(body.equals(index.wheels.get(file.filename)!.bytes));
        t.strictSame(file.hashes, { sha256: sha256(body) });
        t.strictSame(unknown(file, FILE_KEYS), [], 'no key that is not of the specification');
      }
    },
  },
  {
    spec: 'PEP 691',
    level: 'SHOULD',
    says: 'names of hashes are lower case, and one is secure and guaranteed: sha256',
    check: async (t, index, view) => {
      for (const { file } of await everyJsonFile(index, view)) t.match(file.hashes.sha256, /^[0-9a-f]{64}$/);
    },
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'requires-python needs no escaping beyond that of JSON',
    check: async (t, index, view) => {
      const files = (await everyJsonFile(index, view)).map(({ file }) => file['requires-python']);
      t.equal(files.filter((one) => one === '>=3.8,<4').length, view.name === 'merged' ? 2 : 1);
      t.ok(files.every((one) => one === undefined || one === '>=3.8,<4'));
    },
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'yanked is a boolean or a reason that is not empty',
    check: async (t, index, view) => {
      const marks = (await everyJsonFile(index, view)).map(({ file }) => [file.filename, file.yanked] as const);
      const yanked = new Map(marks.filter(([, mark]) => mark !== undefined));
      const theirs = [
        ['leaf-0.9-py3-none-any.whl', REASON],
        ['leaf-0.8-py3-none-any.whl', true],
      ] as const;
      t.strictSame(
        yanked,
        new Map<string, unknown>([['built-0.9-py3-none-any.whl', REASON], ...(view.name === 'merged' ? theirs : [])]),
      );
    },
  },
  {
    spec: 'PEP 691',
    level: 'MUST',
    says: 'gpg-sig is a boolean: it is left out, for there are none',
    check: async (t, index, view) => {
      for (const { file } of await everyJsonFile(index, view)) t.notOk('gpg-sig' in file);
    },
  },
  {
    spec: 'PEP 714',
    level: 'MUST',
    says: 'metadata is announced as core-metadata, a boolean or hashes, and by no older name',
    check: async (t, index, view) => {
      for (const { file } of await everyJsonFile(index, view)) {
        const digest = sha256(index.wheels.get(file.filename)!.metadata);
        t.strictSame(file['core-metadata'], file.filename.startsWith('unsized') ? true : { sha256: digest });
        t.notOk('dist-info-metadata' in file);
      }
    },
  },
  {
    spec: 'PEP 658',
    level: 'MUST',
    says: "the metadata is beside the file's URL, byte for byte",
    check: async (t, index, view) => {
      for (const { page, file } of await everyJsonFile(index, view)) {
        const { body } = await index.get(`${target(index, view, page.name, file.url)}.metadata`);
        t.ok(body.equals(index.wheels.get(file.filename)!.metadata), file.filename);
      }
    },
  },
  {
    spec: 'PEP 700',
    level: 'MUST',
    says: 'versions has every version of the project once, with files or without',
    check: async (t, index, view) => {
      t.strictSame((await jsonPage(index, view, 'built')).versions, [
        '0.9',
        ...(view.name === 'merged' ? ['1.0'] : []),
        '1.0+local.1',
      ]);
      if (view.name === 'stored') return;
      t.strictSame((await jsonPage(index, view, 'leaf')).versions, ['0.1', '0.8', '0.9', '1.0', '2.0']);
      t.strictSame((await jsonPage(index, view, 'held')).versions, ['1.0']);
    },
  },
  {
    spec: 'PEP 700',
    level: 'MUST',
    says: 'every file belongs to one of the versions',
    check: async (t, index, view) => {
      for (const { page, file } of await everyJsonFile(index, view)) t.ok(page.versions.includes(versionIn(file)));
    },
  },
  {
    spec: 'PEP 700',
    level: 'SHOULD',
    says: 'versions are in normal form',
    check: async (t, index, view) => {
      for (const project of view.projects)
        for (const version of (await jsonPage(index, view, project)).versions)
          t.ok(isVersion(version) && parseVersion(version) === version, version);
    },
  },
  {
    spec: 'PEP 700',
    level: 'MUST',
    says: 'size is the bytes of the file as an integer; a page that does not know one is of version 1.0',
    check: async (t, index, view) => {
      for (const { page, file } of await everyJsonFile(index, view)) {
        const isKnown = page.name !== 'unsized';
        t.equal(file.size, isKnown ? index.wheels.get(file.filename)!.bytes.length : undefined, file.filename);
        t.equal(page.meta['api-version'], isKnown ? '1.4' : '1.0');
      }
    },
  },
  {
    spec: 'PEP 700',
    level: 'MUST',
    says: 'upload-time is ISO 8601 in UTC, with six digits of a second at most',
    check: async (t, index, view) => {
      for (const { file } of await everyJsonFile(index, view)) {
        t.match(file['upload-time'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/);
        if (file.filename.startsWith('leaf')) t.equal(file['upload-time'], UPLOADED, "upstream's own");
      }
    },
  },
  {
    spec: 'PEP 740',
    level: 'MUST',
    says: "provenance is an absolute URL, and only upstream's own bytes have it",
    view: 'merged',
    check: async (t, index, view) => {
      for (const { page, file } of await everyJsonFile(index, view))
        t.equal(file.provenance, page.name === 'built' ? undefined : PROVENANCE, file.filename);
    },
  },
  {
    spec: 'PEP 740',
    level: 'MUST',
    says: 'what was built or is stored here is not said to be attested where upstream is not asked',
    view: 'stored',
    check: async (t, index, view) => {
      for (const { file } of await everyJsonFile(index, view)) t.notOk('provenance' in file);
    },
  },
  {
    spec: 'PEP 792',
    level: 'MAY',
    says: 'project-status stands at the top level: a status and its reason',
    view: 'merged',
    check: async (t, index, view) => {
      t.strictSame((await jsonPage(index, view, 'leaf'))['project-status'], STATUS);
      t.strictSame((await jsonPage(index, view, 'held'))['project-status'], { status: 'quarantined' });
      t.notOk('project-status' in (await jsonPage(index, view, 'built')), 'none is active');
    },
  },
  {
    spec: 'PEP 792',
    level: 'MUST',
    says: 'a quarantined project offers no files; an archived one offers its files',
    view: 'merged',
    check: async (t, index, view) => {
      t.strictSame((await jsonPage(index, view, 'held')).files, []);
      t.equal((await jsonPage(index, view, 'leaf')).files.length, 3);
    },
  },
  {
    spec: 'uv',
    level: 'MUST',
    says: 'what is not known is left out: nothing is null, and there is no sdist',
    check: async (t, index, view) => {
      for (const project of view.projects) {
        const { text } = await index.get(`${view.base}${project}/`, { accept: JSON_V1 });
        t.notMatch(text, /\bnull\b/);
        t.notMatch(text, '.tar.gz');
      }
    },
  },
  {
    spec: 'PEP 691',
    level: 'SHOULD',
    says: 'all formats say the same: files, URLs and hashes of HTML are those of JSON',
    check: async (t, index, view) => {
      const json = (await everyJsonFile(index, view)).map(({ file }) => [file.filename, file.url, file.hashes.sha256]);
      const html = (await everyAnchor(index, view)).map(({ anchor }) => [
        anchor.text,
        ...anchor.href.split('#sha256='),
      ]);
      t.strictSame(html, json);
      t.ok(html.length >= 3);
    },
  },
];
