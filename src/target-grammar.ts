import { LOCAL_TARGET } from './core/records/target.ts';
import { names, Unfit } from './setting-grammar.ts';

/**
 * How WHEELMILL_TARGETS is read (docs/targets.md):
 *
 *     targets  = target *("," target)
 *     target   = [name "@"] images ["@" platform]
 *     images   = build "=" runtime          any two images
 *              / repository ":" release     of an image called `python`: with its slim sister
 *              / release                    the same of `python`
 *     release  = "latest" / version ["-" codename]     3.12, 3.13.5, 3.14-rc, 3.12-bookworm
 *     platform = "linux/" architecture                 linux/arm64, linux/arm/v7
 */

/** An image pair of the settings; its name follows from the build image and the platform unless it is given one. */
export type TargetSetting = { name: string; build: string; runtime: string; platform?: string };

/** The targets of a machine without an engine: itself. */
export const LOCAL_TARGETS: TargetSetting[] = [{ name: LOCAL_TARGET, build: LOCAL_TARGET, runtime: LOCAL_TARGET }];

const IMAGE = /^[a-zA-Z0-9][a-zA-Z0-9._:/@-]{0,254}$/;
const NAME = /^[a-z0-9][a-z0-9.-]{0,99}$/;
/** `python@sha256:…` is an image by digest, and no image `sha256:…` of a target `python`. */
const NAMED = /^([^@=/:]+)@(?!sha(?:256|512):)(.+)$/;
const PLATFORM = /^(.+)@((?:linux|windows|darwin)\/[a-z0-9/]+|amd64|arm64|x86_64|aarch64)$/;
/** Architectures as Go and so engines call them. */
const ARCHITECTURES = [
  'amd64',
  'arm64',
  'arm64/v8',
  'arm/v7',
  'arm/v6',
  'arm/v5',
  '386',
  'ppc64le',
  's390x',
  'riscv64',
];
const RELEASE = /^(?:(?<latest>latest)|(?<version>\d+(?:\.\d+){0,2}(?:-?rc\d*)?)(?:-(?<codename>[a-z]+))?)$/;
/** Of these variants of the image there is no slim one. */
const NO_SLIM = ['slim', 'alpine', 'windowsservercore'];
/** Words that stand for something else where a target's name is asked for. */
const RESERVED = ['all', 'local'];

/** `python:3.13` is the target `python-3.13`, for linux/arm64 `python-3.13-arm64`: what URLs, lanes and file names can hold. */
export function targetName(buildImage: string, platform?: string): string {
  return [buildImage, ...(platform ? [platform.replace(/^linux\//, '')] : [])]
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
}

/** Reads WHEELMILL_TARGETS; throws Unfit with everything that is wrong with it. */
export function targets(value: string): TargetSetting[] {
  const faults: string[] = [];
  const found = names(value).flatMap((text) => {
    try {
      return [target(text)];
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (found.length === 0 && faults.length === 0) throw new Unfit('names no target');
  const twice = found.filter((one, at) => found.findIndex((other) => other.name === one.name) < at);
  for (const { name } of twice)
    faults.push(`has two targets called ${name}; give one another name, such as other@build=runtime`);
  if (faults.length > 0) throw new Unfit(faults.join('; it '));
  return found;
}

function target(text: string): TargetSetting {
  const [, images = text, platform] = PLATFORM.exec(text) ?? [];
  if (platform !== undefined && !ARCHITECTURES.some((one) => platform === `linux/${one}`))
    throw new Unfit(`has "${text}", and ${platform} is no platform: write one like linux/amd64 or linux/arm64`);
  const [, name, rest = images] = NAMED.exec(images) ?? [];
  if (name !== undefined && (!NAME.test(name) || RESERVED.includes(name)))
    throw new Unfit(
      `has "${text}", and ${name} cannot be a target's name: lower-case letters, digits, "." and "-" can, but not ${RESERVED.join(' or ')}`,
    );
  const pair = rest.includes('=') ? writtenPair(rest) : officialPair(rest);
  if (!pair)
    throw new Unfit(
      `has "${text}"; write build=runtime, such as python:3.13=python:3.13-slim, or a version, such as 3.13`,
    );
  return { name: name ?? targetName(pair.build, platform), ...pair, ...(platform !== undefined && { platform }) };
}

type Pair = Pick<TargetSetting, 'build' | 'runtime'>;

function writtenPair(text: string): Pair | undefined {
  const [build = '', runtime = '', ...more] = text.split('=');
  return more.length === 0 && IMAGE.test(build) && IMAGE.test(runtime) ? { build, runtime } : undefined;
}

/** A release of the official image, or of a mirror of it that is called `python` too, with its slim variant. */
function officialPair(text: string): Pair | undefined {
  const [, repository = 'python', tag = text] =
    /^((?:[a-zA-Z0-9][a-zA-Z0-9._:/-]*\/)?python):([^:/]+)$/.exec(text) ?? [];
  const { latest, version, codename } = RELEASE.exec(tag)?.groups ?? {};
  if (latest) return { build: `${repository}:latest`, runtime: `${repository}:slim` };
  if (!version || (codename && NO_SLIM.includes(codename))) return undefined;
  return {
    build: `${repository}:${tag}`,
    runtime: `${repository}:${[version, 'slim', codename].filter(Boolean).join('-')}`,
  };
}
