import type { FastifyReply, FastifyRequest } from 'fastify';
import { readClientAgent } from '../../core/client-agent.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { senderOf } from '../client-of.ts';
import { publicUrl } from '../public-url.ts';
import { answerMeanwhile, type Looked } from './answer-meanwhile.ts';
import { isOver, type Mill, standingOf, storedWheel } from './answer-wheel.ts';
import { installsNothing, mayStart, refuseWhoMayNot } from './may-start.ts';
import { promiseOf } from './promise-of.ts';
import { nothingPromised, type PromiseParams, readWantedWheel } from './wanted-wheel.ts';

export const METADATA = '.metadata';

/**
 * Says what a promised wheel will say of itself. What is not known yet is found out while the client waits, as it does for the
 * wheel.
 *
 * @throws WheelmillError as `answerWheel` does
 */
export async function answerMetadata(
  mill: Mill,
  request: FastifyRequest<{ Params: PromiseParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { api, targets, metadata, wheels, room, lookedAt } = mill;
  const { config, store } = api;
  const filename = request.params.filename.slice(0, -METADATA.length);
  const agent = request.headers['user-agent'];
  const wanted = readWantedWheel({ ...request.params, filename }, await targets.all());
  const promise = await promiseOf(api, wanted);
  const known = await metadata.known(wanted, promise);
  const isKnown = known !== undefined && known !== 'unknown';
  if (!isKnown) refuseWhoMayNot(request, config);
  if (mayStart(request, config) && !installsNothing(agent)) lookedAt.note(senderOf(request), wanted);
  const tell = (bytes: Buffer) => {
    metadata.told(senderOf(request), wanted, bytes);
    return reply.header('cache-control', 'no-cache').type('application/octet-stream').send(bytes);
  };
  if (isKnown) return tell(known);
  // What is most likely taken is built while it is found out what it will need.
  const isLikely = promise.isForPins || promise.isFirst;
  const begin = () => isLikely && wheels.begin(wanted, request);
  // uv looks at many at once: the build of one that it must take tells as well, and is needed anyhow.
  const told = promise.isForPins && readClientAgent(agent).name === 'uv' ? 'unknown' : known;
  const look = async (signal: AbortSignal): Promise<Looked | undefined> => {
    const found = told ?? (await metadata.foretell(wanted, promise, { client: senderOf(request), signal, begin }));
    return found === 'unknown' ? standingOf(mill, wanted, request, signal) : found && { found };
  };
  const held = await room.hold(request, reply, look, (looked) => 'found' in looked || isOver(looked));
  if (!('done' in held)) return answerMeanwhile(wanted, held, config, request, reply);
  if ('found' in held.done) return tell(held.done.found);
  const { wheel } = storedWheel(wanted, held.done.standing, publicUrl(config, request));
  const bytes = await store.read(paths.wheelMetadata(wanted.project, wheel.sha256, wheel.filename));
  if (!bytes) throw nothingPromised();
  return tell(bytes);
}
