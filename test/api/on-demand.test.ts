import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Api } from '../../src/api/context.ts';
import { createAdmission } from '../../src/api/on-demand/admission.ts';
import { createDeafClients } from '../../src/api/on-demand/deaf-clients.ts';
import { readWantedWheel } from '../../src/api/on-demand/wanted-wheel.ts';
import { createWheelMetadata } from '../../src/api/on-demand/wheel-metadata.ts';
import type { NormalizedName } from '../../src/core/names.ts';
import { promisedFilename } from '../../src/core/promised-wheel.ts';
import { promisesOf } from '../../src/core/promises.ts';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import type { Version } from '../../src/core/version.ts';
import { gather } from '../../src/plan/supply.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { listOpenPrebuilds, readPrebuildRequest } from '../../src/storage/prebuild-records.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { writeRefusal } from '../../src/storage/refusals.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { type MetadataMessage, metadataLane } from '../../src/workers/queue/works.ts';
import { basic, someTokens } from '../access/some-tokens.ts';
import { built, TARGET } from '../core/planning-data.ts';
import { someWheel } from '../storage/wheel.ts';
import { createIndexServer, page, send } from '../upstream/index-server.ts';
import { makeSdist } from '../workers/run/sdist.ts';
import { api } from './harness.ts';

t.setTimeout(120_000);

const agent = (name: string, python = '3.13.5') =>
  `${name} {"cpu":"x86_64","distro":{"libc":{"lib":"glibc","version":"2.41"}},"implementation":{"name":"CPython"},"python":"${python}","system":{"name":"Linux"}}`;
const PIP = { 'user-agent': agent('pip/26.3'), accept: 'application/vnd.pypi.simple.v1+json' };
const BROWSER = { ...PIP, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101' };

const file = (filename: string) => ({ filename, hashes: { sha256: sha256Hex(filename) }, size: 10 });
const SDISTS = [file('demo-1.0.tar.gz'), file('demo-2.0.tar.gz'), file('demo-3.0b1.tar.gz')];
const WHEEL = file('demo-1.5-py3-none-any.whl');

type Page = {
  meta: { 'api-version': string };
  files: { filename: string; url: string; hashes: object; yanked?: unknown; 'core-metadata'?: true }[];
};

/** A server that listens, in front of an index of one project. */
async function serving(
  t: Test,
  settings: Record<string, string>,
  files: object[] = [...SDISTS, WHEEL],
  contents: Record<string, Buffer> = {},
) {
  const index = await createIndexServer(t);
  const here = (one: object) => ({ ...one, url: `${index.origin}/files/${(one as { filename: string }).filename}` });
  index.routes.set('/simple/demo/', page(files.map(here)));
  for (const [filename, bytes] of Object.entries(contents)) index.routes.set(`/files/${filename}`, send(bytes));
  const parts = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl, ...settings }, {});
  const url = await parts.app.listen({ host: '127.0.0.1', port: 0 });
  const ask = (path: string, headers: Record<string, string> = PIP, more: RequestInit = {}) =>
    fetch(new URL(path, `${url}/simple/demo/`), { headers, redirect: 'manual', ...more });
  const promised = async (headers: Record<string, string> = PIP) => {
    const { files } = (await (
      await ask('')
    )
      .json()
      .then(() => ask('', headers))
      .then((one) => one.json())) as Page;
    return files.filter((one) => one.url.includes('on-demand'));
  };
  return { ...parts, url, ask, promised };
}

const promisedOf = (project: string, version: string, sdist: string) => ({
  project: project as NormalizedName,
  version: version as Version,
  sdist: sha256Hex(sdist),
  target: TARGET.name,
});

const short = ({ filename, yanked }: Page['files'][number]) => `${filename.split('-')[1]}${yanked ? ' for pins' : ''}`;

const UV = { ...PIP, 'user-agent': agent('uv/0.13.9') };
const NEWEST_OPEN = ['3.0b1 for pins', '2.0', '1.0'];

t.test('what the index promises', async (t) => {
  const rows: [
    settings: Record<string, string>,
    to: [who: string, headers: Record<string, string>, expected: string[]][],
  ][] = [
    [{}, [['pip', PIP, []]]],
    [{ WHEELMILL_ON_DEMAND: 'pinned' }, [['pip', PIP, ['3.0b1 for pins', '2.0 for pins', '1.0 for pins']]]],
    [
      { WHEELMILL_ON_DEMAND: 'on', WHEELMILL_ON_DEMAND_VERSIONS: '2' },
      [['pip', PIP, ['3.0b1 for pins', '2.0', '1.0 for pins']]],
    ],
    [
      { WHEELMILL_ON_DEMAND: 'on' },
      [
        ['pip', PIP, NEWEST_OPEN],
        ['uv', UV, NEWEST_OPEN],
        ['another Python', { ...PIP, 'user-agent': agent('pip/26.3', '3.12.1') }, []],
        ['who says nothing of its Python', { ...PIP, 'user-agent': 'poetry/2.5.1' }, NEWEST_OPEN],
        ['a browser', BROWSER, []],
        ['a crawler', { ...PIP, 'user-agent': 'SomeBot/1.0' }, []],
      ],
    ],
  ];
  for (const [settings, to] of rows) {
    const { promised, ask } = await serving(t, settings);
    for (const [who, headers, expected] of to) {
      const what = `${JSON.stringify(settings)} to ${who}`;
      t.same((await promised(headers)).map(short), expected, what);
      const answer = await ask('', headers);
      t.equal(/User-Agent/.test(answer.headers.get('vary') ?? ''), settings.WHEELMILL_ON_DEMAND !== undefined, what);
      t.equal(answer.headers.get('cache-control'), 'no-cache');
      t.match(await answer.text(), WHEEL.filename, 'what there is stays');
    }
  }
});

t.test('with the newest versions on demand', async (t) => {
  const { ask, promised, store } = await serving(t, { WHEELMILL_ON_DEMAND: 'on' });
  const [, two, one] = await promised();

  await t.test('pages', async (t) => {
    const answer = await ask('');
    const json = (await answer.json()) as Page;
    t.equal(json.meta['api-version'], '1.0', 'sizes are not known');
    t.same(two?.hashes, {}, 'nor are hashes');
    t.notHas(two, 'size');
    const html = await (await ask('', { ...PIP, accept: 'text/html' })).text();
    t.match(
      html,
      `<a href="${two?.url}" data-core-metadata="true" data-dist-info-metadata="true">${two?.filename}</a>`,
    );
    t.match(html, /href="[^"]*demo-3\.0b1-0_[^>]* data-yanked="for exact pins only/);
    const etag = { 'if-none-match': answer.headers.get('etag')! };
    t.equal((await ask('', { ...PIP, ...etag })).status, 304);
    t.equal((await ask('', { ...BROWSER, ...etag })).status, 200, 'another page');
    t.equal((await ask(two!.url, PIP, { method: 'HEAD' })).status, 405);
    const other = { ...PIP, 'user-agent': agent('pip/26.3', '3.12.1') };
    const named = (await (await ask(`../../t/${TARGET.name}/simple/demo/`, other)).json()) as Page;
    t.same(named, json, 'the target that the URL names, whoever asks');
  });

  await t.test('refusals', async (t) => {
    const sha = sha256Hex('demo-2.0.tar.gz');
    const rows: [what: string, path: string, headers: Record<string, string>, status: number, code: string][] = [
      ['a browser', two!.url, BROWSER, 403, 'on-demand-refused'],
      ['another origin', two!.url, { ...PIP, origin: 'http://elsewhere.test' }, 403, 'foreign-origin'],
      ['another site', two!.url, { ...PIP, 'sec-fetch-site': 'cross-site' }, 403, 'foreign-origin'],
      ['another name', two!.url.replace('-0_', '-1_'), PIP, 404, 'not-found'],
      ['another hash in the name', two!.url.replace(/0_[0-9a-f]{8}/, '0_00000000'), PIP, 404, 'not-found'],
      ['another sdist', two!.url.replace(sha, sha256Hex('other')), PIP, 404, 'not-found'],
      ['another version', two!.url.replace('demo-2.0', 'demo-2.1'), PIP, 404, 'not-found'],
      ['no target', '../../t/python-3.12/simple/demo/', PIP, 404, 'not-found'],
      ['no hash', two!.url.replace(sha, 'x'), PIP, 404, 'not-found'],
      ['another project', two!.url.replaceAll('demo', 'omed'), PIP, 404, 'not-found'],
    ];
    for (const [what, path, headers, status, code] of rows) {
      const answer = await ask(path, headers);
      t.match({ status: answer.status, ...((await answer.json()) as object) }, { status, code }, what);
    }
  });
  t.same(await listOpenPrebuilds(store, 9), [], 'none of this begins a build');

  await t.test('what a client is told whose time is over', async (t) => {
    const proxied = { ...PIP, 'x-forwarded-for': '192.0.2.1' };
    const now = Date.now();
    const [sent, again, last] = await Promise.all([
      ask(two!.url, proxied),
      ask(`${two!.url}?hop=20&since=${now}`, proxied),
      ask(`${two!.url}?hop=9&since=${now}`, { ...PIP, 'user-agent': 'poetry/2.5.1' }),
    ]);
    t.equal(sent.status, 307, 'it is sent to the same place');
    t.match(sent.headers.get('location'), /^demo-2\.0-0_\S+\.whl\?hop=1&since=\d+$/);
    t.equal(again.status, 503, 'or to come back');
    t.equal(again.headers.get('retry-after'), '10');
    t.equal(last.status, 409, 'and in the end that it has to be run again');
    const { code, detail } = (await last.json()) as { code: string; detail: string };
    t.equal(code, 'not-ready');
    t.match(
      detail,
      /still building demo 2\.0, see http:\S+\/prebuilds\/[0-9a-f]{32} \(No worker is running\..*run this again/,
    );
    for (const one of [sent, again, last]) t.equal(one.headers.get('cache-control'), 'no-store');
    t.equal((await listOpenPrebuilds(store, 9)).length, 1);
  });

  await t.test('many who ask are one build, and go without ending it', async (t) => {
    const going = new AbortController();
    const asked = Array.from({ length: 20 }, (_, at) =>
      ask(at % 2 ? one!.url : two!.url, PIP, { signal: going.signal }),
    );
    while ((await listOpenPrebuilds(store, 9)).length < 2) await after(10);
    going.abort();
    for (const answer of await Promise.allSettled(asked)) t.equal(answer.status, 'rejected');
    t.equal((await listOpenPrebuilds(store, 9)).length, 2);
  });
});

t.test('tokens', async (t) => {
  const { file, secrets } = await someTokens(t, { reader: { scopes: ['read'] }, maker: { scopes: ['prebuild'] } });
  const settings = { WHEELMILL_TOKENS_FILE: file, WHEELMILL_ON_DEMAND: 'on' };
  await t.test('with the scope prebuild, as is the default', async (t) => {
    const { ask, url, store } = await serving(t, settings);
    const as = (who: 'reader' | 'maker') => ({ ...PIP, ...basic(secrets[who]!) });
    const files = async (who: 'reader' | 'maker') => ((await (await ask('', as(who))).json()) as Page).files;
    t.same(
      (await files('reader')).map((one) => one.filename),
      [WHEEL.filename],
      'nobody is promised what is refused',
    );
    const promised = (await files('maker')).find(({ filename }) => filename.startsWith('demo-2.0-0_'))!;
    t.ok(promised);
    const refused = await fetch(new URL(promised.url, `${url}/simple/demo/`), { headers: as('reader') });
    t.match({ status: refused.status, ...((await refused.json()) as object) }, { status: 403, code: 'scope-missing' });
    t.same(await listOpenPrebuilds(store, 9), []);
  });
  await t.test('a token that has had its share is told so, and not to wait for an hour', async (t) => {
    const { ask, store } = await serving(t, { ...settings, WHEELMILL_MAX_TOKEN_PREBUILDS: '1' });
    const headers = { ...PIP, ...basic(secrets.maker!) };
    const { files } = (await (await ask('', headers)).json()) as Page;
    const [one, two] = files.filter((file) => file.url.includes('on-demand'));
    const going = new AbortController();
    const held = ask(one!.url, headers, { signal: going.signal });
    held.catch(() => {});
    while ((await listOpenPrebuilds(store, 9)).length < 1) await after(10);
    const refused = await ask(two!.url, headers);
    t.equal(refused.headers.get('retry-after'), null);
    t.match(
      { status: refused.status, ...((await refused.json()) as object) },
      { status: 403, code: 'on-demand-refused' },
    );
    going.abort();
    await t.rejects(held);
  });
  await t.test('with the scope read', async (t) => {
    const { ask } = await serving(t, { ...settings, WHEELMILL_ON_DEMAND_SCOPE: 'read' });
    const { files } = (await (await ask('', { ...PIP, ...basic(secrets.reader!) })).json()) as Page;
    t.equal(files.length, 4);
  });
});

t.test('a build that has failed is answered at once', async (t) => {
  const { ask, promised, store, parts } = await serving(t, { WHEELMILL_ON_DEMAND: 'on' }, SDISTS);
  const supply = await gather({ store, upstream: parts.upstream }, 'demo' as never, {});
  const keys = new Map(promisesOf('demo' as never, supply, TARGET, new Set()).map((one) => [one.version, one.key!]));
  const refuse = (version: Version, change: object) =>
    writeRefusal(store, {
      ...{
        schema: 1 as const,
        project: 'demo',
        version,
        target: TARGET.name,
        sdist: sha256Hex(`demo-${version}.tar.gz`),
      },
      ...{ key: keys.get(version)!, reason: 'build-error' as const, message: 'gcc is not amused' },
      at: new Date().toISOString(),
      ...change,
    });
  await refuse('2.0' as Version, {});
  await refuse('1.0' as Version, { at: new Date(Date.now() - 2 * 3_600_000).toISOString() });
  await refuse('3.0b1' as Version, { key: sha256Hex('another recipe') });
  const [three, two, one] = await promised();
  t.same(
    [three, two, one].map((file) => short(file!)),
    ['3.0b1 for pins', '2.0 for pins', '1.0'],
    'others are taken instead',
  );
  t.equal(two?.yanked, 'its build has failed (build-error)');

  const answer = await ask(two!.url);
  t.equal(answer.status, 424);
  t.match(
    answer.statusText,
    /could not build demo 2\.0 .*\(build-error\), see http:.*\/log gcc is not amused/,
    'pip shows this',
  );
  t.equal(answer.headers.get('content-type'), 'application/problem+json', 'uv shows this');
  t.match(await answer.json(), { code: 'on-demand-failed', detail: /gcc is not amused/ });
  t.same(await listOpenPrebuilds(store, 9), [], 'nothing is built again');

  const going = new AbortController();
  const asked = [three, one].map((file) => ask(file!.url, PIP, { signal: going.signal }));
  for (const one of asked) one.catch(() => {});
  while ((await listOpenPrebuilds(store, 9)).length < 2) await after(10);
  going.abort();
  for (const one of asked) await t.rejects(one, 'an hour later, or with another recipe, it is tried again');
});

t.test('what is stored, fits and would be built otherwise today is what installers get', async (t) => {
  const { ask, promised, store, parts } = await serving(t, { WHEELMILL_ON_DEMAND: 'on' }, SDISTS);
  const filename = 'demo-2.0-1_aaaaaaaa-py3-none-any.whl';
  const { build } = built(filename, 'demo-2.0.tar.gz');
  const wheel = await someWheel(parts.scratch, { filename, version: '2.0', build: { ...build!, procedure: '0-lock' } });
  await publishWheel(store, wheel);
  await renderProject(store, 'demo' as NormalizedName);
  const listed = async () => ((await (await ask('')).json()) as Page).files.map((one) => one.filename);
  while (!(await listed()).includes(filename)) await after(10);
  t.same((await promised()).map(short), ['3.0b1 for pins', '1.0'], 'nothing is promised of it');
});

t.test('where promises cannot be made the page is there without them', async (t) => {
  const { ask, store } = await serving(t, { WHEELMILL_ON_DEMAND: 'on' });
  await store.put(paths.refusal('demo', TARGET.name, sha256Hex('demo-2.0.tar.gz')), 'no JSON');
  for (const path of ['', `../../t/${TARGET.name}/simple/demo/`]) {
    const answer = await ask(path);
    t.equal(answer.status, 200);
    t.same(
      ((await answer.json()) as Page).files.map((one) => one.filename),
      [WHEEL.filename],
    );
  }
});

t.test('whoever is held when the server ends is told to come back', async (t) => {
  const { ask, promised, store, app } = await serving(t, { WHEELMILL_ON_DEMAND: 'on', WHEELMILL_STOP_GRACE: '60s' });
  const [, two, one] = await promised();
  const held = [ask(two!.url), ask(one!.url, UV), ask(two!.url, { ...PIP, 'user-agent': 'poetry/2.5.1' })];
  while ((await listOpenPrebuilds(store, 9)).length < 2) await after(10);
  const closed = app.close();
  for (const answer of await Promise.all(held)) {
    t.equal(answer.status, 503);
    t.equal(answer.headers.get('retry-after'), '5');
    t.match(await answer.json(), { code: 'being-built' });
  }
  await closed;
});

t.test('what a wheel will say of itself is told before it is built', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-sdists-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const versions: [version: string, pkgInfo: string][] = [
    ['6.0', 'Metadata-Version: 2.4\nName: demo\nVersion: 6.0\nDynamic: license-file\nRequires-Dist: six'],
    ['5.0', 'Metadata-Version: 2.2\nName: demo\nVersion: 5.0\nDynamic: Requires-Dist'],
    ['4.0', 'Metadata-Version: 2.1\nName: demo\nVersion: 4.0'],
    ['3.0', 'Metadata-Version: 2.1\nName: demo\nVersion: 3.0'],
    ['2.0rc1', 'Metadata-Version: 2.1\nName: demo\nVersion: 2.0rc1'],
  ];
  const contents: Record<string, Buffer> = {};
  for (const [version, pkgInfo] of versions) {
    const { path, filename } = await makeSdist(folder, `demo-${version}`, { 'PKG-INFO': `${pkgInfo}\n` });
    contents[filename] = await readFile(path);
  }
  const files = Object.entries(contents).map(([filename, bytes]) => {
    return { filename, hashes: { sha256: sha256Hex(bytes) }, size: bytes.length };
  });
  const { ask, promised, store, parts } = await serving(t, { WHEELMILL_ON_DEMAND: 'on' }, files, contents);
  const all = await promised();
  t.same(
    all.map((one) => [short(one), one['core-metadata']]),
    ['6.0', '5.0', '4.0', '3.0', '2.0rc1 for pins'].map((one) => [one, true]),
    'it is announced of all',
  );
  t.match(await (await ask('', { ...PIP, accept: 'text/html' })).text(), /demo-6\.0-0_[^>]* data-core-metadata="true"/);
  const [six, five, four, three, two] = all.map(({ url }) => `${url}.metadata`);

  // A worker's part, which test/workers/docker/metadata.test.ts has with real containers.
  const asked: MetadataMessage[] = [];
  const stop = await parts.queue.serve(metadataLane(TARGET.name), 4, async (data, { answer }) => {
    const message = data as unknown as MetadataMessage;
    asked.push(message);
    const isKnown = message.version === '5.0';
    await store.put(paths.preparedMetadata(message.key), isKnown ? 'what the back-end says' : '');
    await answer({ outcome: isKnown ? 'stored' : 'unknown' });
  });

  await t.test('without a build', async (t) => {
    t.equal(await (await ask(six!)).text(), `${versions[0]![1]}\n`, 'its sdist binds it');
    t.same(asked, [], 'nobody else is asked');
    const answers = await Promise.all([ask(five!), ask(five!), ask(five!)]);
    for (const one of answers) t.equal(await one.text(), 'what the back-end says');
    t.equal(await (await ask(five!)).text(), 'what the back-end says');
    t.same(
      asked.map(({ project, version, target, image, sdist }) => [project, version, target, image, sdist.sha256]),
      [['demo', '5.0', TARGET.name, TARGET.build.identity, sha256Hex(contents['demo-5.0.tar.gz']!)]],
      'a worker, once for all',
    );
    t.same(await listOpenPrebuilds(store, 9), []);
  });

  await t.test('a browser starts nothing, and is told what is known', async (t) => {
    t.equal((await ask(four!, BROWSER)).status, 403);
    t.equal((await ask(five!, BROWSER)).status, 200);
    t.equal(asked.length, 1);
  });

  // An attempt is marked as open before it exists.
  const opened = async (count: number): Promise<string[]> => {
    for (;;) {
      const ids = await listOpenPrebuilds(store, 9);
      const requests = await Promise.all(ids.map((id) => readPrebuildRequest(store, id, 1)));
      const found = requests.flatMap((one) => (one ? [one.requirements[0]!.specifier] : []));
      if (found.length >= count) return found.sort();
      await after(10);
    }
  };
  const going = new AbortController();
  t.teardown(() => going.abort());
  const ahead = (path: string) => ask(path, PIP, { signal: going.signal }).catch(() => undefined);

  await t.test('by the build where nothing else tells', async (t) => {
    void ahead(four!);
    t.same(await opened(1), ['==4.0']);
    t.equal(asked.length, 2, 'a worker was asked before');
  });

  await t.test('of what must be taken the build begins at once', async (t) => {
    void ahead(two!);
    t.same(await opened(2), ['==2.0rc1', '==4.0']);
    t.equal(asked.at(-1)?.version, '2.0rc1', 'while a worker is asked');
  });

  await t.test('who fetches the first wheel has chosen all: what it looked at last is built meanwhile', async (t) => {
    await ask(five!);
    void ahead(three!.replace('.metadata', ''));
    t.same(await opened(4), ['==2.0rc1', '==3.0', '==4.0', '==5.0'], 'of demo the version 5.0 was looked at last');
  });
  await stop();

  await t.test(
    'by a wheel of the same sdist that was built for all, and by none that one list wanted so',
    async (t) => {
      const folder = t.testdir();
      const [sdist] = files.filter((one) => one.filename === 'demo-3.0.tar.gz');
      const store3 = async (filename: string, more: Partial<WheelRecord>) => {
        const { record, ...wheel } = await someWheel(folder, { project: 'demo', filename }, filename);
        const { build } = built(filename, sdist!.filename);
        const own = { ...build!, sdist: { filename: sdist!.filename, sha256: sdist!.hashes.sha256 } };
        const metadata = Buffer.from(`of ${filename}`);
        await publishWheel(store, {
          ...wheel,
          metadata,
          record: { ...record, version: '3.0', origin: 'built', build: own, ...more },
        });
      };
      const seen = asked.length;
      await store3('demo-3.0-1_11111111-py3-none-any.whl', { visibility: 'prebuild' });
      t.not(await (await ask(three!, BROWSER)).text(), 'of demo-3.0-1_11111111-py3-none-any.whl');
      await store3('demo-3.0-1_22222222-py3-none-any.whl', {});
      t.equal(await (await ask(three!, BROWSER)).text(), 'of demo-3.0-1_22222222-py3-none-any.whl');
      t.equal(asked.length, seen);
    },
  );
});

t.test('who was told something else of a wheel does not get it, once', async (t) => {
  const { parts, store } = await api(t, { WHEELMILL_ON_DEMAND: 'on' });
  const metadata = createWheelMetadata(parts as Api, { all: async () => [TARGET] });
  const says = (needs: string) => Buffer.from(`Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n${needs}`);
  const made = await someWheel(parts.scratch);
  await publishWheel(store, { ...made, metadata: says('Requires-Dist: six\n') });
  const wheel = made.record;
  const wanted = readWantedWheel(
    {
      project: 'demo',
      sha256: sha256Hex('sdist'),
      filename: promisedFilename(promisedOf('demo', '1.0', 'sdist'), TARGET),
    },
    [TARGET],
  );
  for (const client of ['one', 'two']) metadata.told(client, wanted, says(''));
  metadata.told('three', wanted, says('Requires-Dist: six\nSummary: more words\n'));
  const wrong = async (...build: string[]) => {
    const found: string[] = [];
    for (const client of ['one', 'two', 'three', 'four'])
      if (await metadata.wasWrong(client, wanted, wheel, ...build)) found.push(client);
    return found;
  };
  t.same(await wrong(), ['one', 'two']);
  t.same(await wrong(), [], 'whoever asks again is told what the wheel says');

  const build = sha256Hex('build');
  await store.put(paths.preparedMetadata(build), says('Requires-Dist: seven\n'));
  t.same(await wrong(build), ['one'], 'what another process may have told somebody is forgotten with the first');
  t.equal((await store.read(paths.preparedMetadata(build)))?.length, 0);
  await metadata.close();
});

t.test('who leaves in the middle of interim answers has not heard them', async (t) => {
  const rows: [what: string, milliseconds: number, isDeaf: boolean][] = [
    ['at once', 10, false],
    ['by hand', 9_000, false],
    ['after the patience of pip', 15_010, true],
    ['after having heard some', 30_000, false],
  ];
  for (const [what, milliseconds, isDeaf] of rows) {
    const deaf = createDeafClients();
    deaf.left('192.0.2.1', milliseconds);
    t.equal(deaf.has('192.0.2.1'), isDeaf, what);
    t.notOk(deaf.has('192.0.2.2'), 'nobody else');
  }
});

t.test('places', async (t) => {
  const never = new AbortController().signal;
  const admission = createAdmission({ perClient: 2, altogether: 3 });
  t.ok(admission.enter('one', 'a'));
  t.ok(admission.enter('one', 'b'));
  t.notOk(admission.enter('one', 'c'), 'no third of one client');
  t.ok(admission.enter('one', 'a'), 'what is inside is inside');
  t.ok(admission.enter('two', 'c'));
  t.notOk(admission.enter('three', 'd'), 'no fourth altogether');
  const changed = admission.change(never);
  admission.leave('a');
  await changed;
  t.ok(admission.enter('three', 'd'));
  await admission.change(AbortSignal.abort());
});
