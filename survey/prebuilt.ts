import type { PrebuildView } from '../src/api/prebuilds/view.ts';
import { type Project, pinOf } from './list.ts';
import type { SurveyServer } from './server.ts';

/** A list of these projects, each built from its sdist whatever wheels upstream has, with their dependencies; waits for its end. */
export async function prebuilt(
  { client }: SurveyServer,
  projects: readonly Project[],
  query: Record<string, string> = {},
): Promise<PrebuildView> {
  const lines = projects.flatMap((project) => [`--no-binary ${project.name}`, pinOf(project)]);
  return ended({ client }, Buffer.from(`${lines.join('\n')}\n`), query);
}

/** Posts a list and waits for its end. */
export async function ended(
  { client }: Pick<SurveyServer, 'client'>,
  bytes: Uint8Array,
  query: Record<string, string> = {},
): Promise<PrebuildView> {
  const [posted] = await client.post([{ role: 'requirements', name: 'requirements.txt', bytes }], query);
  if (!posted) throw new Error(`no prebuild was made of ${Buffer.from(bytes)}`);
  let last = posted;
  for await (const view of client.watch(posted)) last = view;
  return last;
}
