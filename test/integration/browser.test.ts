import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startChromium } from '../services/chromium.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { createIndexServer, send } from '../upstream/index-server.ts';
import { post } from './client.ts';

t.setTimeout(120_000);

/** A server without an engine: what is asked here must not even get as far as a build. */
async function startServer(t: Test): Promise<{ url: string; opened(): Promise<string[]> }> {
  const dataFolder = t.testdir();
  const server = await startWheelmill(
    'serve',
    { WHEELMILL_DATA_DIR: dataFolder, DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
    { waitForTarget: false },
  );
  t.teardown(() => server.stop());
  return {
    url: server.url,
    opened: async () =>
      (await readdir(join(dataFolder, 'bucket'), { recursive: true })).filter((name) =>
        /^(open|prebuilds|lists)\//.test(name),
      ),
  };
}

t.test('a page of another origin', async (t) => {
  const { url, opened } = await startServer(t);
  const elsewhere = await createIndexServer(t);
  const form = `<form action="${url}/api/v1/prebuilds" method="post" enctype="ENCTYPE">
<textarea name="requirements">six==1.17.0</textarea><button>Win a prize</button></form>`;
  elsewhere.routes.set('/', send('<p>A page', 'text/html'));
  for (const enctype of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded'])
    elsewhere.routes.set(`/${enctype}`, send(form.replace('ENCTYPE', enctype), 'text/html'));

  const browser = await startChromium(t);
  const page = await browser.newPage();
  // A name and an address of the same machine are still two origins, and another port is one too.
  for (const origin of [elsewhere.origin, elsewhere.origin.replace('127.0.0.1', 'localhost')]) {
    await page.goto(`${origin}/`);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().startsWith(url)),
      page.evaluate(
        (to) => fetch(to, { method: 'POST', mode: 'no-cors', body: 'six==1.17.0\n' }).then((seen) => seen.type),
        `${url}/api/v1/prebuilds`,
      ),
    ]);
    t.equal(answer.request().method(), 'POST');
    t.equal(answer.status(), 403, `fetch from ${origin}`);
    const read = page.evaluate((from) => fetch(from).then((seen) => seen.text()), `${url}/api/v1/prebuilds`);
    await t.rejects(read, /Failed to fetch/, 'it cannot read answers either');

    for (const enctype of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
      await page.goto(`${origin}/${enctype}`);
      const [sent] = await Promise.all([
        page.waitForResponse((response) => response.url().startsWith(url)),
        page.click('button'),
      ]);
      t.equal(sent.status(), 403, `a form of ${enctype} from ${origin}`);
      t.match(await page.textContent('body'), /foreign-origin/);
    }
  }
  t.same(await opened(), [], 'nothing was opened in the bucket');
  t.equal((await post(url, 'six==1.17.0\n')).status, 202, 'the command line is let in');
  t.not((await opened()).length, 0);
});

t.test('a name that was bound to this machine', async (t) => {
  const { url, opened } = await startServer(t);
  const browser = await startChromium(t, '--host-resolver-rules=MAP evil.test 127.0.0.1');
  const page = await browser.newPage();
  const evil = `http://evil.test:${new URL(url).port}`;
  for (const path of ['/api/v1/prebuilds', '/stored/simple/', '/nowhere', '/live']) {
    const answer = await page.goto(evil + path);
    t.equal(answer?.status(), 421, path);
    t.match(await page.textContent('body'), /unknown-host/);
  }
  // The page of the 421 has the attacker's origin: what it sends is same-origin to the browser.
  const status = await page.evaluate(() =>
    fetch('/api/v1/prebuilds', { method: 'POST', body: 'six==1.17.0\n' }).then((seen) => seen.status),
  );
  t.equal(status, 421, 'a posting of its own origin');
  t.same(await opened(), []);
});
