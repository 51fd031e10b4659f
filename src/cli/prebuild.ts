import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { PrebuildView } from '../api/prebuilds/view.ts';
import { formatLineRef } from '../core/records/line-ref.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';
import { report } from './report.ts';

type Options = {
  requirement: string;
  server: string;
  target?: string;
  deps: boolean;
  extra: string[];
  group: string[];
  withoutGroup: string[];
  refresh?: boolean;
  wait: boolean;
  json?: boolean;
};

/** Sends a list, shows how its wheels come along, and ends with the Dockerfile lines or each failure with its log. */
export async function prebuild(options: Options): Promise<number> {
  const list = await readList(options.requirement);
  const client = new Client(options.server);
  const query = {
    ...(options.target !== undefined && { target: options.target }),
    ...(!options.deps && { deps: 'false' }),
    ...(options.extra.length > 0 && { extra: options.extra.join(',') }),
    ...(options.group.length > 0 && { group: options.group.join(',') }),
    ...(options.withoutGroup.length > 0 && { 'without-group': options.withoutGroup.join(',') }),
    ...(options.refresh && { refresh: 'true' }),
  };
  const posted = await client.post(list, query);
  const progress = new Progress(process.stderr);
  for (const one of posted.warnings) progress.line(`warning: ${formatLineRef(one)}: ${one.message}`);
  if (!options.wait) {
    process.stdout.write(options.json ? `${JSON.stringify(posted)}\n` : `${posted.url}\n`);
    return EXIT.done;
  }
  let last = posted;
  for await (const view of client.watch(posted)) {
    progress.show(view);
    last = view;
  }
  progress.end();
  process.stdout.write(options.json ? `${JSON.stringify(last)}\n` : `${await inWords(client, last, options)}\n`);
  return last.state === 'ready' ? EXIT.done : EXIT.failed;
}

async function inWords(client: Client, view: PrebuildView, options: Options): Promise<string> {
  const { requirement: list, target } = options;
  // Only lists that were sent with no option but the target are found by their hash.
  const byHash = options.deps && options.extra.length + options.group.length + options.withoutGroup.length === 0;
  // As the server calls itself: with WHEELMILL_PUBLIC_URL, containers reach it by another name than this command.
  const server = view.url.slice(0, view.url.lastIndexOf('/api/v1/'));
  const { runtimeImage, localPython } = await client.installer(view.target);
  return report(view, {
    server,
    runtimeImage,
    localPython,
    list,
    byHash,
    ...(target !== undefined && { target: view.target }),
  });
}

async function readList(path: string): Promise<Buffer> {
  if (path === '-') return buffer(process.stdin);
  return readFile(path).catch((cause) => {
    throw new WheelmillError('bad-list', `The list ${path} cannot be read: ${cause.message}`, { cause });
  });
}
