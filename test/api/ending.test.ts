import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { endGently, gone, ServerEnding } from '../../src/api/ending.ts';

/** A server that is asked by raw sockets; `say` gives the next piece of the answer to `/slow`. */
async function start(t: Test, grace: number) {
  const app = fastify({ forceCloseConnections: 'idle' });
  endGently(app, grace);
  const pieces = new Readable({ read() {} });
  let held: AbortSignal | undefined;
  app.get('/', async () => 'fine');
  app.get('/slow', async (_request, reply) => reply.send(pieces));
  app.get('/held', async (_request, reply) => {
    const signal = gone(reply.raw);
    held = signal;
    await once(signal, 'abort');
    return signal.reason instanceof ServerEnding ? 'let go' : 'left';
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const ask = async (path: string) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return socket;
  };
  return { app, ask, say: (piece: string | null) => pieces.push(piece), held: () => held };
}

t.test('what is idle or held ends at once, what is being answered goes on to its end', async (t) => {
  const { app, ask, say, held } = await start(t, 3_600_000);
  const idle = await ask('/');
  t.match(String(await once(idle, 'data')), /fine/);
  const holding = await ask('/held');
  const [idleSaid, heldSaid] = [text(idle), text(holding)];
  const slow = await ask('/slow');
  say('first');
  t.match(String(await once(slow, 'data')), /first/);
  const slowSaid = text(slow);

  const closed = app.close();
  t.equal(await idleSaid, '', 'nothing more, and closed');
  t.match(await heldSaid, /let go$/, 'whoever is held has an answer');
  t.ok(held()?.aborted);
  say('last');
  say(null);
  t.match(await slowSaid, /last\r\n0\r\n\r\n$/, 'whole');
  await closed;
});

t.test('what does not come to its end within the grace is cut off', async (t) => {
  const { app, ask, say } = await start(t, 50);
  const slow = await ask('/slow');
  say('first');
  t.match(String(await once(slow, 'data')), /first/);
  const rest = text(slow).catch(String);
  await app.close();
  t.notMatch(await rest, /0\r\n\r\n$/, 'and can be told from what is whole');
});

t.test('a client that goes is no end of the server', async (t) => {
  const { ask, held } = await start(t, 50);
  const holding = await ask('/held');
  while (held() === undefined) await new Promise(setImmediate);
  const aborted = once(held()!, 'abort');
  holding.destroy();
  await aborted;
  t.notOk(held()!.reason instanceof ServerEnding);
});
