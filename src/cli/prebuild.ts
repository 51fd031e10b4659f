import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { PrebuildView } from '../api/prebuilds/view.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import { dockerfileLines } from './dockerfile.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';

type Options = {
  requirement: string;
  server: string;
  target?: string;
  deps: boolean;
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
    ...(options.refresh && { refresh: 'true' }),
  };
  const posted = await client.post(list, query);
  const progress = new Progress(process.stderr);
  for (const one of posted.warnings) progress.line(`warning: line ${one.line}: ${one.message}`);
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
  process.stdout.write(options.json ? `${JSON.stringify(last)}\n` : `${report(last, options)}\n`);
  return last.state === 'ready' ? EXIT.done : EXIT.failed;
}

async function readList(path: string): Promise<Buffer> {
  if (path === '-') return buffer(process.stdin);
  return readFile(path).catch((cause) => {
    throw new WheelmillError('bad-list', `The list ${path} cannot be read: ${cause.message}`, { cause });
  });
}

function report(view: PrebuildView, options: Options): string {
  const { stored, total, build, mirror, hit } = view.counts;
  const summary = `${view.state}: ${stored} of ${total} wheels (${build} built, ${mirror} mirrored, ${hit} already there), prebuild ${view.id}`;
  if (view.state === 'ready') {
    const lines = options.deps
      ? `\n\nIn your Dockerfile, beside ${options.requirement}:\n\n${dockerfileLines(options.server, 'python:slim')}`
      : `\n${view.requirements}`;
    return summary + lines;
  }
  const failed = view.items.filter((one) => one.state === 'failed');
  const lines = failed.flatMap((one) => [
    `\n${one.project}${one.version ? ` ${one.version}` : ''}: ${one.reason}: ${one.message ?? ''}`,
    ...(one.hint ? [`  ${one.hint}`] : []),
    ...(one.logTail
      ? one.logTail
          .split('\n')
          .slice(-15)
          .map((line) => `  | ${line}`)
      : []),
    ...(one.log ? [`  log: ${one.log}`] : []),
  ]);
  const whole = view.failure
    ? [`\n${view.failure.reason}: ${view.failure.message}`, ...(view.failure.logTail ? [view.failure.logTail] : [])]
    : [];
  return [summary, ...whole, ...lines].join('\n');
}
