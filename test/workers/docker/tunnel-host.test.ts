import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import t from 'tap';
import { createTunnelHost } from '../../../src/workers/docker/tunnel.ts';
import {
  encodeFrame,
  encodeWindow,
  FRAME,
  FRAME_BYTES,
  MAX_CONNECTIONS,
  WINDOW_BYTES,
} from '../../../src/workers/docker/tunnel-frames.ts';

function startHost() {
  const sent = new PassThrough();
  const connections: Duplex[] = [];
  const stream = Duplex.from({ writable: sent, readable: new PassThrough() });
  stream.on('error', () => {});
  const host = createTunnelHost(stream, { accept: (connection) => void connections.push(connection) });
  return { host, sent, connections };
}

const ready = encodeFrame(FRAME.ready, 0);
const open = (id: number) => encodeFrame(FRAME.open, id);
const data = (id: number, size: number) => encodeFrame(FRAME.data, id, Buffer.alloc(size));
const header = (type: number, length: number) => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(type);
  bytes.writeUInt32BE(length, 5);
  return bytes;
};

t.test('what no honest helper sends', async (t) => {
  const rows: Record<string, Buffer[]> = {
    'unknown type': [header(0x58, 0)],
    'a length no frame has, before its data': [header(FRAME.data, FRAME_BYTES + 1)],
    'four gigabytes': [header(FRAME.data, 0xffffffff)],
    'data that is empty': [ready, open(1), header(FRAME.data, 0)],
    'a window that is no number': [ready, open(1), header(FRAME.window, 3)],
    'a connection before ready': [open(1)],
    'ready twice': [ready, ready],
    'a number used again': [ready, open(1), encodeFrame(FRAME.close, 1), open(1)],
    'a number going down': [ready, open(2), open(1)],
    'too many connections': [ready, ...Array.from({ length: MAX_CONNECTIONS + 1 }, (_, at) => open(at + 1))],
    'more bytes than the window': [
      ready,
      open(1),
      ...Array.from({ length: WINDOW_BYTES / FRAME_BYTES + 2 }, () => data(1, FRAME_BYTES)),
    ],
    'a window opened too far': [ready, open(1), encodeWindow(1, 1)],
    'data after the end': [ready, open(1), encodeFrame(FRAME.end, 1), data(1, 1)],
    'two ends': [ready, open(1), encodeFrame(FRAME.end, 1), encodeFrame(FRAME.end, 1)],
  };
  for (const [name, frames] of Object.entries(rows)) {
    const { host } = startHost();
    t.throws(() => host.receive(Buffer.concat(frames)), { name: 'HostileFrame' }, name);
    host.close();
  }
});

t.test('frames are understood however they are cut', async (t) => {
  const { host, connections } = startHost();
  const bytes = Buffer.concat([
    ready,
    open(1),
    encodeFrame(FRAME.data, 1, Buffer.from('hello')),
    encodeFrame(FRAME.end, 1),
  ]);
  for (const byte of bytes) host.receive(Buffer.from([byte]));
  const [connection] = connections;
  t.equal(Buffer.concat(await connection!.toArray()).toString(), 'hello');
  host.close();
});

t.test('a connection that is not read is not acknowledged, one that is read is', async (t) => {
  const { host, sent, connections } = startHost();
  host.receive(Buffer.concat([ready, open(1), data(1, FRAME_BYTES), data(1, FRAME_BYTES)]));
  t.equal(sent.read(), null, 'nothing was read yet');
  connections[0]!.resume();
  await once(sent, 'readable');
  t.same(sent.read(), encodeWindow(1, 2 * FRAME_BYTES));
  host.close();
});

t.test('no more is sent than the window, the rest when it opens', async (t) => {
  const { host, sent, connections } = startHost();
  host.receive(Buffer.concat([ready, open(1)]));
  let bytes = 0;
  sent.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const written = new Promise((resolve) => connections[0]!.write(Buffer.alloc(WINDOW_BYTES + 10), resolve));
  const overhead = 9;
  while (bytes < WINDOW_BYTES + 4 * overhead) await once(sent, 'data');
  host.receive(encodeWindow(1, 10));
  await written;
  t.equal(bytes, WINDOW_BYTES + 4 * overhead + 10 + overhead);
  host.close();
});

t.test('the end of the tunnel ends its connections', async (t) => {
  const { host, connections } = startHost();
  host.receive(Buffer.concat([ready, open(1), open(2)]));
  const closed = connections.map((connection) => once(connection, 'close'));
  host.close();
  await Promise.all(closed);
  t.ok(connections.every((connection) => connection.destroyed));
});

t.test('frames for a connection that was closed here are passed over', async (t) => {
  const { host, connections } = startHost();
  host.receive(Buffer.concat([ready, open(1)]));
  connections[0]!.destroy();
  await once(connections[0]!, 'close');
  host.receive(Buffer.concat([data(1, 5), encodeFrame(FRAME.end, 1), encodeFrame(FRAME.close, 1)]));
  t.pass('no error');
  host.close();
});

t.test('a closed connection makes room for one in the same chunk', async (t) => {
  const { host, connections } = startHost();
  const all = Array.from({ length: MAX_CONNECTIONS }, (_, at) => open(at + 1));
  const next = MAX_CONNECTIONS + 1;
  host.receive(Buffer.concat([ready, ...all, encodeFrame(FRAME.close, 1), open(next), encodeFrame(FRAME.end, next)]));
  t.equal(connections.length, next);
  t.same(await connections.at(-1)!.toArray(), [], 'and it is served');
  t.throws(() => host.receive(open(next + 1)), { name: 'HostileFrame' }, 'for one only');
  host.close();
});
