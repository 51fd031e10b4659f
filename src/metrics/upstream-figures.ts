import { Counter, Histogram, type Registry } from 'prom-client';
import { ANSWERS } from './buckets.ts';

/** Where an answer was had: `memory` and `store` are hits. */
export type Source = 'memory' | 'store' | 'upstream';

/** What the client of upstream tells of itself. */
export type UpstreamFigures = {
  /** A request that was answered: its status, and the seconds to its headers. `failed` where none came. */
  answered(outcome: number | 'failed', seconds: number): void;
  /** An index page that somebody needed. */
  page(from: Source): void;
  /** A file that a client asked for. */
  file(from: Source): void;
};

/** Counts what goes to upstream, and what need not. */
export function countUpstream(registry: Registry): UpstreamFigures {
  const registers = [registry];
  const took = new Histogram({
    name: 'wheelmill_upstream_request_seconds',
    help: 'Time to the headers of an answer of upstream, by class of its status, or until it was given up',
    labelNames: ['outcome'],
    buckets: ANSWERS,
    registers,
  });
  const reads = new Counter({
    name: 'wheelmill_upstream_reads_total',
    help: 'Index pages and files of upstream that were needed, by where they were had; memory and store are hits',
    labelNames: ['what', 'from'],
    registers,
  });
  return {
    answered: (outcome, seconds) =>
      took.observe({ outcome: outcome === 'failed' ? outcome : `${Math.floor(outcome / 100)}xx` }, seconds),
    page: (from) => reads.inc({ what: 'page', from }),
    file: (from) => reads.inc({ what: 'file', from }),
  };
}
