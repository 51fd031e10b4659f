import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { noAnswer } from '../../src/cli/no-answer.ts';
import { freePorts } from '../services/process.ts';
import { cli } from './run-cli.ts';

async function hostOf(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A certificate that nobody but itself vouches for. */
function selfSigned(folder: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const about = ['-subj', '/CN=mill', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...about], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

t.test('why a server gives no answer, and what to do', async (t) => {
  const tls = await hostOf(
    t,
    createTlsServer(selfSigned(t.testdir()), (_, response) => response.end('{}')),
  );
  const plain = await hostOf(
    t,
    createServer((_, response) => response.end('{}')),
  );
  const cut = await hostOf(
    t,
    createTcpServer((socket) => socket.destroy()),
  );
  const [free] = await freePorts(1);
  const start = 'Start one with `wheelmill serve`, or name it with --server\\.';
  const rows: [server: string, code: number, said: RegExp][] = [
    [
      `https://${tls}`,
      3,
      /The certificate of \S+ is of an authority .*\(self-signed certificate\)\..* NODE_EXTRA_CA_CERTS\./,
    ],
    [`https://${plain}`, 3, /does not speak TLS \(.*wrong version number.*\)\. Try it with http:\/\//s],
    [`http://127.0.0.1:${free}`, 3, new RegExp(`${start} \\(connect ECONNREFUSED 127\\.0\\.0\\.1:${free}\\)\n$`)],
    ['http://wheelmill.invalid', 3, new RegExp(`${start} \\(getaddrinfo E\\w+ wheelmill\\.invalid\\)\n$`)],
    [`http://${cut}`, 3, new RegExp(`${start} \\(.+\\)\n$`)],
    [`http://somebody@${plain}`, 2, /The server's URL has a user without a password\. .*__token__:TOKEN@HOST\.\n$/],
  ];
  for (const [server, code, said] of rows) {
    const ran = await cli(t, 'builds', '--server', server);
    t.match(ran, { code, out: '', err: said }, server);
    t.notMatch(ran.err, 'somebody');
  }
});

t.test('a server that takes the connection and says nothing', async (t) => {
  const server = `http://${await hostOf(t, createServer())}`;
  const error: unknown = await fetch(server, { signal: AbortSignal.timeout(100) }).catch((error) => error);
  const { code, message } = noAnswer(server, error, 30);
  t.equal(code, 'queue-unavailable');
  t.match(message, /^http\S+ takes connections and gave no answer within 30 s\. Is it a Wheelmill server\?/);
});
