import { Counter, Histogram, type Registry } from 'prom-client';
import type { BuildRecord } from '../core/records/build.ts';
import { BUILDS } from './buckets.ts';

const SECOND = 1000;

/** Counts builds by how they ended, and how long each part of them took. Gives the function that is told of one that has ended. */
export function countBuilds(registry: Registry): (record: BuildRecord) => void {
  const registers = [registry];
  const ended = new Counter({
    name: 'wheelmill_builds_total',
    help: 'Builds that have ended, by state (stored, failed) and reason of failure',
    labelNames: ['target', 'state', 'reason'],
    registers,
  });
  const waited = new Histogram({
    name: 'wheelmill_build_wait_seconds',
    help: 'Time from the wish for a build to its begin',
    labelNames: ['target'],
    buckets: BUILDS,
    registers,
  });
  const phases = new Histogram({
    name: 'wheelmill_build_phase_seconds',
    help: 'Time that builds spend fetching, building and checking',
    labelNames: ['target', 'phase'],
    buckets: BUILDS,
    registers,
  });
  return ({ target, state, reason = '', phases: spent, attempts, requestedAt, startedAt, takenFrom }) => {
    ended.inc({ target, state, reason });
    // One that was cancelled before it began, or is another target's wheel, has taken no time.
    if (attempts === 0 || takenFrom !== undefined) return;
    waited.observe({ target }, Math.max(0, Date.parse(startedAt) - Date.parse(requestedAt)) / SECOND);
    for (const [phase, milliseconds] of Object.entries(spent)) phases.observe({ target, phase }, milliseconds / SECOND);
  };
}
