import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import type { Test } from 'tap';
import { missing } from './state.ts';

const EXECUTABLE = '/usr/bin/chromium';

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Starts the system's Chromium; it ends with the test. */
export async function startChromium(t: Test, ...flags: string[]): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) throw missing('Chromium is not installed');
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS, ...flags] });
  t.teardown(() => browser.close());
  return browser;
}
