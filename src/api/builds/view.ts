import Type, { type Static } from 'typebox';
import { BuildRecordSchema, BuildStateSchema } from '../../core/records/build.ts';
import { FAILURES, hintOf } from '../../errors.ts';
import { readBuildProgress, readBuildRecord, readOpenBuild } from '../../storage/build-records.ts';
import type { Api } from '../context.ts';
import { unknownBuild } from './build-key.ts';
import { VerificationViewSchema, verificationView } from './verification.ts';

const Text = Type.String();

/** A build as the API shows it. URLs are absolute. */
export const BuildViewSchema = Type.Object({
  ...Type.Partial(BuildRecordSchema).properties,
  key: Text,
  project: Text,
  version: Text,
  target: Text,
  state: BuildStateSchema,
  url: Text,
  log: Text,
  hint: Type.Optional(Text),
  retry: Type.Optional(Type.Boolean()),
  verification: Type.Optional(VerificationViewSchema),
});
export type BuildView = Static<typeof BuildViewSchema>;

/**
 * How a build stands or ended.
 *
 * @param base the URL under which the client reaches this server
 * @throws WheelmillError `not-found`
 */
export async function buildView(api: Api, key: string, base: string): Promise<BuildView> {
  const url = `${base}/api/v1/builds/${key}`;
  // Asked for first: a build that ends has its record before it is no longer open.
  const open = await readOpenBuild(api.store, key);
  const [record, progress, verification] = await Promise.all([
    readBuildRecord(api.store, key),
    readBuildProgress(api.store, key),
    verificationView(api, key),
  ]);
  const common = { url, log: `${url}/log`, ...(verification && { verification }) };
  if (record && !(open && open.run > record.run)) {
    const { reason, hint } = record;
    const advice = reason && { hint: hintOf({ reason, hint }), retry: FAILURES[reason].retry };
    return { ...record, ...common, ...advice };
  }
  if (!open) throw unknownBuild(key);
  const { project, version, target, image, sdist, recipe, run, requestedAt } = open;
  const now = progress?.run === run ? progress : undefined;
  return {
    ...{ key, project, version, target, image, sdist, recipe, run, requestedAt },
    ...common,
    state: now?.state ?? 'queued',
    ...(now && { attempts: now.attempt }),
  };
}
