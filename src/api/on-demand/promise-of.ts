import type { Config } from '../../config.ts';
import { versionOf } from '../../core/candidate-versions.ts';
import { openVersions, type Promised, promisesOf } from '../../core/promises.ts';
import type { Version } from '../../core/version.ts';
import { gather, type Offer } from '../../plan/supply.ts';
import type { UpstreamFile } from '../../upstream/upstream.ts';
import type { Api } from '../context.ts';
import type { WantedWheel } from './wanted-wheel.ts';

/** What is known of a wheel that somebody wants. */
export type KnownPromise = {
  offer: Offer;
  /** Undefined where no such wheel would be built any more. */
  promised: Promised<UpstreamFile> | undefined;
  /** Whoever asks for it has pinned it: nobody else is given it. */
  isForPins: boolean;
  /** What a resolver takes unless something in its list is against it. */
  isFirst: boolean;
};

/** Looks at one version of a project as its index page does. */
export async function promiseOf(
  { store, upstream, config }: Pick<Api, 'store' | 'upstream' | 'config'>,
  { project, version, sdist, on }: WantedWheel,
): Promise<KnownPromise> {
  const offer = await gather({ store, upstream }, project, {});
  const { offered = [] } = offer;
  const own = { ...offer, offered: offered.filter((one) => versionOf(one) === version) };
  const promised = promisesOf(project, own, on, new Set()).find((one) => one.sha256 === sdist);
  const open = openTo(config, offered);
  const isForPins = !open.has(version) || promised?.file.yanked !== undefined;
  return { offer, promised, isForPins, isFirst: !isForPins && [...open][0] === version };
}

/** Versions of a project that whoever does not pin one may be given, as the settings have it. The newest first. */
export function openTo({ onDemand, onDemandVersions }: Config, offered: readonly UpstreamFile[]): Set<Version> {
  return onDemand === 'on' ? openVersions(offered, onDemandVersions) : new Set();
}
