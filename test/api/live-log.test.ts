import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { BuildRecord, BuildRequest } from '../../src/core/records/build.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { closeBuild, openBuild } from '../../src/storage/build-records.ts';
import { buildWork } from '../../src/workers/queue/works.ts';
import { TARGET } from '../core/planning-data.ts';
import { api } from './harness.ts';

t.setTimeout(120_000);

const { app, store, queue } = await api(t);
const url = await app.listen({ host: '127.0.0.1', port: 0 });

const requestOf = (key: string): BuildRequest => ({
  ...{ schema: 1, key, project: 'demo', version: '1.0', target: TARGET.name, image: 'image', recipe: {} },
  sdist: { filename: 'demo-1.0.tar.gz', sha256: key },
  ...{ visibility: 'public', run: 1, requestedAt: '2026-11-26T00:00:00Z' },
});

const recordOf = (key: string): BuildRecord => ({
  ...{ schema: 1, key, project: 'demo', version: '1.0', target: TARGET.name, image: 'image', recipe: {} },
  sdist: { filename: 'demo-1.0.tar.gz', sha256: key },
  ...{ run: 1, attempts: 1, state: 'failed', reason: 'build-error', phases: {} },
  ...{ requestedAt: '2026-11-26T00:00:00Z', startedAt: '2026-11-26T00:00:00Z', endedAt: '2026-11-26T00:00:01Z' },
});

/** What a follower has read when a build has ended that said `live` while it ran, and of which `whole` is stored. */
async function followed(key: string, live: string[], whole: string): Promise<string> {
  let end = () => {};
  const wanted = new Promise<void>((resolve) => {
    end = resolve;
  });
  const stop = await queue.serve(`builds.${TARGET.name}`, 1, async (_, { log }) => {
    for (const text of live) await log(text);
    await wanted;
    await store.put(paths.buildLog(key), gzipSync(whole));
    await closeBuild(store, recordOf(key));
  });
  await openBuild(store, requestOf(key), '0'.repeat(32));
  await queue.add(buildWork(requestOf(key)));
  const answer = await fetch(`${url}/api/v1/builds/${key}/log`);
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes(live.at(-1)!)) end();
  }
  await stop();
  return text;
}

t.test('who follows a log has all of it at the end, though the live one has gone with its job', async (t) => {
  const many = Array.from({ length: 5000 }, (_, at) => `line ${at}\n`).join('');
  t.equal(
    await followed('a'.repeat(64), ['one\n', 'two\n'], 'one\ntwo\nthree, the error\n'),
    'one\ntwo\nthree, the error\n',
  );
  t.equal(await followed('b'.repeat(64), ['one\n', many], `one\n${many}last ü\n`), `one\n${many}last ü\n`);
  t.equal(await followed('c'.repeat(64), ['one\n', 'two\n'], 'one\ntwo\n'), 'one\ntwo\n', 'and nothing twice');
  t.equal(await followed('d'.repeat(64), ['of the attempt before\n', 'x\n'], 'y\n'), 'of the attempt before\nx\n');
});

t.test('who follows a log is answered before it says anything', async (t) => {
  const key = 'e'.repeat(64);
  await openBuild(store, requestOf(key), '0'.repeat(32));
  const answer = await fetch(`${url}/api/v1/builds/${key}/log`);
  t.equal(answer.status, 200);
  await closeBuild(store, recordOf(key));
  t.equal(await answer.text(), '');
});
