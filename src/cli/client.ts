import type { Static } from 'typebox';
import type { BuildView } from '../api/builds/view.ts';
import type { DryRun } from '../api/prebuilds/dry-run-view.ts';
import type { PrebuildView, PrebuildViews } from '../api/prebuilds/view.ts';
import type { Change } from '../api/projects/change.ts';
import type { ProjectView } from '../api/projects/view.ts';
import type { RecipesView } from '../api/recipes/view.ts';
import type { ReindexViewSchema } from '../api/reindex.ts';
import type { Status } from '../api/status/schema.ts';
import type { ListFile } from '../core/read-lists.ts';
import type { VersionRecipe } from '../core/records/project-recipes.ts';
import { ERRORS, type ErrorCode, WheelmillError } from '../errors.ts';
import type { Verb } from './change-wheels.ts';
import type { Connection } from './connection.ts';
import { noAnswer } from './no-answer.ts';
import { patientDispatcher } from './patient-dispatcher.ts';
import type { Wheels } from './wheels.ts';

type TargetList = {
  items: { name: string; builder?: string; runtime: { reference: string }; python?: { executable: string } }[];
};

export type ProjectItem = { name: string; wheels: number; newest?: string; url: string };
export type ReindexView = Static<typeof ReindexViewSchema>;

/** Longer than any hold of the server. */
const PATIENCE_SECONDS = 30;
/** How long the server holds an answer that may still change. */
const HOLD_SECONDS = 20;
/** Longer than any sensible WHEELMILL_DRY_RUN_TIMEOUT of a server. */
const DRY_RUN_PATIENCE_SECONDS = 900;

/** An answer that ended in its midst, as the connection did. */
export class BrokenOff extends WheelmillError {}

/** The few calls of the HTTP interface that the command line makes. */
export class Client {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  /** Whether it sends a token: then everything else that talks to the server needs one, too. */
  readonly hasToken: boolean;

  constructor(to: string | Connection) {
    const { server, token }: Connection = typeof to === 'string' ? { server: to } : to;
    if (!URL.canParse(server) || !/^https?:/.test(server))
      throw new WheelmillError('bad-request', `"${server}" is no http:// or https:// URL of a server.`);
    this.#base = server.replace(/\/+$/, '');
    this.hasToken = token !== undefined;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Posts a list; gives a prebuild for each target. Throws WheelmillError with the server's own words. */
  async post(files: readonly ListFile[], query: Record<string, string>): Promise<PrebuildView[]> {
    const path = `/api/v1/prebuilds?${new URLSearchParams(query)}`;
    const response = await this.#request(path, { method: 'POST', body: formOf(files) });
    const answer = (await response.json().catch(() => undefined)) as PrebuildView | PrebuildViews | undefined;
    const views = answer && 'prebuilds' in answer ? answer.prebuilds : [answer];
    return views.map((one) => this.#checked(one, response));
  }

  /** What a posting would do, for each target that was asked for. */
  async dryRun(files: readonly ListFile[], query: Record<string, string>): Promise<DryRun[]> {
    const path = `/api/v1/prebuilds?${new URLSearchParams({ ...query, 'dry-run': 'true' })}`;
    const response = await this.#request(path, { method: 'POST', body: formOf(files) }, DRY_RUN_PATIENCE_SECONDS);
    const answer = (await response.json().catch(() => undefined)) as DryRun | { dryRuns: DryRun[] } | undefined;
    const dryRuns = answer && 'dryRuns' in answer ? answer.dryRuns : [answer];
    const known = dryRuns.flatMap((one) => (one?.dryRun === true ? [one] : []));
    if (known.length === 0) throw this.#strange(response);
    return known;
  }

  /** Every state of a prebuild from now to its end. */
  async *watch(prebuild: PrebuildView): AsyncGenerator<PrebuildView> {
    for (let view = prebuild; ; ) {
      yield view;
      if (view.endedAt) return;
      const path = `/api/v1/prebuilds/${view.id}/events?attempt=${view.attempt}`;
      for await (const next of events(await this.#request(path, {}))) {
        view = next;
        yield view;
        if (view.endedAt) return;
      }
      // The stream broke off: look again, which also fails clearly when the server has gone.
      view = await this.#prebuild(`/${view.id}?attempt=${view.attempt}&wait=2`, {});
    }
  }

  /** What installs the wheels of a target: an image, or an interpreter of the server's own machine. */
  async installer(target: string): Promise<{ runtimeImage: string; localPython?: string }> {
    const { items } = (await (await this.#request('/api/v1/targets', {})).json()) as TargetList;
    const found = items.find((one) => one.name === target);
    return {
      runtimeImage: found?.runtime.reference ?? 'python:slim',
      ...(found?.builder === 'process' && found.python && { localPython: found.python.executable }),
    };
  }

  /** How a prebuild stands now. */
  prebuild(id: string): Promise<PrebuildView> {
    return this.#prebuild(`/${encodeURIComponent(id)}`, {});
  }

  /**
   * Asks for a build to be done again and compared; gives the build with its verification when that has ended.
   * @param onWaiting told once why it is not begun, where nobody can
   */
  async verify(key: string, onWaiting: (message: string) => void): Promise<BuildView> {
    let told = false;
    await this.#request(`/api/v1/builds/${key}/verify`, { method: 'POST' });
    for (;;) {
      const response = await this.#request(`/api/v1/builds/${key}?wait=${HOLD_SECONDS}`, {});
      const build = (await response.json().catch(() => undefined)) as BuildView | undefined;
      if (build?.verification === undefined) throw this.#strange(response);
      const { endedAt, waiting } = build.verification;
      if (endedAt !== undefined) return build;
      if (waiting && !told) onWaiting(waiting.message);
      told ||= waiting !== undefined;
    }
  }

  /** Cancels or retries a build or a prebuild; `path` is below the API's root. */
  async control(method: 'DELETE' | 'POST', path: string): Promise<BuildView | PrebuildView> {
    const response = await this.#request(`/api/v1${path}`, { method });
    const view = (await response.json().catch(() => undefined)) as BuildView | PrebuildView | undefined;
    if (typeof view?.url !== 'string') throw this.#strange(response);
    return view;
  }

  /** Projects of which wheels are stored, by name, however many. */
  projects(): AsyncGenerator<ProjectItem> {
    return this.items('/projects');
  }

  /** All items of a list that pass a filter, page by page; `path` is below the API's root. */
  async *items<T>(path: string, filter: Record<string, string | undefined> = {}): AsyncGenerator<T> {
    const query = new URLSearchParams({ limit: '200' });
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
    for (;;) {
      const page = await this.json<{ items: T[]; next?: string }>(`${path}?${query}`);
      yield* page.items;
      if (page.next === undefined) return;
      query.set('cursor', page.next);
    }
  }

  /** How a build stands or ended. @param wait seconds that the server may hold its answer, until the build has ended */
  build(key: string, wait = 0): Promise<BuildView> {
    return this.json(`/builds/${encodeURIComponent(key)}?wait=${wait}`);
  }

  /**
   * The log of a build as it comes: what there is of it, or with `follow` all until the build has ended. Throws BrokenOff when the
   * connection ends before.
   */
  async *log(key: string, follow: boolean): AsyncGenerator<string> {
    const response = await this.#request(`/api/v1/builds/${key}/log?follow=${follow}`, {});
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true });
    } catch (cause) {
      // As undici's `fetch` says that a body breaks off, for whatever cause.
      if (!(cause instanceof TypeError)) throw cause;
      throw new BrokenOff('queue-unavailable', `${this.#base} broke off in the midst of its answer.`, { cause });
    }
  }

  project(name: string): Promise<ProjectView> {
    return this.json(`/projects/${name}`, {});
  }

  /** Changes the wheels of a version, or one; gives what is different. */
  changeWheels(verb: Verb, { project, ...which }: Wheels, reason: string | undefined): Promise<Change> {
    const why = reason === undefined ? {} : { reason };
    if (verb !== 'delete') return this.json(`/projects/${project}/${verb}`, posting({ ...which, ...why }));
    const what = which.filename === undefined ? `versions/${which.version}` : `files/${which.filename}`;
    const path = `/projects/${project}/${encodeURI(what)}?${new URLSearchParams(why)}`;
    return this.json(path, { method: 'DELETE' });
  }

  /** Asks for all pages to be rendered anew, or only for a look. */
  startReindex({ check, hash }: { check: boolean; hash: boolean }): Promise<ReindexView> {
    return this.json(`/reindex?check=${check}&hash=${hash}`, { method: 'POST' });
  }

  reindex(): Promise<ReindexView> {
    return this.json('/reindex', {});
  }

  /** How the server stands; one that is not ready says so in the same words, with another status. */
  async status(): Promise<Status> {
    const response = await this.#send('/api/v1/status', {});
    if (!response.ok && response.status !== 503) return this.#refused(response);
    const answer = (await response.json().catch(() => undefined)) as Status | undefined;
    if (!Array.isArray(answer?.attention)) throw this.#strange(response);
    return answer;
  }

  /** An answer that is an object of ours; `path` is below the API's root. */
  async json<T extends object>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.#request(`/api/v1${path}`, init);
    const answer = (await response.json().catch(() => undefined)) as T | undefined;
    if (typeof answer !== 'object' || answer === null) throw this.#strange(response);
    return answer;
  }

  /** Every project's recipes. */
  async recipes(): Promise<RecipesView[]> {
    const response = await this.#request('/api/v1/recipes', {});
    const answer = (await response.json().catch(() => undefined)) as { items: RecipesView[] } | undefined;
    if (!Array.isArray(answer?.items)) throw this.#strange(response);
    return answer.items;
  }

  /** The recipes of one project; undefined where it has none. */
  async recipesOf(project: string): Promise<RecipesView | undefined> {
    return (await this.recipes()).find((one) => one.project === project);
  }

  /** Sets the recipes of a project. */
  async setRecipes(project: string, recipes: readonly VersionRecipe[]): Promise<RecipesView> {
    const body = JSON.stringify({ recipes });
    const headers = { 'content-type': 'application/json' };
    const response = await this.#request(recipePath(project), { method: 'PUT', body, headers });
    const view = (await response.json().catch(() => undefined)) as RecipesView | undefined;
    if (typeof view?.project !== 'string') throw this.#strange(response);
    return view;
  }

  /** Accepts what self-healing found for a build. */
  async acceptRecipe(key: string): Promise<RecipesView> {
    const response = await this.#request(`/api/v1/builds/${key}/recipe`, { method: 'POST' });
    const view = (await response.json().catch(() => undefined)) as RecipesView | undefined;
    if (typeof view?.project !== 'string') throw this.#strange(response);
    return view;
  }

  /** Removes what was set for a project. */
  async removeRecipes(project: string): Promise<void> {
    await this.#request(recipePath(project), { method: 'DELETE' });
  }

  async #prebuild(path: string, init: RequestInit): Promise<PrebuildView> {
    const response = await this.#request(`/api/v1/prebuilds${path}`, init);
    const view = (await response.json().catch(() => undefined)) as PrebuildView | undefined;
    return this.#checked(view, response);
  }

  #checked(view: PrebuildView | undefined, response: Response): PrebuildView {
    if (typeof view?.id === 'string' && Array.isArray(view.items)) return view;
    throw this.#strange(response);
  }

  /** For an answer no Wheelmill gives: a proxy's page, or another server on that port. */
  #strange({ status, statusText }: Response): WheelmillError {
    return new WheelmillError(
      'internal',
      `${this.#base} answered ${status} ${statusText}, and not as Wheelmill does. Is it the URL of a Wheelmill server?`,
    );
  }

  async #request(path: string, asked: RequestInit, seconds = PATIENCE_SECONDS): Promise<Response> {
    const response = await this.#send(path, asked, seconds);
    return response.ok ? response : this.#refused(response);
  }

  /** Any answer, whatever its status. Streams may go on for as long as they like. */
  async #send(path: string, asked: RequestInit, seconds = PATIENCE_SECONDS): Promise<Response> {
    const headers = new Headers(asked.headers);
    for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value);
    const init: RequestInit = { ...asked, headers };
    const timer = AbortSignal.timeout(seconds * 1000);
    const stream = /\/(events|log)(\?|$)/.test(path);
    const how = stream ? patientDispatcher() : { signal: timer };
    return fetch(this.#base + path, { ...init, ...how } as RequestInit).catch((error) => {
      throw noAnswer(this.#base, error, seconds);
    });
  }

  /** Throws what the server said of a request that it did not carry out. */
  async #refused(response: Response): Promise<never> {
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    if (problem.detail === undefined) throw this.#strange(response);
    const code: ErrorCode =
      problem.code !== undefined && problem.code in ERRORS ? (problem.code as ErrorCode) : 'internal';
    throw new WheelmillError(code, problem.detail);
  }
}

function posting(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
const recipePath = (project: string): string => `/api/v1/recipes/${encodeURIComponent(project)}`;

function formOf(files: readonly ListFile[]): FormData {
  const form = new FormData();
  for (const { role, name, bytes } of files) form.append(role, new Blob([new Uint8Array(bytes)]), name);
  return form;
}

/** The `prebuild` events of a stream. A connection that breaks off ends it. */
async function* events(response: Response): AsyncGenerator<PrebuildView> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages)
        if (message.startsWith('event: prebuild\n'))
          yield JSON.parse(message.slice(message.indexOf('data: ') + 6)) as PrebuildView;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
