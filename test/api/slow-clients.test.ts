import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fastify, { type FastifyReply } from 'fastify';
import t, { type Test } from 'tap';
import { breakOffStopped, type StoppedLimits } from '../../src/api/slow-clients.ts';

/** A server that is asked by raw sockets; each answer is made by `answer`. Bodies are not read but by it. */
async function start(t: Test, limits: StoppedLimits, answer: (reply: FastifyReply) => unknown) {
  const app = fastify({ forceCloseConnections: true });
  breakOffStopped(app, limits);
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  app.route({ method: ['GET', 'POST'], url: '/', handler: async (_request, reply) => answer(reply) });
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  t.teardown(() => app.close());
  return (head: string) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`${head.replaceAll('\n', '\r\n')}\r\n\r\n`);
    return socket;
  };
}

const GET = 'GET / HTTP/1.1\nhost: a\nconnection: close';

t.test('whoever is held is not broken off, however long nothing is said', async (t) => {
  const ask = await start(t, { silentMs: 200 }, async ({ raw }) => {
    await once(raw, 'timeout');
    raw.writeContinue();
    await once(raw, 'timeout');
    return 'at last';
  });
  t.match(await text(ask(GET)), /^HTTP\/1\.1 100 .*200 OK.*at last$/s);
});

t.test('nor one to whom something is said now and then', async (t) => {
  const ask = await start(t, { silentMs: 200 }, (reply) => {
    const events = async function* () {
      for (const event of ['one', 'two', 'three']) {
        yield event;
        await once(reply.raw, 'timeout');
      }
    };
    return reply.send(Readable.from(events()));
  });
  t.match(await text(ask(GET)), /one.*two.*three.*\r\n0\r\n\r\n$/s);
});

t.test('who takes nothing of what waits for him is broken off, and it is let go', async (t) => {
  const endless = new Readable({ read: () => endless.push(Buffer.alloc(1 << 20)) });
  const ask = await start(t, { silentMs: 300 }, (reply) => reply.send(endless));
  const client = ask(GET);
  await once(endless, 'close');
  client.destroy();
});

t.test('who begins a body and stops is broken off', async (t) => {
  const ask = await start(t, { silentMs: 300 }, async ({ request }) => {
    await once(request.raw.resume(), 'end');
    return 'whole';
  });
  t.equal(await text(ask('POST / HTTP/1.1\nhost: a\ncontent-length: 100\n\nabc')).catch(() => ''), '');
});

t.test('who sends slowly and goes on is heard to the end', async (t) => {
  const ask = await start(t, { silentMs: 2000 }, async ({ request }) => `${(await text(request.raw)).length} bytes`);
  const client = ask('POST / HTTP/1.1\nhost: a\ncontent-length: 8\nconnection: close');
  const said = text(client);
  for (const byte of '12345678') {
    client.write(byte);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  t.match(await said, /8 bytes$/);
});

t.test('a body without end is broken off some time after its answer', async (t) => {
  const ask = await start(t, { lingerMs: 100 }, async ({ request }) => {
    request.raw.resume();
    return 'enough';
  });
  const client = ask('POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked');
  const chunk = `10000\r\n${'x'.repeat(1 << 16)}\r\n`;
  const closed = once(client, 'close');
  client.on('drain', () => client.write(chunk));
  client.write(chunk.repeat(16));
  t.match(String((await once(client, 'data'))[0]), /enough$/);
  await closed;
});
