import { mkdirSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import t from 'tap';
import { checkAccessible, watchPage } from '../services/browsing.ts';
import { startChromium } from '../services/chromium.ts';
import { json, post, prebuild, settled } from './client.ts';
import { startMill } from './dashboard-mill.ts';
import { gatedSdist } from './gated-sdist.ts';

t.setTimeout(280_000);

const SIZES: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
};

/** For a machine that has much else to do, in milliseconds. */
const PATIENCE = 120_000;

/** Pages that have every colour between them: enough to look at in the dark. */
const COLOURFUL = /dashboard$|find=|prebuilds\//;

/** Where screenshots go, for people to look at. */
const SHOTS = process.env.DASHBOARD_SHOTS;
if (SHOTS) mkdirSync(SHOTS, { recursive: true });

/** Says something again and again beside the build. */
const CHATTERS = `
import threading
def chatter():
    for at in range(1, 10000):
        print('held line', at, flush=True)
        time.sleep(0.2)
threading.Thread(target=chatter, daemon=True).start()`;

t.test('the dashboard', async (t) => {
  const mill = await startMill(t);
  const { url, index } = mill;
  const browser = await startChromium(t);
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE);
    return context.newPage();
  };
  const builds = (await json<{ items: { key: string; project: string; state: string }[] }>(`${url}/api/v1/builds`))
    .items;
  const keyOf = (project: string) => builds.find((one) => one.project === project)!.key;
  const pages = [
    ...['/dashboard', '/dashboard/prebuilds', '/dashboard/builds', '/dashboard/projects', '/dashboard/targets'],
    ...['/dashboard/failures', '/dashboard/projects/alpha', `/dashboard/builds/${keyOf('broken')}`],
    ...[`/dashboard/builds/${keyOf('alpha')}`, `/dashboard/prebuilds/${mill.ready}`],
    ...[`/dashboard/prebuilds/${mill.partial}`, `/dashboard/builds/${keyOf('broken')}?find=part`],
    ...['/dashboard/projects/pyyaml/recipe', '/dashboard/nowhere'],
  ];

  await t.test('every page, at every size, is sound', async (t) => {
    for (const [size, options] of Object.entries(SIZES)) {
      const page = await open(options);
      const seen = watchPage(page, url);
      for (const path of size === 'dark' ? pages.filter((one) => COLOURFUL.test(one)) : pages) {
        const answer = await page.goto(url + path);
        t.equal(answer?.status(), path.endsWith('nowhere') ? 404 : 200, path);
        // The phone has the same page in another arrangement: its colours and names were looked at.
        if (size !== 'phone') await checkAccessible(t, page, `${path} (${size})`);
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        t.ok(Number(wide) <= 0, `${path} fits (${size})`);
        if (SHOTS) {
          const name = path.replace('/dashboard', 'overview').replace(/\W+/g, '-').slice(0, 40);
          await page.screenshot({ path: `${SHOTS}/${name}-${size}.png`, fullPage: true });
        }
      }
      const errors = seen.errors.filter((one) => !one.includes('/dashboard/nowhere'));
      t.same({ ...seen, errors }, { foreign: [], errors: [] }, `nothing from elsewhere, and no error (${size})`);
      await page.context().close();
    }
  });

  await t.test('the policy is strict, and what a stranger wrote is text', async (t) => {
    const answer = await fetch(`${url}/dashboard/builds/${keyOf('broken')}`);
    t.match(answer.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self'; style-src 'self';/);
    t.notMatch(answer.headers.get('content-security-policy'), /unsafe/);
    const text = await answer.text();
    t.match(text, '&lt;script&gt;alert(&quot;of a stranger&quot;)&lt;/script&gt;');
    t.notMatch(text, '<script>alert');
    t.notMatch(text, / style="|<style|onclick/, 'nothing inline');
  });

  await t.test('from the overview to the reason of a failure in two clicks', async (t) => {
    const page = await open();
    await page.goto(`${url}/dashboard`);
    await page.click('.needs a:has-text("broken")');
    await page.waitForURL(`**/builds/${keyOf('broken')}`);
    t.match(await page.textContent('.problem'), /missing-header.*nowhere\/nothing\.h.*Name the Debian package/s);
    t.match(await page.textContent('.problem pre'), /fatal error: nowhere\/nothing\.h/, 'with the lines around it');
    await page.click('text=Jump to the first error');
    const line = page.locator('.line.error').first();
    t.match(await line.textContent(), /fatal error: nowhere\/nothing\.h/);
    const isSeen = await line.evaluate((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return top >= 0 && bottom <= (globalThis as unknown as { innerHeight: number }).innerHeight;
    });
    t.ok(isSeen, 'and it is in sight');
    await page.close();
  });

  await t.test('a log is searched', async (t) => {
    const page = await open();
    await page.goto(`${url}/dashboard/builds/${keyOf('broken')}`);
    await page.fill('input[name="find"]', 'Cleaning');
    await page.keyboard.press('Enter');
    t.equal(await page.textContent('.log output'), '1 of 20 lines');
    await page.click('text=Next');
    t.match(await page.textContent('.line.here'), 'cleaning part 1');
    await page.click('text=Previous');
    t.match(await page.textContent('.line.here'), 'cleaning part 0');
    await page.fill('input[name="find"]', 'nowhere to be found');
    await page.keyboard.press('Enter');
    t.equal(await page.textContent('.log output'), 'Nothing found');
    await page.close();
  });

  await t.test('lines to take along are copied', async (t) => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    const context = page.context();
    await page.goto(`${url}/dashboard/prebuilds/${mill.ready}`);
    for (const block of ['dockerfile', 'ci']) {
      await page.click(`button[data-copy="${block}"]`);
      await page.waitForSelector(`button[data-copy="${block}"]:has-text("Copied")`);
      const copied = await page.evaluate('navigator.clipboard.readText()');
      t.equal(copied, await page.textContent(`#${block}`), block);
    }
    t.match(await page.textContent('#dockerfile'), /^FROM .*slim\nARG WHEELMILL=.*\/lists\/\$\(sha256sum/s);
    t.match(await page.textContent('#locked'), /alpha==1\.0 .*--hash=sha256:/s, 'the locked list is there');
    await context.close();
  });

  await t.test('what goes on is seen while a page is open', async (t) => {
    const gate = await gatedSdist(index, 'held', CHATTERS);
    const overview = await open();
    const seen = [watchPage(overview, url)];
    await overview.goto(`${url}/dashboard`);
    t.match(await overview.textContent('[data-part="running"]'), 'No build is running.');
    const { body } = await post(url, 'held==1.0\nalpha==1.0\n', 'proof=false');
    const list = await open();
    seen.push(watchPage(list, url));
    await list.goto(`${url}/dashboard/prebuilds/${body.id}`);
    await list.waitForSelector('tr:has-text("held") svg.bar.building');
    t.ok(await list.isVisible('text=Under way for'), 'the bar moved by itself');

    await overview.waitForSelector('[data-part="running"] a:has-text("held")');
    const time = '[data-part="running"] time';
    await overview.waitForSelector(`${time}:not(:text-is("${await overview.textContent(time)}"))`);
    await overview.click('[data-part="running"] a:has-text("held")');
    await overview.waitForSelector('.line:has-text("held line 3")');
    const lines = await overview.locator('.line').count();
    await overview.waitForSelector(`.line >> nth=${lines}`);
    t.pass('its log grows');
    gate.open();
    await overview.waitForSelector('h1 .state:has-text("stored")');
    await overview.waitForSelector('.line:has-text("the gate is open")');
    await list.waitForSelector('h1 .state:has-text("ready")');
    await list.waitForSelector('#dockerfile');
    t.pass('and both pages come to the end without being loaded again');
    t.same(seen, [
      { foreign: [], errors: [] },
      { foreign: [], errors: [] },
    ]);
    await overview.close();
    await list.close();
  });

  await t.test('what somebody has open stays theirs while others change the page', async (t) => {
    for (const version of ['1.0', '2.0']) await index.addSdist('delta', version);
    await prebuild(url, 'delta==1.0\n', 'proof=false');
    const page = await open();
    await page.goto(`${url}/dashboard/projects/delta`);
    await page.click('summary:has-text("Delete 1.0")');
    await page.fill('details[open] input[name="reason"]', 'mine');
    await page.focus('h1 a, nav a');
    await prebuild(url, 'delta==2.0\n', 'proof=false');
    await page.waitForSelector('[data-held]');
    t.equal(await page.inputValue('details[open] input[name="reason"]'), 'mine');
    t.match(await page.textContent('details[open] summary'), 'Delete 1.0');
    await page.click('details[open] summary');
    await page.waitForSelector('summary:has-text("Delete 2.0")');
    t.equal(await page.locator('details[open]').count(), 0, 'and what came meanwhile is there when it is closed');
    await page.close();
  });

  await t.test('a page comes back by itself from a server that was away', async (t) => {
    const gate = await gatedSdist(index, 'away', CHATTERS.replace('held line', 'away line'));
    const { body } = await post(url, 'away==1.0\n', 'proof=false');
    const page = await open();
    let isAway = true;
    await page.route(/\/(events|log)\b/, (route) => (isAway ? route.fulfill({ status: 502 }) : route.continue()));
    await page.goto(`${url}/dashboard/prebuilds/${body.id}`);
    await page.waitForSelector('.lost:has-text("does not answer")');
    const builds = async () =>
      (await json<{ items: { key: string; project: string }[] }>(`${url}/api/v1/builds`)).items;
    let key: string | undefined;
    while (!key) key = (await builds()).find(({ project }) => project === 'away')?.key;
    await page.goto(`${url}/dashboard/builds/${key}`);
    await page.waitForSelector('.lost');
    isAway = false;
    await page.waitForSelector('.lost', { state: 'detached' });
    await page.waitForSelector('.line:has-text("away line")');
    gate.open();
    await page.waitForSelector('h1 .state:has-text("stored")');
    t.equal((await settled(url, body.id)).state, 'ready', 'its events and its log');
    await page.close();
  });

  await t.test('a build and a list are tried again, and cancelled', async (t) => {
    const page = await open();
    await page.goto(`${url}/dashboard/builds/${keyOf('broken')}`);
    await page.click('text=Try again');
    t.match(await page.textContent('.note'), 'It is tried again.');
    t.match(await page.textContent('[data-part="head"]'), 'run 2');
    await page.waitForSelector('.problem:has-text("missing-header")');
    t.pass('it failed again, and the open page says so');

    await index.addSdist('endless', '1.0', { build: 'print("begun", flush=True)\ntime.sleep(600)' });
    const { body } = await post(url, 'endless==1.0\n');
    await page.goto(`${url}/dashboard/prebuilds/${body.id}`);
    await page.waitForSelector('svg.bar.building');
    await page.click('summary:has-text("Cancel")');
    await page.click('button:has-text("Cancel")');
    await page.waitForSelector('h1 .state:has-text("cancelled")');
    t.equal((await settled(url, body.id)).state, 'cancelled');
    await page.close();
  });

  await t.test('a wheel is yanked, deleted and taken back, with scripts off', async (t) => {
    const page = await open({ javaScriptEnabled: false });
    const context = page.context();
    const files = async () =>
      (
        await json<{ files: { yanked: unknown }[] }>(
          `${url}/stored/simple/gamma/?format=application/vnd.pypi.simple.v1+json`,
        )
      ).files;
    await page.goto(`${url}/dashboard/projects/gamma`);
    await page.click('summary:has-text("Yank 1.0")');
    await page.fill('input[name="reason"] >> visible=true', 'it <b>bites</b>');
    await page.click('button:has-text("Yank 1.0")');
    t.match(await page.textContent('.note'), 'It is yanked.');
    t.match(await page.textContent('table'), 'it <b>bites</b>', 'its reason is text');
    t.match(await files(), [{ yanked: 'it <b>bites</b>' }]);
    await page.click('button:has-text("Take the yank of 1.0 back")');
    t.notOk((await files())[0]?.yanked);
    await page.click('summary:has-text("Delete 1.0")');
    await page.click('button:has-text("Delete 1.0")');
    t.match(await page.textContent('[data-part="deleted"]'), 'Take back');
    await page.click('button:has-text("Take back")');
    t.equal((await files()).length, 1);

    await page.click('text=Write a recipe');
    await page.fill('[name="1.packages"]', 'libgood-dev BAD');
    await page.fill('[name="1.environment"]', 'A=1\nno value');
    await page.click('button:has-text("Save")');
    t.equal(await page.locator('[role="alert"] li').count(), 2, 'all that is wrong with a recipe is said at once');
    t.equal(await page.inputValue('[name="1.environment"]'), 'A=1\nno value', 'and what was typed is there');
    await page.fill('[name="1.packages"]', 'libgood-dev');
    await page.fill('[name="1.environment"]', 'A=1\nB= 2');
    await page.click('button:has-text("Save")');
    t.match(await page.textContent('.note'), 'It is set');
    const recipe = { packages: ['libgood-dev'], environment: { A: '1', B: ' 2' } };
    t.match(await json(`${url}/api/v1/recipes/gamma`), { source: 'stored', recipes: [recipe] });
    await page.click('summary:has-text("Remove what was set")');
    await page.click('button:has-text("Remove what was set")');
    t.match(await page.textContent('.note'), 'What was set is removed.');
    t.equal((await fetch(`${url}/api/v1/recipes/gamma`)).status, 404);
    await context.close();
  });

  await t.test('with scripts off everything is there, and a page under way is loaded again', async (t) => {
    const page = await open({ javaScriptEnabled: false });
    const context = page.context();
    const text = await (await fetch(`${url}/dashboard`)).text();
    t.match(text, '<noscript><meta http-equiv="refresh" content="5"></noscript>');
    await page.goto(`${url}/dashboard`);
    t.match(await page.textContent('[data-part="workers"]'), /live/);
    await page.click('#hour-table summary');
    t.ok(await page.isVisible('#hour-table table'), 'a chart is a table, too');
    await page.goto(`${url}/dashboard/builds/${keyOf('broken')}`);
    await page.fill('input[name="find"]', 'part 1');
    await page.click('.log form button:has-text("Find")');
    t.ok((await page.locator('.found li').count()) > 10, 'the server searches');
    await page.click('.found a >> nth=3');
    t.match(page.url(), /#L\d+$/);
    await page.goto(`${url}/dashboard/builds`);
    await page.fill('input[name="project"]', 'gamma');
    await page.click('button:has-text("Show")');
    t.equal(await page.locator('tbody tr').count(), 1);
    t.notOk(
      await page
        .locator('button[data-copy]')
        .first()
        .isVisible()
        .catch(() => false),
    );
    await context.close();
  });

  await t.test('by keyboard alone', async (t) => {
    const page = await open();
    await page.goto(`${url}/dashboard`);
    await page.keyboard.press('Tab');
    t.equal(await focused(page), 'Skip to the content');
    const press = async (until: string) => {
      for (let presses = 0; presses < 60; presses++) {
        if ((await focused(page)).includes(until)) return page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
      }
      throw new Error(`${until} cannot be reached`);
    };
    await press('Builds');
    await page.waitForURL('**/dashboard/builds');
    await press('broken 2.0');
    await page.waitForURL(`**/builds/${keyOf('broken')}`);
    await press('line 123 of the log');
    t.match(page.url(), /#L\d+$/);
    await press('Try again');
    await page.waitForSelector('.note');
    await page.close();
  });

  await t.test('what is not there is said on a page, and to programs as before', async (t) => {
    const page = await open();
    const answer = await page.goto(`${url}/dashboard/builds/${'0'.repeat(64)}`);
    t.equal(answer?.status(), 404);
    t.match(await page.textContent('main'), /There is no build/);
    await checkAccessible(t, page, 'an error');
    t.equal((await page.goto(`${url}/dashboard?colour=red`))?.status(), 400, 'unknown fields are refused');
    t.match(await (await fetch(`${url}/dashboard/builds/x`)).json(), { code: 'not-found' });
    t.match(await json(`${url}/api/v1/builds?project=gamma`), {
      items: [{ project: 'gamma', version: '1.0', target: String, endedAt: String }],
    });
    const { items: lists } = await json<{ items: { id: string }[] }>(`${url}/api/v1/prebuilds?state=partial`);
    t.match(
      lists.find((one) => one.id === mill.partial),
      { projects: ['alpha', 'gamma', 'broken'], requirements: 3, counts: { hit: 1, build: 2, failed: 1 } },
      'lists say as much to programs',
    );
    t.match(await json(`${url}/api/v1/failures`), { items: [{ reason: 'missing-header', projects: ['broken'] }] });
    const foreign = { origin: 'http://evil.test', 'content-type': 'application/x-www-form-urlencoded' };
    const yank = { method: 'POST', headers: foreign, body: 'version=1.0' };
    t.equal((await fetch(`${url}/dashboard/projects/alpha/yank`, yank)).status, 403, 'a form of another site');
    await page.close();
  });
});

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    'document.activeElement === document.body ? "" : document.activeElement.textContent.trim()',
  ) as Promise<string>;
