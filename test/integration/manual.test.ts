import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ShellBlock, shellBlocks } from '../services/manual.ts';
import { FROM_SOURCE, startWheelmill, type Wheelmill } from '../services/wheelmill.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';
import { everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(280_000);

/** The address in the pages, in whose place the server's own comes. */
const IN_PAGES = /http:\/\/127\.0\.0\.1:8417/g;

/** In the order in which a reader comes to them: the first makes the list. */
const PAGES = ['start', 'http', 'operations', 'air-gapped', 'backup'].map((name) => `docs/${name}.md`);

const folder = t.testdir({ bin: {}, work: {} });
const command = join(folder, 'bin/wheelmill');
writeFileSync(command, `#!/bin/sh\nexec env -u NODE_OPTIONS '${process.execPath}' ${FROM_SOURCE.join(' ')} "$@"\n`);
chmodSync(command, 0o755);

/** Runs a block as a person would who follows the page, in one folder for all; gives what was said. */
function run({ text }: ShellBlock, data: string, url?: string): Promise<{ code: number | null; output: string }> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHEELMILL_'));
  const env = {
    ...Object.fromEntries(inherited),
    ...(url && { WHEELMILL_SERVER: url }),
    WHEELMILL_DATA_DIR: data,
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  };
  return new Promise((resolve) => {
    const shell = execFile(
      'bash',
      ['-eu', '-c', url ? text.replace(IN_PAGES, url) : text],
      { cwd: join(folder, 'work'), env },
      (_error, stdout, stderr) => resolve({ code: shell.exitCode, output: stdout + stderr }),
    );
  });
}

t.test('what the pages tell people to type', async (t) => {
  const index = await startLocalIndex(t);
  const start = async (data: string): Promise<Wheelmill> => {
    mkdirSync(data, { recursive: true });
    const server = await startWheelmill('serve', localSettings(index, data));
    t.teardown(() => server.stop());
    return server;
  };
  const [here, elsewhere] = [join(folder, 'data'), join(folder, 'other')];
  const server = await start(here);
  const blocks = [...PAGES, 'README.md'].flatMap(shellBlocks);
  for (const block of blocks.filter((one) => one.run === 'here')) {
    const { code, output } = await run(block, here, server.url);
    t.equal(code, 0, `${block.page}: ${block.text}\n${output}`);
  }
  const built = await everyListedFileIsWhole(t, server.url);
  t.ok(built.some((name) => name.startsWith('netifaces-0.11.0-1_')));
  await server.stop();

  const [restore, ...after] = blocks.filter((one) => one.run === 'elsewhere');
  t.equal((await run(restore!, elsewhere)).code, 0, restore!.text);
  const restored = await start(elsewhere);
  for (const block of after) {
    const { code, output } = await run(block, elsewhere, restored.url);
    t.equal(code, 0, `${block.page}: ${block.text}\n${output}`);
    t.match(output, /all is well/);
  }
  t.ok(after.length > 0);
  t.same(await everyListedFileIsWhole(t, restored.url), built, 'all wheels are back');
});
