import Type, { type Static } from 'typebox';
import { type BuildRecord, BuildRecordSchema, BuildStateSchema } from '../../core/records/build.ts';
import { WheelProofSchema } from '../../core/records/wheel-proof.ts';
import { FAILURES, hintOf } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readBuildProgress, readBuildRecord, readOpenBuild } from '../../storage/build-records.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';
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
  /** Whether its wheel is known to load in the runtime image. */
  proof: Type.Optional(WheelProofSchema),
  /** Where its wheel is, also one that is on no page. */
  download: Type.Optional(Text),
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
    return { ...record, ...common, ...(await wheelOf(api, record, base)), ...advice };
  }
  if (!open) throw unknownBuild(key);
  const { project, version, target, image, sdist, recipe, run, requestedAt } = open;
  const now = progress?.run === run ? progress : undefined;
  return {
    ...{ key, project, version, target, image, sdist, recipe, run, requestedAt },
    ...common,
    state: now?.state ?? 'queued',
    ...(now && { attempts: now.attempt }),
    ...(now?.startedAt !== undefined && { startedAt: now.startedAt }),
  };
}

async function wheelOf({ store }: Api, { project, wheel }: BuildRecord, base: string) {
  if (!wheel) return {};
  const { filename, sha256 } = wheel;
  const stored = await readWheelRecord(store, project, filename);
  if (stored?.sha256 !== sha256) return {};
  const { proof } = stored;
  return { ...(proof && { proof }), download: `${base}/${paths.wheelFile(project, sha256, filename)}` };
}
