import Type, { type Static } from 'typebox';
import { VerificationSchema } from '../../core/records/verification.ts';
import { WaitingSchema, whyWaiting } from '../../core/target-service.ts';
import { FAILURES, WheelmillError } from '../../errors.ts';
import { readBuildRecord, readOpenBuild } from '../../storage/build-records.ts';
import {
  findVerifiable,
  openVerification,
  readOpenVerification,
  readVerificationStatus,
} from '../../storage/verification-records.ts';
import { listWorkers } from '../../storage/worker-records.ts';
import { verifyWork } from '../../workers/queue/works.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { BuildKey, knownBuildKey, unknownBuild } from './build-key.ts';

const { schema, key, ...shown } = VerificationSchema.properties;

/** The latest verification of a build, as the API shows it; what is not known yet is left out. */
export const VerificationViewSchema = Type.Object({
  ...Type.Partial(Type.Object(shown)).properties,
  state: Type.Union([Type.Literal('queued'), ...shown.state.anyOf]),
  requestedAt: shown.requestedAt,
  /** Why a queued one is not begun, where nobody can. */
  waiting: Type.Optional(WaitingSchema),
  hint: Type.Optional(Type.String()),
  retry: Type.Optional(Type.Boolean()),
});
export type VerificationView = Static<typeof VerificationViewSchema>;

/** How the latest verification of a build stands; undefined where nobody has asked for one. */
export async function verificationView(
  api: Pick<Api, 'store'>,
  buildKey: string,
): Promise<VerificationView | undefined> {
  const status = await readVerificationStatus(api.store, buildKey);
  if (!status) return undefined;
  if (status.state === 'queued') {
    const { schema, key, target, ...queued } = status;
    const waiting = whyWaiting(target, await listWorkers(api.store));
    return { ...queued, ...(waiting && { waiting }) };
  }
  const { schema, key, ...view } = status;
  const failure = view.reason && FAILURES[view.reason];
  return { ...view, ...(failure && { hint: failure.hint, retry: failure.retry }) };
}

/** Asking for a stored wheel to be built again and compared. */
export function verificationRoutes(app: TypedApp, api: Api): void {
  app.post(
    '/api/v1/builds/:key/verify',
    {
      schema: {
        tags: ['builds'],
        summary: 'Build a stored wheel again, with the build requirements it had, and compare',
        description: 'While one is under way, asking again changes nothing. GET of the build shows its verification.',
        params: BuildKey,
        response: {
          202: Type.Object({ url: Type.String(), verification: VerificationViewSchema }),
          '4xx': ProblemSchema,
          '5xx': ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      await startVerification(api, key, request.token?.name);
      const url = `${publicUrl(api.config, request)}/api/v1/builds/${key}`;
      const verification = await verificationView(api, key);
      if (!verification) throw unknownBuild(key);
      return reply.code(202).header('location', url).send({ url, verification });
    },
  );
}

/** Throws WheelmillError `not-found`, `not-ready`, `not-verifiable`, `quota-used-up`. */
export async function startVerification(api: Api, key: string, token: string | undefined): Promise<void> {
  const build = await readBuildRecord(api.store, key);
  const open = await readOpenBuild(api.store, key);
  if (!build && !open) throw unknownBuild(key);
  if (!build || (open && open.run > build.run))
    throw new WheelmillError('not-ready', 'This build has not ended yet. Verify it when its wheel is stored.');
  if (await readOpenVerification(api.store, key)) return;
  const found = await findVerifiable(api.store, build);
  if (typeof found === 'string') throw new WheelmillError('not-verifiable', found);
  // Asked first: a wish that is written is carried out, also where the answer to it is an error.
  await api.queue.ping();
  await api.quotas.takeWork(token);
  const target = found.target.name;
  const requestedAt = new Date().toISOString();
  await openVerification(api.store, { schema: 1, key, run: build.run, target, requestedAt });
  await api.queue.add(verifyWork(target, key));
}
