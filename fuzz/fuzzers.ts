import type { Fuzzer } from './fuzzer.ts';
import { sdists, wheels } from './targets/archives.ts';
import { rawSockets, routes } from './targets/http.ts';
import { lists } from './targets/lists.ts';
import { names } from './targets/names.ts';
import { negotiation } from './targets/negotiation.ts';
import { upstreamPages } from './targets/upstream-pages.ts';

/** All that takes what strangers send. */
export const FUZZERS: readonly Fuzzer[] = [
  lists,
  names,
  negotiation,
  upstreamPages,
  wheels,
  sdists,
  routes,
  rawSockets,
];
