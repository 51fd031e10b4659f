import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import t from 'tap';
import type { Gateway } from '../../../src/workers/builder.ts';
import { BUILD_USER } from '../../../src/workers/docker/container.ts';
import { createEngine } from '../../../src/workers/docker/engine.ts';
import { findImage } from '../../../src/workers/docker/identity.ts';
import { SCRIPTS } from '../../../src/workers/docker/scripts.ts';
import { supervise } from '../../../src/workers/docker/supervise.ts';
import { testTargets } from '../../services/docker.ts';
import { newRun } from '../run/harness.ts';
import { containersOf, docker, newOwner } from './harness.ts';

const MIB = 1024 * 1024;
const PYTHON = 'python3';
const engine = createEngine(newOwner(), docker);
const image = await findImage(docker, testTargets()[0]!.runtime);

/** Runs Python code in a container whose door leads to the gateway; gives back what it printed. */
async function inContainer(gateway: Gateway, code: string): Promise<string> {
  const { run, log } = newRun(gateway);
  await supervise(engine, { what: 'The test', run, image: image!, python: PYTHON }, async ({ openDoor, step }) => {
    await openDoor();
    await step({ arguments: [PYTHON, '-c', code], user: BUILD_USER });
  });
  return log().trim();
}

/** Serves `/<n>` with n MiB; `/held` is answered when `release` is called. */
function startServer() {
  const held: (() => void)[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const path = request.url?.slice(1);
    if (path === 'held') {
      held.push(() => response.end('late'));
      return;
    }
    if (request.method === 'POST') {
      let size = 0;
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on('end', () => response.end(String(size)));
      return;
    }
    const size = Number(path) * MIB;
    response.setHeader('content-length', size);
    response.end(Buffer.alloc(size, 'x'));
  });
  return {
    held,
    connections: () => connections,
    gateway: {
      accept(connection: Duplex) {
        connections += 1;
        server.emit('connection', connection);
      },
    },
  };
}

t.test('100 MiB out and 20 MiB in', async (t) => {
  const { gateway } = startServer();
  const printed = await inContainer(
    gateway,
    `
import urllib.request
print(len(urllib.request.urlopen('http://127.0.0.1:8080/100').read()))
print(urllib.request.urlopen('http://127.0.0.1:8080/', data=b'x' * (20 << 20)).read().decode())`,
  );
  t.same(printed.split('\n'), [String(100 * MIB), String(20 * MIB)]);
});

t.test('50 connections at once, one after the other, and more than there may be', async (t) => {
  const server = startServer();
  const printed = await inContainer(
    server.gateway,
    `
import http.client, threading
from concurrent.futures import ThreadPoolExecutor
def get(n):
    connection = http.client.HTTPConnection('127.0.0.1', 8080)
    connection.request('GET', '/1')
    size = len(connection.getresponse().read())
    connection.close()
    return size
with ThreadPoolExecutor(50) as pool:
    print(sum(pool.map(get, range(100))))
connection = http.client.HTTPConnection('127.0.0.1', 8080)
for n in range(50):
    connection.request('GET', '/0')
    connection.getresponse().read()
print('kept')
import socket
idle = [socket.create_connection(('127.0.0.1', 8080)) for n in range(300)]
for one in idle:
    one.close()
print(get(1))`,
  );
  t.same(printed.split('\n'), [String(100 * MIB), 'kept', String(MIB)]);
  t.ok(server.connections() >= 102);
});

t.test('one that does not read, or is not answered, holds up nobody', async (t) => {
  const { gateway, held } = startServer();
  const printed = await inContainer(
    gateway,
    `
import socket, urllib.request
slow = socket.create_connection(('127.0.0.1', 8080))
slow.sendall(b'GET /64 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
waiting = socket.create_connection(('127.0.0.1', 8080))
waiting.sendall(b'GET /held HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
flood = socket.create_connection(('127.0.0.1', 8080))
flood.setblocking(False)
try:
    while True:
        flood.send(b'POST /held HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 99999999\\r\\n\\r\\n' + b'x' * 65536)
except BlockingIOError:
    print('stalled')
print(len(urllib.request.urlopen('http://127.0.0.1:8080/32').read()))
size = 0
while size < 64 << 20:
    size += len(slow.recv(1 << 20))
print(size >> 20)`,
  );
  t.same(printed.split('\n'), ['stalled', String(32 * MIB), '64']);
  t.equal(held.length, 2);
});

t.test('there is no other way out', async (t) => {
  const printed = await inContainer(
    startServer().gateway,
    `
import os, socket
addresses = [('192.0.2.1', 80), ('172.17.0.1', 2375), ('127.0.0.1', 80), ('198.51.100.1', 80), ('::1', 8080), ('2001:db8::1', 80)]
for address in addresses:
    try:
        socket.create_connection(address, timeout=5)
        print('open', address)
    except OSError:
        pass
try:
    socket.getaddrinfo('example.com', 80)
    print('names')
except OSError:
    pass
print(sorted(name for _, name in socket.if_nameindex() if open('/sys/class/net/%s/operstate' % name).read().strip() == 'up'))
print(len(__import__('urllib.request').request.urlopen('http://127.0.0.1:8080/0').read()))`,
  );
  t.same(printed.split('\n'), ['[]', '0']);
});

t.test('hostile frames end the tunnel and nothing else', async (t) => {
  const closed: Promise<unknown>[] = [];
  const gateway = { accept: (connection: Duplex) => void closed.push(once(connection.resume(), 'close')) };
  const honest = SCRIPTS.tunnel;
  // As a helper would be that the build has taken over.
  SCRIPTS.tunnel = `
import os, struct, time
frame = lambda kind, number, data=b'': os.write(1, struct.pack('>BII', ord(kind), number, len(data)) + data)
frame('R', 0)
frame('O', 1)
frame('D', 1, b'hello')
frame('X', 1)
time.sleep(1000)`;
  t.teardown(() => {
    SCRIPTS.tunnel = honest;
  });
  const log = await inContainer(gateway, "print('alive')");
  t.match(log, /package index broke: no frame has the type 88[\s\S]*alive/);
  t.equal(closed.length, 1);
  await Promise.all(closed);
});

t.test('a tunnel that does not start says why', async (t) => {
  const honest = SCRIPTS.tunnel;
  SCRIPTS.tunnel = "raise SystemExit('the reason')";
  t.teardown(() => {
    SCRIPTS.tunnel = honest;
  });
  await t.rejects(inContainer(startServer().gateway, ''), { reason: 'worker-lost', message: /the reason/ });
});

t.test('nothing is left', async (t) => t.same(await containersOf(engine.owner), []));
