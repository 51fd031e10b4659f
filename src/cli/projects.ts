import type { ProjectView } from '../api/projects/view.ts';
import { normalizeName } from '../core/names.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';

/** Prints the projects of which wheels are stored, or the wheels of one. */
export async function projects(
  name: string | undefined,
  { server, token, json }: Connection & { json?: boolean },
): Promise<number> {
  const client = new Client({ server, token });
  if (name !== undefined) {
    const project = await client.project(normalizeName(name));
    process.stdout.write(json ? `${JSON.stringify(project)}\n` : projectReport(project));
    return EXIT.done;
  }
  for await (const one of client.projects()) {
    const wheels = one.wheels === 1 ? '1 wheel' : `${one.wheels} wheels`;
    process.stdout.write(json ? `${JSON.stringify(one)}\n` : `${one.name}  ${one.newest ?? ''}  ${wheels}\n`);
  }
  return EXIT.done;
}

/** A line for each wheel, and for each that was deleted; last how often they were downloaded. */
export function projectReport({
  wheels,
  deleted,
  downloads,
}: Pick<ProjectView, 'wheels' | 'deleted' | 'downloads'>): string {
  const lines = [
    ...wheels.map(({ filename, origin, visibility, yanked, build, downloads: sent, lastDownload }) => {
      const about = [
        build ? `${origin} for ${build.target}` : origin,
        ...(visibility === 'prebuild' ? ['only in its prebuilds'] : []),
        ...(yanked === undefined ? [] : [yanked === true ? 'yanked' : `yanked: ${yanked}`]),
        lastDownload === undefined ? 'never downloaded' : `${times(sent)}, last on ${lastDownload}`,
      ];
      return `${filename}  ${about.join(', ')}`;
    }),
    ...deleted.map(({ filename, deletedAt, reason }) => {
      const why = reason === undefined ? '' : `: ${reason}`;
      return `${filename}  deleted ${deletedAt.slice(0, 10)}${why}`;
    }),
    `${times(downloads.total)} in all, ${downloads.last30Days} in the last 30 days`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const times = (downloads: number): string => `${downloads} ${downloads === 1 ? 'download' : 'downloads'}`;
