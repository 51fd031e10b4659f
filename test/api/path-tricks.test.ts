import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import pLimit from 'p-limit';
import t from 'tap';
import { api } from './harness.ts';

/** What stands in for a parameter, as the bytes of a request line: nothing is normalised on the way. */
const TRICKS = [
  '..',
  '%2e%2e',
  '.',
  '..%2f..%2fetc%2fpasswd',
  '..%5c..%5cwindows',
  '%2fetc%2fpasswd',
  '%252e%252e%252f',
  '%00',
  'six%00.whl',
  '%0d%0aset-cookie:%20a=b',
  '%ff%fe',
  '%',
  '%zz',
  '%c0%af',
  '%e2%80%ae',
  '~root',
  '__proto__',
  'constructor',
  'a'.repeat(3000),
  'six-1.0-py3-none-any.whl%2f..%2f..',
  ';id',
  '$%7bjndi%7d',
  '*',
];

/** Bytes over a socket of its own: whatever the request line is. */
async function answerTo(port: number, method: string, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
  );
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

/** 301 leads from a name to its normal form, 502 says that upstream was asked for a harmless one. */
function faultOf(answer: string): string | undefined {
  const [status = ''] = answer.split('\r\n');
  if (!/^HTTP\/1\.1 (20[01]|4\d\d|301|502) /.test(status)) return status;
  if (/^set-cookie:/im.test(answer)) return 'it splits the answer';
  if (/^HTTP\/1\.1 200 /.test(answer) && /root:|passwd/.test(answer)) return 'it shows a file of the machine';
  const [, to] = /^location: (.*)$/im.exec(answer) ?? [];
  return to === undefined || /^(\.\.\/)?[a-z0-9-]+\/(\?.*)?$/.test(to.trim()) ? undefined : `it leads to ${to}`;
}

t.test('no parameter of any route leads out of its place', async (t) => {
  const { app, store } = await api(t);
  const keys = async () => {
    const found: string[] = [];
    // A project may be called so, and then its name may be claimed: it is a trick only to a careless program.
    for await (const key of store.list('')) if (!/\/constructor(\/|\.json$)/.test(key)) found.push(key);
    return found;
  };
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const before = await keys();
  const routes = app.routeNames.filter(({ url, method }) => url.includes(':') && method !== 'HEAD');
  t.ok(routes.length > 15, 'there are routes to try');
  const attempts = routes.flatMap(({ method, url }) =>
    (url.match(/:\w+/g) ?? []).flatMap((hit) =>
      // The other parameters are as good as they can be, so that the trick is what is looked at.
      TRICKS.map((trick) => ({
        method,
        path: url.replace(/:\w+/g, (name) => (name === hit ? trick : (SOUND[name] ?? 'six'))),
      })),
    ),
  );
  const limit = pLimit(64);
  const faults = await Promise.all(
    attempts.map(({ method, path }) =>
      limit(async () => {
        const fault = faultOf(await answerTo(port, method, path));
        return fault === undefined ? [] : [`${method} ${path.slice(0, 200)}: ${fault}`];
      }),
    ),
  );
  t.same(faults.flat(), [], `${attempts.length} requests, each with a clear end`);
  t.same(await keys(), before, 'and nothing was written');
});

const SOUND: Record<string, string> = {
  ':project': 'six',
  ':name': 'six',
  ':sha256': '0'.repeat(64),
  ':key': '0'.repeat(64),
  ':id': '0'.repeat(32),
  ':filename': 'six-1.0-py3-none-any.whl',
};
