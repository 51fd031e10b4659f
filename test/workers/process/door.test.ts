import { createServer } from 'node:http';
import t from 'tap';
import { openDoor } from '../../../src/workers/process/door.ts';

const asked: string[] = [];
const prefixes: unknown[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers.accept}`);
  prefixes.push(request.headers['x-forwarded-prefix']);
  response.writeHead(404, 'There is no such project, said the gateway', { 'x-told': 'yes' });
  response.end('the body');
});
t.teardown(() => server.close());

t.test('a door leads to the gateway, for who knows its path', async (t) => {
  const door = await openDoor({ accept: (connection) => void server.emit('connection', connection) });
  t.match(door.index, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/simple\/$/);
  const answer = await fetch(`${door.index}demo/`, { headers: { accept: 'text/html' } });
  t.equal(answer.status, 404);
  t.equal(answer.statusText, 'There is no such project, said the gateway', 'which pip shows');
  t.equal(answer.headers.get('x-told'), 'yes');
  t.equal(await answer.text(), 'the body');
  t.same(asked.splice(0), ['GET /simple/demo/ text/html']);

  t.same(prefixes, [new URL('..', door.index).pathname.slice(0, -1)], 'of which those are told who give whole URLs');

  const { origin } = new URL(door.index);
  for (const path of ['/', '/simple/demo/', `/${'0'.repeat(32)}/simple/`, `/${new URL(door.index).pathname}`])
    t.equal((await fetch(origin + path)).status, 404, path);
  t.same(asked, [], 'others do not get there');

  door.close();
  await t.rejects(fetch(door.index), 'it is closed');
});
