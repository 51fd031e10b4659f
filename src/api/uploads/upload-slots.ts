import { WheelmillError } from '../../errors.ts';

/** How long an upload may take is up to the line of who sends it; some end within this time, in seconds. */
const RETRY_AFTER = 10;

/** Takes so many uploads at once. Further ones are refused at once: to wait, each would hold its connection, and its body. */
export function createUploadSlots(most: number): { enter(): () => void } {
  let taken = 0;
  return {
    /** Gives what is to be called when the upload has ended. Throws WheelmillError `too-many-uploads`. */
    enter() {
      if (taken >= most)
        throw new WheelmillError(
          'too-many-uploads',
          `${most} uploads are under way, as many as this server takes at once (WHEELMILL_MAX_UPLOADS). Send it again in a moment.`,
          { retryAfter: RETRY_AFTER },
        );
      taken += 1;
      return () => {
        taken -= 1;
      };
    },
  };
}
