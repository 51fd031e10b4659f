import type { PrebuildView } from '../api/prebuilds/view.ts';
import { formatLineRef } from '../core/records/line-ref.ts';
import { Client } from './client.ts';
import { dryRun } from './dry-run.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';
import { report } from './report.ts';
import { collectUpload, type UploadFile } from './upload.ts';

type Options = {
  requirement: string[];
  constraint: string[];
  server: string;
  target?: string;
  deps: boolean;
  extra: string[];
  group: string[];
  withoutGroup: string[];
  refresh?: boolean;
  dryRun?: boolean;
  against?: string;
  wait: boolean;
  json?: boolean;
};

/** Sends a list, shows how its wheels come along, and ends with the Dockerfile lines or each failure with its log. */
export async function prebuild(options: Options): Promise<number> {
  const { requirement: requirements, constraint: constraints } = options;
  const files = await collectUpload({ requirements, constraints });
  const client = new Client(options.server);
  const query = {
    ...(options.target !== undefined && { target: options.target }),
    ...(!options.deps && { deps: 'false' }),
    ...(options.extra.length > 0 && { extra: options.extra.join(',') }),
    ...(options.group.length > 0 && { group: options.group.join(',') }),
    ...(options.withoutGroup.length > 0 && { 'without-group': options.withoutGroup.join(',') }),
    ...(options.refresh && { refresh: 'true' }),
    ...(options.against !== undefined && { against: options.against }),
  };
  const progress = new Progress(process.stderr);
  const given = new Set([...requirements, ...constraints]);
  const along = files.filter((one) => !given.has(one.path)).map((one) => one.path);
  if (along.length > 0) progress.line(`sent with it, as its lines name them: ${along.join(', ')}`);
  if (options.dryRun) return dryRun(client, files, query, options);
  const posted = await client.post(files, query);
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
  process.stdout.write(options.json ? `${JSON.stringify(last)}\n` : `${await inWords(client, last, files, options)}\n`);
  return last.state === 'ready' ? EXIT.done : EXIT.failed;
}

async function inWords(
  client: Client,
  view: PrebuildView,
  files: readonly UploadFile[],
  options: Options,
): Promise<string> {
  const { target, deps } = options;
  // Only lists that were sent as one file with no option but the target are found by their hash.
  const chosen = options.extra.length + options.group.length + options.withoutGroup.length;
  const only = files.length === 1 && chosen === 0 ? files[0] : undefined;
  // As the server calls itself: with WHEELMILL_PUBLIC_URL, containers reach it by another name than this command.
  const server = view.url.slice(0, view.url.lastIndexOf('/api/v1/'));
  const { runtimeImage, localPython } = await client.installer(view.target);
  return report(view, {
    server,
    runtimeImage,
    localPython,
    list: only?.path,
    deps,
    ...(target !== undefined && { target: view.target }),
  });
}
