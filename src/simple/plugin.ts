import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isProjectName, normalizeName } from '../core/names.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { WheelmillError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Upstream, UpstreamFile } from '../upstream/upstream.ts';
import type { Asker } from './asker.ts';
import type { Hidden } from './hidden.ts';
import { createIndexMemory, type IndexMemory } from './index-memory.ts';
import type { IndexView } from './index-view.ts';
import { createMergedView } from './merged-view.ts';
import { createOpenView } from './open-view.ts';
import { createPinnedView } from './pinned-view.ts';
import type { OnRead } from './read-through.ts';
import { sendPage } from './send-page.ts';
import { createTargetTags } from './target-tags.ts';
import { sendUpstreamFile, upstreamFiles } from './upstream-files.ts';
import { type OnDownload, wheelFiles } from './wheel-files.ts';
import { withWheels } from './with-wheels.ts';

/**
 * Who asks, in the view of builds: whether stored wheels are shown, the hashes of the only files there are where the
 * build's files are pinned, and whom to tell of files that go out whole.
 */
export type BuildAudience = {
  storedWheels: boolean;
  /** Stored wheels that are shown though no page has them. */
  also?: readonly WheelRecord[];
  only?: ReadonlySet<string>;
  onFile?: (file: { name: string; version: string; filename: string; sha256: string }) => void;
};

export type SimpleIndexOptions =
  /** Stored public wheels only. */
  | { view: 'stored'; store: ObjectStore; memory?: IndexMemory; hidden?: Hidden; onDownload?: OnDownload }
  /** Stored public wheels and upstream's wheels, which are read through: what an installer needs. */
  | {
      view: 'merged';
      store: ObjectStore;
      memory?: IndexMemory;
      upstream: Upstream;
      scratch: string;
      hidden?: Hidden;
      onRead?: OnRead;
      onDownload?: OnDownload;
      /** What the client sees that asks, and which of its headers that depends on; the whole view where it is left out. */
      shown?: { view: (request: FastifyRequest, view: IndexView) => IndexView; vary?: string };
    }
  /** The same with upstream's sdists; each client has its audience. */
  | {
      view: 'build';
      store: ObjectStore;
      memory?: IndexMemory;
      upstream: Upstream;
      scratch: string;
      audience: (request: FastifyRequest) => BuildAudience;
      asker?: (request: FastifyRequest) => Asker | undefined;
      onRead?: OnRead;
    };

/** Milliseconds that upstream may take for a page: pip waits 15 seconds for one, and a browser's patience is shorter. */
const PATIENCE = 8_000;

/**
 * A simple index (https://packaging.python.org/en/latest/specifications/simple-repository-api/) under the plugin's prefix:
 * `simple/` and the files its pages link to, `wheels/` and for builds `upstream/`. A merged page shows whether upstream's part of it is of earlier or missing in the header
 * `wheelmill-upstream: stale | unavailable`.
 *
 * What is `hidden` is not there. `memory` may be shared with other views of the same store; without one every page and record is looked up in the store.
 * Errors are thrown as WheelmillError for the application's error handler.
 */
export const simpleIndex: FastifyPluginAsync<SimpleIndexOptions> = async (app, options) => {
  const { store, memory = createIndexMemory(store) } = options;
  const { stored, wheels } = memory;
  if (options.view === 'stored') {
    const { hidden, onDownload } = options;
    const view = hidden ? createOpenView(stored, hidden) : stored;
    indexRoutes(app, () => view);
    await app.register(wheelFiles, { store, wheels, ...(hidden && { hidden }), ...(onDownload && { onDownload }) });
    return;
  }
  const { upstream, scratch } = options;
  if (options.view === 'merged') {
    const tagsOf = createTargetTags(store);
    const { hidden, onRead, onDownload } = options;
    const all = createMergedView({ upstream, stored, sdists: false, folder: 'wheels', patience: PATIENCE, tagsOf });
    const view = hidden ? createOpenView(all, hidden) : all;
    const { shown } = options;
    indexRoutes(app, (request) => shown?.view(request, view) ?? view, shown?.vary);
    await app.register(wheelFiles, {
      store,
      wheels,
      ...(hidden && { hidden }),
      ...(onDownload && { onDownload }),
      otherwise: sendUpstreamFile({ store, upstream, scratch, patience: PATIENCE, ...(onRead && { onRead }) }),
    });
    return;
  }
  const { audience } = options;
  const all = createMergedView({ upstream, stored, sdists: true, folder: 'upstream' });
  const upstreamOnly = createMergedView({ upstream, sdists: true, folder: 'upstream' });
  const mayHave = (sha256: string, { only }: BuildAudience) => only === undefined || only.has(sha256);
  indexRoutes(app, (request) => {
    const { storedWheels, only, also = [] } = audience(request);
    const shown = storedWheels ? all : upstreamOnly;
    const view = also.length > 0 ? withWheels(shown, also) : shown;
    return only === undefined ? view : createPinnedView(view, only);
  });
  await app.register(wheelFiles, {
    store,
    wheels,
    mayRead: (sha256: string, request: FastifyRequest) =>
      audience(request).storedWheels && mayHave(sha256, audience(request)),
    onWheel: ({ project, version, filename, sha256 }: WheelRecord, request: FastifyRequest) =>
      audience(request).onFile?.({ name: project, version, filename, sha256 }),
  });
  await app.register(upstreamFiles, {
    store,
    upstream,
    scratch,
    ...(options.onRead && { onRead: options.onRead }),
    ...(options.asker && { asker: options.asker }),
    mayRead: (sha256: string, request: FastifyRequest) => mayHave(sha256, audience(request)),
    onFile: (file: UpstreamFile, request: FastifyRequest) => {
      if (!file.sha256) return;
      const { name, version } = file.kind === 'wheel' ? file.wheel : file.sdist;
      audience(request).onFile?.({ name, version, filename: file.filename, sha256: file.sha256 });
    },
  });
};

type ProjectRoute = { Params: { project: string }; Querystring: { format?: string } };

function indexRoutes(app: FastifyInstance, viewOf: (request: FastifyRequest) => IndexView, vary?: string): void {
  const common = { method: ['GET', 'HEAD'], schema: { hide: true } };
  app.route({ ...common, url: '/simple', handler: (request, reply) => redirect(request, reply, 'simple/') });
  app.route({
    ...common,
    url: '/simple/',
    handler: (request, reply) => sendPage(request, reply, (format) => viewOf(request).root(format)),
  });
  app.route<ProjectRoute>({
    ...common,
    url: '/simple/:project',
    handler: (request, reply) => redirect(request, reply, `${nameIn(request.params.project)}/`),
  });
  app.route<ProjectRoute>({
    ...common,
    url: '/simple/:project/',
    handler: async (request, reply) => {
      const name = nameIn(request.params.project);
      if (name !== request.params.project) return redirect(request, reply, `../${name}/`);
      return sendPage(request, reply, (format) => viewOf(request).project(name, format), vary);
    },
  });
}

function nameIn(text: string) {
  if (!isProjectName(text)) throw new WheelmillError('not-found', 'That is no project name.');
  return normalizeName(text);
}

/** Relative, so that a prefix or a proxy in front does not matter; the query holds `format`. */
async function redirect(request: FastifyRequest, reply: FastifyReply, to: string): Promise<FastifyReply> {
  const query = request.url.indexOf('?');
  return reply.redirect(query < 0 ? to : `${to}${request.url.slice(query)}`, 301);
}
