import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWarmIndex } from '../../bench/builds/builds.ts';
import { docker, dockerBuild, type TestTarget } from '../../test/services/docker.ts';
import { aboutRun, surveyTarget } from '../about.ts';
import { loadedWithout } from '../apt/loaded.ts';
import { slimImage } from '../apt/slim-image.ts';
import { writePart } from '../part.ts';
import { ended } from '../prebuilt.ts';
import { startSurveyServer } from '../server.ts';
import { layerBytes } from './layer-bytes.ts';
import type { LayersRow } from './layers-row.ts';

const HERE = new URL('.', import.meta.url).pathname;
const ROUNDS = 3;
const TAG = 'wheelmill-survey-layers';

type Way = { what: string; build(): Promise<void> };

/**
 * `docker build` of one list, the usual way with two stages and with wheels from Wheelmill: what is above the slim image in either,
 * and how long it takes. Both have their files from this machine: the one from an index with a warm cache, the other from the server.
 */
export async function surveyLayers(say: (what: string) => void): Promise<void> {
  const target = surveyTarget();
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-survey-'));
  const index = await startWarmIndex(join(folder, 'index'), target);
  const server = await startSurveyServer(join(folder, 'data'));
  try {
    const started = performance.now();
    const bytes = await readFile(join(HERE, 'requirements.txt'));
    const { state, apt = [], wheels, requirements, items } = await ended(server, bytes);
    if (state !== 'ready' || !wheels || !requirements) throw new Error(`the list ended as ${state}`);
    const once = `${Math.round((performance.now() - started) / 1000)} s, and never again`;
    const about = await aboutRun(target, [
      ['Wheels of the list built by Wheelmill, from an empty store', once],
      ['Debian packages that they need', apt.join(' ') || 'none'],
    ]);
    const names = items.map(({ project }) => project);
    const ways = [usual(target, index.url), ours(target, apt, { wheels, requirements })];
    const rows: LayersRow[] = [];
    for (const way of ways) {
      rows.push(await measured(way, target, names, say));
      writePart('layers', { about, rows });
    }
  } finally {
    await server.stop();
    await index.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function usual({ build, runtime }: TestTarget, index: string): Way {
  const values = { BUILD: build, RUNTIME: runtime, PIP_INDEX_URL: index };
  return {
    what: '`survey/layers/usual.Dockerfile`',
    build: () =>
      dockerBuild({ tag: TAG, file: join(HERE, 'usual.Dockerfile'), context: HERE, arguments: values, noCache: true }),
  };
}

function ours({ runtime }: TestTarget, apt: readonly string[], from: { wheels: string; requirements: string }): Way {
  return { what: 'with Wheelmill', build: () => slimImage(TAG, runtime, apt, from, { noCache: true }) };
}

/** Builds once to have caches of index and disk warm, sees that all loads, and then takes the time of several rounds. */
async function measured(
  way: Way,
  { runtime }: TestTarget,
  names: readonly string[],
  say: (what: string) => void,
): Promise<LayersRow> {
  await way.build();
  try {
    const { broken } = await loadedWithout(TAG, names);
    if (broken.length > 0) throw new Error(`${way.what} made an image in which not all loads: ${broken.join('; ')}`);
    const bytes = await layerBytes(TAG, runtime);
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = performance.now();
      await way.build();
      seconds.push((performance.now() - before) / 1000);
    }
    say(`${way.what}: ${bytes.join(' + ')} bytes, ${seconds.map((one) => one.toFixed(1)).join(', ')} s`);
    return { what: way.what, bytes, seconds };
  } finally {
    await docker('image', 'rm', TAG).catch(() => {});
  }
}
