import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { Client } from '../../src/cli/client.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { json, post } from './client.ts';
import type { LocalIndex } from './local-index.ts';

/** A prebuild that was posted and stands at a certain point. */
export type Reached = { posted: PrebuildView; list: string; query: string; release(): void };

/** Posts a list made for `name`, and comes back when it has reached the point. */
export type Phase = (url: string, index: LocalIndex, name: string) => Promise<Reached>;

/** Where builds ask for a page of the index, from inside the container. */
const GATEWAY = 'http://127.0.0.1:8080/simple';

/** Keeps all answers of a path back from now on; `arrived` is the first question. */
function hold(index: LocalIndex, path: string): { arrived: Promise<void>; release(): void } {
  const answer = index.routes.get(path);
  const waiting: ServerResponse[] = [];
  const none = (_: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end();
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  index.routes.set(path, (_, response) => {
    waiting.push(response);
    arrive();
  });
  return {
    arrived,
    release() {
      index.routes.set(path, answer ?? none);
      for (const response of waiting) response.destroy();
    },
  };
}

/** Build code that asks for a page before it goes on: held, it stays there for as long as the test likes. */
const asking = (gate: string) => `
import urllib.request
print('grinding', flush=True)
try: urllib.request.urlopen('${GATEWAY}/${gate}/').read()
except OSError: pass`;

async function until(url: string, view: PrebuildView, test: (view: PrebuildView) => boolean): Promise<void> {
  for await (const now of new Client(url).watch(view)) if (test(now)) return;
}

async function posting(url: string, list: string, query = '') {
  const { body } = await post(url, list, query);
  return { posted: body, list, query, release: () => {} };
}

const inState =
  (...wanted: string[]) =>
  ({ items }: PrebuildView) =>
    items.some((one) => one.kind === 'build' && wanted.includes(one.state));

/** Points in the life of a prebuild at which somebody may cancel it, each with a list of its own. */
export const PHASES: Readonly<Record<string, Phase>> = {
  'just posted': async (url, index, name) => {
    await index.addSdist(name, '1.0');
    return posting(url, `${name}==1.0\n`);
  },
  planning: async (url, index, name) => {
    await index.addSdist(name, '1.0');
    const { arrived, release } = hold(index, `/simple/${name}/`);
    const reached = await posting(url, `${name}==1.0\n`);
    await arrived;
    return { ...reached, release };
  },
  'resolving in a container': async (url, index, name) => {
    await index.addSdist(name, '1.0', { metadata: `Requires-Dist: ${name}dep\n` });
    await index.addSdist(`${name}dep`, '1.0');
    const { arrived, release } = hold(index, `/simple/${name}dep/`);
    const reached = await posting(url, `${name}\n`);
    await arrived;
    return { ...reached, release };
  },
  fetching: async (url, index, name) => {
    const sha256 = await index.addSdist(name, '1.0');
    const { arrived, release } = hold(index, `/files/${sha256}/${name}-1.0.tar.gz`);
    const reached = await posting(url, `${name}==1.0\n`);
    await arrived;
    return { ...reached, release };
  },
  'about to build': async (url, index, name) => {
    await index.addSdist(name, '1.0');
    const reached = await posting(url, `${name}==1.0\n`, 'deps=false');
    await until(url, reached.posted, inState('building', 'checking', 'stored'));
    return reached;
  },
  building: async (url, index, name) => {
    await index.addSdist(name, '1.0', { build: asking(`${name}gate`) });
    const { arrived, release } = hold(index, `/simple/${name}gate/`);
    const reached = await posting(url, `${name}==1.0\n`);
    await arrived;
    return { ...reached, release };
  },
  'checking or storing': async (url, index, name) => {
    await index.addSdist(name, '1.0');
    const reached = await posting(url, `${name}==1.0\n`, 'deps=false');
    await until(url, reached.posted, inState('checking', 'stored'));
    return reached;
  },
  mirroring: async (url, index, name) => {
    const { filename, bytes } = await realWheel(name, '1.0');
    index.addWheel(name, filename, bytes);
    const { files } = await json<{ files: { url: string }[] }>(`${index.indexUrl}${name}/`);
    const { arrived, release } = hold(index, new URL(files[0]!.url).pathname);
    const reached = await posting(url, `${name}==1.0\n`, 'deps=false');
    await arrived;
    return { ...reached, release };
  },
  'waiting for a slot': async (url, index, name) => {
    const names = ['a', 'b', 'c'].map((letter) => name + letter);
    for (const one of names) await index.addSdist(one, '1.0', { build: asking(`${name}gate`) });
    const { arrived, release } = hold(index, `/simple/${name}gate/`);
    const reached = await posting(url, names.map((one) => `${one}==1.0\n`).join(''), 'deps=false');
    await arrived;
    return { ...reached, release };
  },
  'half of it stored': async (url, index, name) => {
    await index.addSdist(`${name}a`, '1.0');
    await index.addSdist(`${name}b`, '1.0', { build: asking(`${name}gate`) });
    const { arrived, release } = hold(index, `/simple/${name}gate/`);
    const reached = await posting(url, `${name}a==1.0\n${name}b==1.0\n`, 'deps=false');
    await arrived;
    await until(url, reached.posted, inState('stored'));
    return { ...reached, release };
  },
};
