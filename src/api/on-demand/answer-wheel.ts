import type { FastifyReply, FastifyRequest } from 'fastify';
import { WheelmillError } from '../../errors.ts';
import { senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { publicUrl } from '../public-url.ts';
import { answerMeanwhile, uncached } from './answer-meanwhile.ts';
import type { KnownTargets } from './known-targets.ts';
import type { LookedAt } from './looked-at.ts';
import { refuseWhoMayNot } from './may-start.ts';
import { notBuilt } from './not-built.ts';
import type { WaitingRoom } from './waiting-room.ts';
import { type PromiseParams, readWantedWheel, type WantedWheel } from './wanted-wheel.ts';
import type { WheelMetadata } from './wheel-metadata.ts';
import type { WheelsOnDemand } from './wheels-on-demand.ts';

/** What answers are made with. */
export type Mill = {
  api: Api;
  targets: KnownTargets;
  metadata: WheelMetadata;
  wheels: WheelsOnDemand;
  room: WaitingRoom;
  lookedAt: LookedAt;
};

/** How the build of a promised wheel stands when it has ended or the signal fires, in the shape of what a client is held for. */
export async function standingOf({ wheels }: Mill, wanted: WantedWheel, request: FastifyRequest, signal: AbortSignal) {
  const standing = await wheels.wait(wanted, request, signal);
  return standing && { standing };
}

export const isOver = ({ standing }: { standing: Standing }) => standing.endedAt !== undefined;

/**
 * Sends whoever asks for a promised wheel to the stored file, when that is there.
 *
 * @throws WheelmillError `on-demand-failed` where there is none in the end, `not-ready` where it needs something else than was
 *   said before, and what `answerMeanwhile` and `refuseWhoMayNot` throw
 */
export async function answerWheel(
  mill: Mill,
  request: FastifyRequest<{ Params: PromiseParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { api, targets, metadata, wheels, room, lookedAt } = mill;
  const { config } = api;
  const wanted = readWantedWheel(request.params, await targets.all());
  refuseWhoMayNot(request, config);
  for (const other of lookedAt.take(senderOf(request), wanted.target)) wheels.begin(other, request);
  const held = await room.hold(request, reply, (signal) => standingOf(mill, wanted, request, signal), isOver);
  if (!('done' in held)) return answerMeanwhile(wanted, held, config, request, reply);
  const { standing } = held.done;
  const { needs = [], wheel, build } = storedWheel(wanted, standing, publicUrl(config, request));
  if (await metadata.wasWrong(senderOf(request), wanted, wheel, build))
    throw new WheelmillError(
      'not-ready',
      `Wheelmill has built ${wanted.project} ${wanted.version}, but the wheel needs something else than its sdist has said before; run this again: now that is known`,
    );
  if (needs.length > 0) reply.header('wheelmill-needs', needs.map((one) => one.soname).join(' '));
  if (standing.apt && standing.apt.length > 0) reply.header('wheelmill-apt', standing.apt.join(' '));
  return uncached(reply).redirect(`../../../wheels/${wanted.project}/${wheel.sha256}/${wheel.filename}`, 307);
}

/** The one wheel of a prebuild that has ended. Throws WheelmillError `on-demand-failed` with why there is none. */
export function storedWheel(wanted: WantedWheel, standing: Standing, base: string) {
  const [item] = standing.items;
  if (item?.state === 'stored' && item.wheel) return { ...item, wheel: item.wheel };
  throw notBuilt(wanted, { reason: 'cancelled', ...standing.failure, ...item, prebuild: standing.id }, base);
}
