/** The server of the conformance tables: it listens, and its two indexes list wheels of every kind there is. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { request } from 'undici';
import { renderProject, renderRoot } from '../../../src/storage/project-pages.ts';
import { publishWheel } from '../../../src/storage/wheel-records.ts';
import { api } from '../../api/harness.ts';
import { TARGET } from '../../core/planning-data.ts';
import { sha256, someWheel } from '../../storage/wheel.ts';
import { createIndexServer, page, send } from '../../upstream/index-server.ts';
import { realWheel } from '../real-wheel.ts';

export const JSON_V1 = 'application/vnd.pypi.simple.v1+json';
export const HTML_V1 = 'application/vnd.pypi.simple.v1+html';
export const HTML = 'text/html';

/** An answer as it came over the socket: not unpacked, redirects not followed. */
export type Answer = { status: number; headers: Record<string, string | undefined>; body: Buffer; text: string };

/** One of the two indexes; `base` ends in `/`, and `projects` are those it lists. */
export type View = { name: 'merged' | 'stored'; base: string; projects: readonly string[] };

export type Index = {
  origin: string;
  views: { merged: View; stored: View };
  get(path: string, headers?: Record<string, string>, method?: 'GET' | 'HEAD'): Promise<Answer>;
  /** Bytes and METADATA by file name: what every link has to lead to. */
  wheels: ReadonlyMap<string, { bytes: Buffer; metadata: Buffer }>;
};

export const REASON = 'breaks "x" & <y>';
export const STATUS = { status: 'archived', reason: 'see "other" & <more>' };
export const PROVENANCE = 'https://upstream.test/attested?a=1&b=2';
export const UPLOADED = '2026-01-02T03:04:05.123456Z';

/**
 * `built` is a wheel that was built here, `copied` one of upstream's that is stored, `leaf` one that upstream alone has,
 * with one that is yanked for a reason, one yanked without, and an sdist; `unsized` has no size, `held` is quarantined.
 */
export async function conformanceIndex(t: Test): Promise<Index> {
  const upstream = await createIndexServer(t);
  const { app, store } = await api(t, { WHEELMILL_UPSTREAM_URL: upstream.indexUrl });
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  const wheels = new Map<string, { bytes: Buffer; metadata: Buffer }>();

  async function wheel(project: string, version: string, filename?: string) {
    const made = await realWheel(project, version);
    wheels.set(filename ?? made.filename, made);
    return { ...made, filename: filename ?? made.filename, sha256: sha256(made.bytes), project, version };
  }
  type Wheel = Awaited<ReturnType<typeof wheel>>;
  const publish = async (one: Wheel, more: object) => {
    const { project, version, filename, metadata } = one;
    const stored = await someWheel(scratch, { project, version, filename, ...more }, one.bytes);
    const record = { ...stored.record, metadataSha256: sha256(metadata) };
    await publishWheel(store, { ...stored, record, metadata });
    await renderProject(store, project);
  };
  const listed = (one: Wheel, more: object = {}) => {
    const path = `/files/${one.filename}`;
    upstream.routes.set(path, send(one.bytes)).set(`${path}.metadata`, send(one.metadata));
    return {
      filename: one.filename,
      url: `../..${path}`,
      hashes: { sha256: one.sha256 },
      size: one.bytes.length,
      'upload-time': UPLOADED,
      'core-metadata': { sha256: sha256(one.metadata) },
      provenance: PROVENANCE,
      ...more,
    };
  };

  const built = await wheel('built', '1.0+local.1', 'built-1.0+local.1-1_aaaaaaaa-py3-none-any.whl');
  const build = {
    key: 'a'.repeat(64),
    sdist: { filename: 'built-1.0.tar.gz', sha256: 'b'.repeat(64) },
    target: TARGET.name,
    image: TARGET.build.identity,
    platform: 'debian-trixie-glibc-2.41',
    procedure: TARGET.procedure,
    recipe: 'c'.repeat(64),
  };
  await publish(built, { build, requiresPython: '>=3.8,<4' });
  await publish(await wheel('built', '0.9'), { yanked: REASON });
  const copied = await wheel('copied', '1.0');
  await publish(copied, { origin: 'mirrored' });
  await renderRoot(store);

  const sdist = { filename: 'leaf-2.0.tar.gz', url: '../../files/leaf-2.0.tar.gz', hashes: { sha256: 'd'.repeat(64) } };
  const leaf = [
    listed(await wheel('leaf', '1.0'), { 'requires-python': '>=3.8,<4' }),
    listed(await wheel('leaf', '0.9'), { yanked: REASON }),
    listed(await wheel('leaf', '0.8'), { yanked: true }),
    sdist,
  ];
  const said = { 'project-status': STATUS, versions: ['0.1', '0.8', '0.9', '1.0', '2.0'], 'alternate-locations': [] };
  upstream.routes
    .set('/simple/leaf/', page(leaf, {}, said))
    .set('/simple/copied/', page([listed(copied)]))
    .set('/simple/built/', page([{ ...sdist, filename: 'built-1.0.tar.gz' }]))
    .set('/simple/unsized/', page([listed(await wheel('unsized', '1.0'), { size: undefined, 'core-metadata': true })]))
    .set('/simple/held/', page([], {}, { 'project-status': { status: 'quarantined' }, versions: ['1.0'] }));

  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    origin,
    wheels,
    views: {
      merged: { name: 'merged', base: '/simple/', projects: ['built', 'copied', 'leaf', 'unsized', 'held'] },
      stored: { name: 'stored', base: '/stored/simple/', projects: ['built', 'copied'] },
    },
    async get(path, headers = {}, method = 'GET') {
      const answer = await request(new URL(path, origin), { method, headers });
      const body = Buffer.from(await answer.body.arrayBuffer());
      const flat = Object.entries(answer.headers).map(([name, value]) => [name, value?.toString()]);
      return { status: answer.statusCode, headers: Object.fromEntries(flat), body, text: body.toString() };
    },
  };
}
