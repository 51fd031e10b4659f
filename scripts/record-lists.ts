/*
 * Locks the project in test/core/lists/fixtures/project with the real tools and keeps what they wrote as fixtures, with
 * every host made `upstream.test`. Run it when a tool writes something new:
 *
 *   npx tsx scripts/record-lists.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockEverywhere } from '../test/services/locking-tools.ts';

const folder = new URL('../test/core/lists/fixtures/locked', import.meta.url).pathname;
await mkdir(folder, { recursive: true });
for (const [name, text] of await lockEverywhere()) {
  await writeFile(join(folder, name), text.replace(/https?:\/\/[^/\s"']+/g, 'https://upstream.test'));
  process.stdout.write(`${name}\n`);
}
