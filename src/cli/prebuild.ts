import type { PrebuildView } from '../api/prebuilds/view.ts';
import { formatLineRef } from '../core/records/line-ref.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { dryRun } from './dry-run.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';
import { report } from './report.ts';
import { collectUpload, type UploadFile } from './upload.ts';

type Options = Connection & {
  requirement: string[];
  constraint: string[];
  target: string[];
  deps: boolean;
  proof: boolean;
  extra: string[];
  group: string[];
  withoutGroup: string[];
  refresh?: boolean;
  rebuild?: boolean;
  retry?: boolean;
  priority?: string;
  client?: string;
  dryRun?: boolean;
  against?: string;
  wait: boolean;
  json?: boolean;
};

/**
 * Sends a list, shows how its wheels come along, and ends with the Dockerfile lines or each failure with its log; for
 * several targets with those of each, and the worst exit code of all.
 */
export async function prebuild(options: Options): Promise<number> {
  const { requirement: requirements, constraint: constraints } = options;
  const files = await collectUpload({ requirements, constraints });
  const client = new Client(options);
  const query = {
    ...(options.target.length > 0 && { target: options.target.join(',') }),
    ...(!options.deps && { deps: 'false' }),
    ...(!options.proof && { proof: 'false' }),
    ...(options.extra.length > 0 && { extra: options.extra.join(',') }),
    ...(options.group.length > 0 && { group: options.group.join(',') }),
    ...(options.withoutGroup.length > 0 && { 'without-group': options.withoutGroup.join(',') }),
    ...(options.refresh && { refresh: 'true' }),
    ...(options.rebuild && { rebuild: 'true' }),
    ...(options.retry && { retry: 'true' }),
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(options.client !== undefined && { client: options.client }),
    ...(options.against !== undefined && { against: options.against }),
  };
  const several = areSeveral(options.target);
  const progress = new Progress(process.stderr, { several });
  const given = new Set([...requirements, ...constraints]);
  const along = files.filter((one) => !given.has(one.path)).map((one) => one.path);
  if (along.length > 0) progress.line(`sent with it, as its lines name them: ${along.join(', ')}`);
  if (options.dryRun) return dryRun(client, files, query, { json: options.json, several });
  const posted = await client.post(files, query);
  const inJson = (views: PrebuildView[]) => JSON.stringify(several ? { prebuilds: views } : views[0]);
  const warnings = posted.flatMap((view) => view.warnings.map((one) => `${formatLineRef(one)}: ${one.message}`));
  for (const text of new Set(warnings)) progress.line(`warning: ${text}`);
  if (!options.wait) {
    for (const { target, waiting } of posted) if (waiting) progress.line(`${target} is waiting: ${waiting.message}`);
    process.stdout.write(`${options.json ? inJson(posted) : posted.map((one) => one.url).join('\n')}\n`);
    return EXIT.done;
  }
  const stopHinting = hintOnInterrupt(posted, options.server);
  const ended = await Promise.all(
    posted.map(async (one) => {
      let last = one;
      for await (const view of client.watch(one)) {
        progress.show(view);
        last = view;
      }
      return last;
    }),
  );
  stopHinting();
  progress.end();
  const words = async (view: PrebuildView) =>
    `${several ? `${view.target}: ` : ''}${await inWords(client, view, files, options)}`;
  process.stdout.write(`${options.json ? inJson(ended) : (await Promise.all(ended.map(words))).join('\n\n')}\n`);
  return ended.every((view) => view.state === 'ready') ? EXIT.done : EXIT.failed;
}

/** As the server has it (docs/http.md): more than one name, or `all`, however many targets that is. */
function areSeveral(targets: readonly string[]): boolean {
  const names = targets.flatMap((one) => one.split(',')).filter((one) => one.trim() !== '');
  return names.length > 1 || names.some((one) => one.trim() === 'all');
}

/** Ctrl-C ends this command, not the work: says so, and how to end that. */
function hintOnInterrupt(posted: readonly PrebuildView[], server: string): () => void {
  const onInterrupt = () => {
    const how = posted.map(({ id }) => `wheelmill cancel ${id} --server ${server}`).join('\n');
    process.stderr.write(`\nThe server goes on with this. To cancel it:\n${how}\n`);
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', onInterrupt);
  return () => void process.off('SIGINT', onInterrupt);
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
  const only = files.length === 1 && chosen === 0 && options.proof ? files[0] : undefined;
  // As the server calls itself: with WHEELMILL_PUBLIC_URL, containers reach it by another name than this command.
  const server = view.url.slice(0, view.url.lastIndexOf('/api/v1/'));
  const { runtimeImage, localPython } = await client.installer(view.target);
  // A record of a server before it kept that says nothing of it.
  return report(
    { ...view, deps },
    {
      server,
      withToken: client.hasToken,
      runtimeImage,
      localPython,
      list: only?.path,
      ...(target.length > 0 && { target: view.target }),
    },
  );
}
