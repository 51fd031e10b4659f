import { Counter, Histogram, type Registry } from 'prom-client';
import type { PrebuildRecord } from '../core/records/prebuild.ts';
import { BUILDS } from './buckets.ts';

const SECOND = 1000;

/**
 * Counts prebuilds by how they ended, and their items by what they were: the share of `hit` is the hit rate. Gives the function
 * that is told of one that has ended.
 */
export function countPrebuilds(registry: Registry): (record: PrebuildRecord) => void {
  const registers = [registry];
  const ended = new Counter({
    name: 'wheelmill_prebuilds_total',
    help: 'Prebuilds that have ended, by state (ready, partial, failed, cancelled)',
    labelNames: ['target', 'state'],
    registers,
  });
  const items = new Counter({
    name: 'wheelmill_items_total',
    help: 'Items of prebuilds that have ended: hit was stored already, mirror came from upstream, build was built',
    labelNames: ['target', 'kind', 'state'],
    registers,
  });
  const took = new Histogram({
    name: 'wheelmill_prebuild_seconds',
    help: 'Time from the posting of a list to its end',
    labelNames: ['target', 'state'],
    buckets: BUILDS,
    registers,
  });
  return ({ target, state, items: each, requestedAt, endedAt }) => {
    ended.inc({ target, state });
    took.observe({ target, state }, Math.max(0, Date.parse(endedAt) - Date.parse(requestedAt)) / SECOND);
    for (const item of each) items.inc({ target, kind: item.kind, state: item.state });
  };
}
