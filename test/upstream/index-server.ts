import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** An HTTP server on loopback that answers by path; what has no handler is 404. `requests` has all it was asked. */
export type IndexServer = {
  origin: string;
  indexUrl: string;
  routes: Map<string, Handler>;
  requests: IncomingMessage[];
  asked(path: string): number;
  /** From then on connections are refused. */
  stop(): void;
};

export async function createIndexServer(t: Pick<Test, 'teardown'>): Promise<IndexServer> {
  const routes = new Map<string, Handler>();
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const handler = routes.get(request.url ?? '');
    if (handler) handler(request, response);
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<p>Not found');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  t.teardown(stop);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    indexUrl: `${origin}/simple/`,
    routes,
    requests,
    asked: (path) => requests.filter((one) => one.url === path).length,
    stop,
  };
}

export const send =
  (
    body: string | Buffer,
    type = 'application/octet-stream',
    headers: Record<string, string> = {},
    status = 200,
  ): Handler =>
  (_request, response) => {
    response
      .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
      .end(body);
  };

/** A JSON project page of the project asked for; `files` and what else it says are as the API has them. */
export const page =
  (files: unknown[], headers: Record<string, string> = {}, more: Record<string, unknown> = {}): Handler =>
  (request, response) => {
    const name = request.url?.split('/').at(-2);
    const body = JSON.stringify({ meta: { 'api-version': '1.4' }, name, ...more, files });
    send(body, JSON_TYPE, headers)(request, response);
  };

/** An answer that ends in the middle: the whole length is announced, half of it comes. */
export const half =
  (body: Buffer, type = 'application/octet-stream'): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  };

export const redirect =
  (location: string): Handler =>
  (_request, response) => {
    response.writeHead(302, { location }).end();
  };

/** Gives the answers in turn, the last one for ever. */
export const inTurn = (...handlers: Handler[]): Handler => {
  const left = [...handlers];
  return (request, response) => (left.length > 1 ? left.shift()! : left[0]!)(request, response);
};
