import { setMaxListeners } from 'node:events';
import { LRUCache } from 'lru-cache';
import { parseCoreMetadata, resolvesAlike } from '../../core/core-metadata.ts';
import { CoreError } from '../../core/faults.ts';
import type { Target } from '../../core/records/target.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { checked } from '../../storage/json-records.ts';
import { MetadataAnswer, type MetadataMessage, metadataLane } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';
import { createAdmission } from './admission.ts';
import { bindingMetadata } from './binding-metadata.ts';
import type { KnownPromise } from './promise-of.ts';
import type { WantedWheel } from './wanted-wheel.ts';

/** Milliseconds until a worker must have begun to look; then the wheel itself is built, which tells as well. */
const BEGUN_WITHIN = 120_000;
/** And until it has answered, which the limits of its container see to. */
const ANSWERED_WITHIN = 3_600_000;

/** What clients were told is known for so long, in milliseconds: longer than the build of a wheel takes. */
const HEARD_FOR = 6 * 3_600_000;
const MAX_HEARD_BYTES = 16 * 1024 * 1024;

/** What is known of a wheel before there is one; `unknown` where only its build can tell. */
export type Foretold = Buffer | 'unknown';

/** Who wants to know. */
export type Asker = { client: string; signal: AbortSignal; begin(): void };

export type WheelMetadata = {
  /** What is known already, without beginning anything. */
  known(wanted: WantedWheel, promise: KnownPromise): Promise<Foretold | undefined>;
  /**
   * Has it found out: from the sdist where that binds its wheels, else by a worker that asks the build back-end. Undefined when
   * the signal fires before; the search goes on.
   *
   * @param asker `begin` is called when a worker has to be asked: from then on the wheel itself may be there as soon
   */
  foretell(wanted: WantedWheel, promise: KnownPromise, asker: Asker): Promise<Foretold | undefined>;
  /** Notes what a client was told of a wheel. */
  told(client: string, wanted: WantedWheel, metadata: Buffer): void;
  /**
   * Whether a wheel that is there says something else than was foretold of it, to this client or to anybody. Then that is
   * forgotten: whoever asks again is told what the wheel says.
   *
   * @param build the key of its build, where there was one
   */
  wasWrong(
    client: string,
    wanted: WantedWheel,
    wheel: { filename: string; sha256: string },
    build?: string,
  ): Promise<boolean>;
  close(): Promise<void>;
};

export function createWheelMetadata(api: Api, targets: { all(): Promise<readonly Target[]> }): WheelMetadata {
  const { config, store, queue, log } = api;
  const admission = createAdmission({ perClient: config.maxClientOnDemand, altogether: config.maxOnDemand });
  const searches = new Map<string, Promise<Foretold>>();
  const heard = new LRUCache<string, Buffer>({
    maxSize: MAX_HEARD_BYTES,
    sizeCalculation: ({ length }) => length + 200,
    ttl: HEARD_FOR,
  });
  const hearer = (client: string, { target, sdist }: WantedWheel) => `${client} ${target} ${sdist}`;
  const closing = new AbortController();
  // One for each search.
  setMaxListeners(0, closing.signal);

  async function known(wanted: WantedWheel, { offer, promised }: KnownPromise): Promise<Foretold | undefined> {
    const stored = promised?.wheel ?? (await storedAlike(wanted, offer.stored));
    if (stored) return metadataOf(stored);
    if (!promised?.key) return undefined;
    const binding = await store.read(paths.sdistMetadata(wanted.sdist));
    if (binding && binding.length > 0) return binding;
    const prepared = await store.read(paths.preparedMetadata(promised.key));
    return prepared && (prepared.length > 0 ? prepared : 'unknown');
  }

  /** A public wheel: what was built as one list wanted it may ask for something else. */
  async function storedAlike({ sdist, on }: WantedWheel, stored: readonly WheelRecord[]) {
    const own = stored.filter((one) => one.visibility === 'public' && one.build?.sdist.sha256 === sdist);
    if (own.length === 0) return undefined;
    const alike = new Set((await targets.all()).filter((one) => isAlike(one, on)).map(({ name }) => name));
    return own.find(({ build }) => build !== undefined && alike.has(build.target));
  }

  async function metadataOf({ project, sha256, filename }: Pick<WheelRecord, 'project' | 'sha256' | 'filename'>) {
    return store.read(paths.wheelMetadata(project, sha256, filename));
  }

  async function search(wanted: WantedWheel, { promised }: KnownPromise, begin: () => void): Promise<Foretold> {
    if (!promised?.key || !promised.recipe) return 'unknown';
    const { project, version, sdist: sha256, on } = wanted;
    const { file, key, recipe } = promised;
    const binding = await bindingMetadata(api, { project, file, sha256 }, closing.signal);
    if (binding) return binding;
    begin();
    const { filename, size } = file;
    const sdist = { filename, sha256, ...(size !== undefined && { size }) };
    const message: MetadataMessage = {
      key,
      project,
      version,
      target: on.name,
      image: on.build.identity,
      sdist,
      recipe,
    };
    const patience = { beginWithin: BEGUN_WITHIN, answerWithin: ANSWERED_WITHIN, signal: closing.signal };
    const asked = await queue.ask(metadataLane(on.name), message, patience);
    if ('unanswered' in asked) {
      log.info({ project, version, target: on.name }, `no worker says what the wheel will be: ${asked.unanswered}`);
      return 'unknown';
    }
    const { outcome } = checked(MetadataAnswer, asked.answer, 'The answer of a worker');
    const found = outcome === 'stored' ? await store.read(paths.preparedMetadata(key)) : undefined;
    return found && found.length > 0 ? found : 'unknown';
  }

  return {
    known,
    async foretell(wanted, promise, { client, signal, begin }) {
      const id = `${wanted.target} ${wanted.sdist}`;
      while (!searches.has(id) && !admission.enter(client, id)) {
        await admission.change(signal);
        if (signal.aborted) return undefined;
      }
      const searching =
        searches.get(id) ??
        search(wanted, promise, begin).finally(() => {
          searches.delete(id);
          admission.leave(id);
        });
      searches.set(id, searching);
      return Promise.race([searching, aborted(signal)]);
    },
    told: (client, wanted, bytes) => void heard.set(hearer(client, wanted), bytes),
    async wasWrong(client, wanted, wheel, build) {
      const [binding, prepared, own] = await Promise.all([
        build === undefined ? undefined : store.read(paths.sdistMetadata(wanted.sdist)),
        build === undefined ? undefined : store.read(paths.preparedMetadata(build)),
        metadataOf({ ...wheel, project: wanted.project }),
      ]);
      const isOther = (one: Buffer | undefined) => one && one.length > 0 && own && !isAlikeMetadata(one, own);
      const heardOther = isOther(heard.get(hearer(client, wanted)));
      heard.delete(hearer(client, wanted));
      if (build === undefined || !isOther(binding && binding.length > 0 ? binding : prepared))
        return heardOther === true;
      await store.put(paths.sdistMetadata(wanted.sdist), Buffer.alloc(0));
      await store.put(paths.preparedMetadata(build), Buffer.alloc(0));
      log.warn({ build, wheel: wheel.filename }, 'a wheel says something else than its sdist has said it would');
      return true;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(searches.values());
    },
  };
}

/** What a package asks for may depend on the Python and the machine that it is built with, not on the image. */
function isAlike(one: Target, other: Target): boolean {
  const minor = ({ python }: Target) => python.version.split('.').slice(0, 2).join('.');
  return one.name === other.name || (minor(one) === minor(other) && one.platform === other.platform);
}

/** What cannot be read now could be read when it was foretold: it is something else. */
function isAlikeMetadata(one: Buffer, other: Buffer): boolean {
  try {
    return resolvesAlike(parseCoreMetadata(one), parseCoreMetadata(other));
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
