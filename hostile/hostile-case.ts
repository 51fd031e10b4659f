import type { FailureReason } from '../src/errors.ts';

/** What a case may know of the server that it attacks. */
export type Surroundings = { apiPort: number; indexPort: number };

/** One sdist that means harm, and what must come of it. */
export type HostileCase = {
  /** Of its project: letters and digits. */
  name: string;
  what: string;
  /** Part of `npm run check`. */
  inCheck?: true;
  /** Python that the build runs, and what the wheel's one module holds, which the proof imports; or an archive of its own. */
  sdist:
    | { backend: string | ((around: Surroundings) => string); module?: string }
    | { archive: () => Promise<{ ending: string; bytes: Buffer }> };
  /** The reason it must fail for and what the message says; `contained`: it is built, and its own checks found nothing open. */
  expected: { reason: FailureReason; message: RegExp } | 'contained';
  /** Python that another build runs at the same time: nothing of it may be seen, and it must be built. */
  beside?: string;
  /**
   * The wheel is had on demand, and before it its metadata, which must be the wheel's own. Python that tells them; and where
   * they can't be had that way, the reason that the server's log must name.
   */
  hook?: { code: string; reason?: FailureReason };
};
