import { LRUCache } from 'lru-cache';

/** pip loses patience after 15 s of silence; somebody who ends it by hand does so at any time. Milliseconds. */
const LEFT_IN_SILENCE = { after: 13_000, before: 20_000 };
/** Addresses that are remembered, and how long: a proxy stays one, who was taken for one by mistake shall not. */
const MAX_KNOWN = 10_000;
const MAX_AGE = 10 * 60_000;

/**
 * Addresses that interim answers do not come through to: a proxy swallows them, and shows itself by nothing else than that pip
 * leaves, and asks again, in the middle of them.
 */
export type DeafClients = {
  has(address: string): boolean;
  /** A client has left that was kept by interim answers for so long. */
  left(address: string, milliseconds: number): void;
};

export function createDeafClients(): DeafClients {
  const known = new LRUCache<string, true>({ max: MAX_KNOWN, ttl: MAX_AGE });
  return {
    has: (address) => known.has(address),
    left(address, milliseconds) {
      if (milliseconds >= LEFT_IN_SILENCE.after && milliseconds <= LEFT_IN_SILENCE.before) known.set(address, true);
    },
  };
}
