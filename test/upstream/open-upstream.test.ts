import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { openUpstream } from '../../src/upstream/open-upstream.ts';
import { createIndexServer, page } from './index-server.ts';

const demo = normalizeName('demo');
/** pip's files of the machine that runs the tests mean nothing here. */
const NO_FILES = { PIP_CONFIG_FILE: '/dev/null' };

t.test('an index that cannot be used stops the start, for no other may take its place', async (t) => {
  const store = createFileStore({ folder: t.testdir({}) });
  for (const name of ['WHEELMILL_UPSTREAM_URL', 'PIP_INDEX_URL']) {
    const open = () => openUpstream({ store, environment: { ...NO_FILES, [name]: 'file:///srv/simple' } });
    t.throws(open, { code: 'bad-config', message: /file:\/\/\/srv\/simple is no http\(s\) index/ });
  }
});

t.test('without any configuration it waits for the first probed target', async (t) => {
  const { upstream } = openUpstream({ store: createFileStore({ folder: t.testdir({}) }), environment: NO_FILES });
  t.equal(await upstream.cached(demo), 'unknown');
  await t.rejects(upstream.project(demo), { reason: 'upstream-unavailable', message: /WHEELMILL_UPSTREAM_URL/ });
  await upstream.close();
});

t.test('the proxy of the environment is used, and looks names up itself', async (t) => {
  const server = await createIndexServer(t);
  server.routes.set('/simple/demo/', page([{ filename: 'demo-1.0.zip', url: 'demo-1.0.zip', hashes: {} }]));
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const onward = connect(Number(new URL(server.origin).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => socket.destroy());
    t.teardown(() => onward.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => proxy.close());
  const environment = {
    ...NO_FILES,
    PIP_INDEX_URL: 'http://index.upstream.test:8080/simple',
    HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    NO_PROXY: 'other.test',
  };
  const { upstream } = openUpstream({ store: createFileStore({ folder: t.testdir({}) }), environment });
  t.teardown(() => upstream.close());
  t.match(await upstream.project(demo), {
    files: [{ url: 'http://index.upstream.test:8080/simple/demo/demo-1.0.zip' }],
  });
  t.same(tunnels, ['index.upstream.test:8080']);
  t.equal(server.requests[0]?.headers.host, 'index.upstream.test:8080');
});
