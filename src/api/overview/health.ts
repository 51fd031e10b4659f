import Type, { type Static } from 'typebox';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { type Paced, paced } from './paced.ts';

const Text = Type.String();

/** How a part that Wheelmill needs was found. */
export const HealthSchema = Type.Object({
  state: Type.Union([Type.Literal('ok'), Type.Literal('failing'), Type.Literal('unknown')]),
  message: Type.Optional(Text),
  checkedAt: Type.Optional(Text),
});
export type Health = Static<typeof HealthSchema>;

/** Upstream is somebody else's server: it is asked this seldom, in milliseconds. */
const EVERY = 60_000;

/** Whether the upstream index answers, asked in the background. */
export function watchUpstream(upstream: Pick<Upstream, 'check'>): Paced<Health> {
  return paced(() => healthOf(upstream.check()), { every: EVERY });
}

/** What becomes of a look at something; never throws. */
export async function healthOf(look: Promise<unknown>): Promise<Health> {
  const checkedAt = () => new Date().toISOString();
  try {
    await look;
    return { state: 'ok', checkedAt: checkedAt() };
  } catch (error) {
    const isOurs = error instanceof WheelmillError || error instanceof BuildFailure;
    return { state: 'failing', message: isOurs ? error.message : 'It does not answer.', checkedAt: checkedAt() };
  }
}
