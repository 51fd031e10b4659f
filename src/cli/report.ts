import type { PrebuildView } from '../api/prebuilds/view.ts';
import {
  buildCommand,
  dockerfileLines,
  type Lines,
  linesOfPrebuild,
  listName,
  netrcLine,
} from '../core/dockerfile-lines.ts';
import { aptCommand } from '../core/needs.ts';
import { formatLineRef } from '../core/records/line-ref.ts';
import { dashboardPage } from './dashboard-page.ts';
import { localInstallLines } from './local-install.ts';
import { proofLines } from './proof-lines.ts';

/** Log lines that are shown of each failure. */
const SHOWN_LOG_LINES = 15;

/**
 * `list` is there where it is the whole posting: then its hash finds the prebuild. `localPython` is the interpreter of a
 * target that is the server's own machine, and no image.
 */
type InstallLines = Omit<Lines, 'list'> & {
  list: string | undefined;
  localPython?: string | undefined;
};

/** How a prebuild ended, in words: what to do with it, or each failure with its hint and log. */
export function report(view: PrebuildView, lines: InstallLines): string {
  const { stored, total, hit } = view.counts;
  const made = (kind: 'build' | 'mirror') =>
    view.items.filter((one) => one.kind === kind && one.state === 'stored').length;
  const counted = `${stored} of ${total} wheels (${made('build')} built, ${made('mirror')} mirrored, ${hit} already there)`;
  const summary = `${view.state}: ${total === 0 && view.failure ? 'it could not be planned' : counted}, prebuild ${view.id}`;
  if (view.state === 'ready' && lines.localPython !== undefined)
    return [summary, ...proofLines(view), `\n${localInstallLines(view, lines.localPython)}`].join('\n');
  if (view.state === 'ready') {
    const dockerfile = `\n${orphans(view)}${installLines(view, { ...lines, apt: view.apt })}`;
    return [summary, ...proofLines(view), ...packagesLines(view), dockerfile].join('\n');
  }
  const failed = view.items.filter((one) => one.state === 'failed').flatMap(failure);
  const known = view.items.some((one) => one.failedAt)
    ? [`\nTo try again all the same: wheelmill retry ${view.id}`]
    : [];
  const whole = view.failure
    ? [`\n${view.failure.reason}: ${view.failure.message}`, ...logLines(view.failure.logTail)]
    : [];
  return [summary, ...proofLines(view), ...packagesLines(view), ...whole, ...failed, ...known].join('\n');
}

/** What was built with Debian packages: with those of its recipe, or with some that no recipe names, and how they come into one. */
function packagesLines({ items }: PrebuildView): string[] {
  return items.flatMap(({ project, version, packages, healed, build }) => [
    ...(packages
      ? [`${project} ${version} was built with Debian packages, as its recipe says: ${packages.join(', ')}`]
      : []),
    ...(healed
      ? [
          `${project} ${version} failed without Debian packages, and was built with those that were found for it: ${healed.join(', ')}`,
          `  Nobody has accepted that yet, so its wheel is for this list only. For everyone: wheelmill recipe accept ${build}`,
        ]
      : []),
  ]);
}

function installLines({ requirements, wheels, deps }: PrebuildView, { list, ...lines }: InstallLines): string {
  const { server, withToken } = lines;
  const netrc = withToken ? `\n~/.netrc needs this line, with a token that may read: ${netrcLine(server)}` : '';
  const command = `${buildCommand(server, withToken)}${netrc}`;
  if (!deps)
    return `The list with the hashes of these wheels: ${requirements}\nThe wheels, for --find-links: ${wheels}${aptSentence(lines.apt)}`;
  if (list !== undefined)
    return `Put these lines into the Dockerfile beside ${listName(list)}, and build it with: ${command}\n\n${dockerfileLines({ ...lines, list })}`;
  const urls = { requirements: String(requirements), wheels: String(wheels), deps };
  return `Put these lines into the Dockerfile, and build it with: ${command}\nThey name this prebuild: when a list changes, take the new ones.\n\n${linesOfPrebuild(lines, urls)}`;
}

function aptSentence(packages: Lines['apt'] = []): string {
  return packages.length === 0 ? '' : `\nThe image they go to needs: ${aptCommand(packages)}`;
}

/** Libraries that no package line gives: somebody has to know where they come from. */
function orphans({ items }: PrebuildView): string {
  const each = items.flatMap(({ project, needs = [] }) =>
    needs.filter((one) => one.package === undefined).map(({ soname }) => `${project} asks for ${soname}`),
  );
  if (each.length === 0) return '';
  return `Neither the runtime image nor a package of the build image has what these ask for:\n${each.map((one) => `  ${one}\n`).join('')}\n`;
}

function failure(item: PrebuildView['items'][number]): string[] {
  const { project, version, lines, reason, message, hint, logTail, log, failedAt } = item;
  return [
    `\n${project}${version ? ` ${version}` : ''}: ${reason}: ${message ?? ''}`,
    ...(failedAt ? [`  as it did at ${failedAt}: nothing that it depends on has changed since`] : []),
    ...(lines.length > 0 ? [`  asked for by ${lines.map(formatLineRef).join(', ')}`] : []),
    ...(hint ? [`  ${hint}`] : []),
    ...logLines(logTail),
    ...(log ? [`  log: ${dashboardPage(log)}`] : []),
  ];
}

function logLines(tail: string | undefined): string[] {
  if (!tail) return [];
  const lines = tail.trimEnd().split('\n').slice(-SHOWN_LOG_LINES);
  return lines.map((line) => `  | ${line}`);
}
