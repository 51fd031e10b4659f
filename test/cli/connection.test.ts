import { join } from 'node:path';
import t from 'tap';
import { connectionOf } from '../../src/cli/connection.ts';

const URL_WITH = 'http://__token__:wm_in_url@127.0.0.1:8417';

t.test('where a command goes, and with which token', async (t) => {
  const file = join(t.testdir({ token: 'wm_of_file\n' }), 'token');
  const rows: [environment: string, options: Parameters<typeof connectionOf>[0], token: string | undefined][] = [
    ['', { server: 'http://127.0.0.1:8417' }, undefined],
    ['wm_of_setting', { server: 'http://127.0.0.1:8417' }, 'wm_of_setting'],
    ['wm_of_setting', { server: URL_WITH }, 'wm_in_url'],
    ['wm_of_setting', { server: URL_WITH, tokenFile: file }, 'wm_of_file'],
    ['', { server: 'http://__token__:a%2Fb@127.0.0.1:8417' }, 'a/b'],
  ];
  const before = process.env.WHEELMILL_TOKEN;
  t.teardown(() => {
    if (before === undefined) delete process.env.WHEELMILL_TOKEN;
    else process.env.WHEELMILL_TOKEN = before;
  });
  for (const [environment, options, token] of rows) {
    process.env.WHEELMILL_TOKEN = environment;
    const found = connectionOf(options);
    t.equal(found.token, token);
    t.match(found.server, /^http:\/\/127\.0\.0\.1:8417\/?$/, 'the URL has none any more');
  }
  const server = 'http://127.0.0.1:8417';
  t.throws(() => connectionOf({ server, tokenFile: `${file}.not` }), { message: /^The token file cannot be read/ });
  process.env.WHEELMILL_TOKEN = 'two words';
  t.throws(() => connectionOf({ server }), { code: 'bad-request', message: /^The token has blanks/ });
});
