import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';

/** What a page does that nobody may: ask another server, write an error, throw. */
export type Misdeeds = { foreign: string[]; errors: string[] };

/** Notes every request beyond `origin`, and every error of the console. To be called before the first page is opened. */
export function watchPage(page: Page, origin: string): Misdeeds {
  const seen: Misdeeds = { foreign: [], errors: [] };
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) seen.foreign.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => seen.errors.push(`${page.url()}: ${error.message}`));
  return seen;
}

type AxeWindow = {
  axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
};

/** Has axe look at a page; whatever it takes for serious or worse is a failure. It comes by the debugger, past the page's policy. */
export async function checkAccessible(t: Test, page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as AxeWindow).axe.run());
  const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  t.same(
    serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`),
    [],
    `axe finds nothing serious: ${what}`,
  );
}
