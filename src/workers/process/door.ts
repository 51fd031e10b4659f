import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { duplexPair, pipeline } from 'node:stream';
import type { Gateway } from '../builder.ts';

/** The way of one run to the build gateway. */
export type Door = { index: string; close(): void };

/**
 * Listens on a free port of loopback for one run. The path is not to be guessed: others on this machine can connect, and
 * what they fetched would count as fetched by the build.
 */
export async function openDoor(gateway: Gateway): Promise<Door> {
  const secret = `/${randomBytes(16).toString('hex')}`;
  const server = createServer((request, response) => {
    if (request.url?.startsWith(`${secret}/`)) pass(request, response, secret, gateway);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    index: `http://127.0.0.1:${port}${secret}/simple/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Links in the gateway's answers are relative, so the path in front of them matters to none but cargo's, which is told of it. */
function pass(request: IncomingMessage, response: ServerResponse, secret: string, gateway: Gateway): void {
  const [ours, theirs] = duplexPair();
  gateway.accept(theirs);
  const { method, url = '', headers: received } = request;
  const path = url.slice(secret.length);
  const headers = { ...received, 'x-forwarded-prefix': secret, connection: 'close' };
  const passed = forward({ createConnection: () => ours, method, path, headers });
  passed.on('error', () => response.destroy());
  passed.on('response', (answer) => {
    const { connection: _, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, kept);
    pipeline(answer, response, () => ours.destroy());
  });
  response.once('close', () => ours.destroy());
  request.pipe(passed);
}
