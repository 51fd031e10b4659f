import { join } from 'node:path';
import { createFileStore } from '../../src/storage/file-store.ts';
import { startRedis } from '../../test/services/redis.ts';
import type { Row } from '../report.ts';
import { benchWheel } from '../wheel.ts';
import { inScope } from './bench-scope.ts';
import { storeWheels } from './fill-store.ts';
import { newFolder, startDevpi, startNginx, startProxpi, startPypiserver } from './servers.ts';
import { startApi, startEmptyIndex } from './wheelmill.ts';
import { CONNECTIONS, inTurn, type Rates, ratio } from './wrk.ts';

/** Wheels of one project: its page, in HTML, has 20 KB then. */
const WHEELS = 45;
const PROJECT = 'bench-project';

/** The page of one project, from Wheelmill, from nginx as a file, and from other index servers with the same wheels. */
export function benchPages(): Promise<Row[]> {
  return inScope(async (scope) => {
    const wheels = await Promise.all(Array.from({ length: WHEELS }, (_, at) => benchWheel(PROJECT, `1.${at}`)));
    const folder = await newFolder(scope);
    const root = join(folder, 'bucket');
    await storeWheels(createFileStore({ folder: root }), wheels);
    const { url: redis } = await startRedis(scope);
    const api = await startApi(scope, { folder, redis, upstream: await startEmptyIndex(scope) });
    const page = `/simple/${PROJECT}/`;
    const nginx = await startNginx(scope, 'nginx-files', page, { root });
    const pypiserver = await startPypiserver(scope, wheels);
    const devpi = await startDevpi(scope, wheels);
    const proxpi = await startProxpi(scope, nginx.base, PROJECT);
    const html = { accept: 'text/html' };
    const packed = { ...html, 'accept-encoding': 'gzip' };
    const size = (await (await fetch(api.base + page, { headers: html })).arrayBuffer()).byteLength;
    const rates = await inTurn([
      { name: 'nginx', url: nginx.base + page, headers: html },
      { name: 'Wheelmill', url: api.base + page, headers: html },
      { name: 'Wheelmill, `/stored/simple/`', url: `${api.base}/stored${page}`, headers: html },
      { name: 'Wheelmill, gzip', url: api.base + page, headers: packed },
      { name: 'pypiserver', url: pypiserver.base + page, headers: html },
      { name: 'devpi-server', url: `${devpi.base}/root/bench/+simple/${PROJECT}/`, headers: html },
      { name: 'proxpi', url: `${proxpi.base}/index/${PROJECT}/`, headers: html },
    ]);
    return rows(rates, `project page of ${(size / 1000).toFixed(0)} KB, ${CONNECTIONS} connections`);
  });
}

function rows(rates: Rates, what: string): Row[] {
  const rate = (name: string) => rates.get(name)?.rate ?? 0;
  const best = ['pypiserver', 'devpi-server', 'proxpi'].reduce((one, other) => (rate(one) > rate(other) ? one : other));
  const toNginx = ratio(rates, 'Wheelmill', 'nginx');
  const toBest = ratio(rates, 'Wheelmill', best);
  return [
    ...[...rates].map(([name, { shown }]) => ({ what: `${what}: ${name}`, value: `${shown} /s`, goal: '', met: true })),
    {
      what: 'project page, Wheelmill / nginx',
      value: toNginx.toFixed(2),
      goal: '>= 0.5',
      met: toNginx >= 0.5,
      toMeetIt:
        'less work in each answer than Fastify and Node do: several processes behind one port, or a cache in front.',
    },
    {
      what: `project page, Wheelmill / ${best}, the fastest of the index servers`,
      value: toBest.toFixed(1),
      goal: '>= 10',
      met: toBest >= 10,
      toMeetIt: 'more than one process on more than one processor.',
    },
  ];
}
