import { Gauge, Registry } from 'prom-client';
import type { BuildRecord } from '../core/records/build.ts';
import type { PrebuildRecord } from '../core/records/prebuild.ts';
import { countBuilds } from './build-figures.ts';
import { countHttp, type HttpFigures } from './http-figures.ts';
import { countOnDemand, type OnDemandFigures } from './on-demand-figures.ts';
import { countPrebuilds } from './prebuild-figures.ts';
import { countStored, type Origin } from './stored-figures.ts';
import { countUpstream, type UpstreamFigures } from './upstream-figures.ts';

/**
 * The figures of one process (docs/operations.md). Labels have few values each: targets, routes, reasons; never a name of a
 * project or anything else that a client chooses.
 */
export type Metrics = {
  buildEnded(record: BuildRecord): void;
  prebuildEnded(record: PrebuildRecord): void;
  stored(origin: Origin, size: number): void;
  upstream: UpstreamFigures;
  http: HttpFigures;
  onDemand: OnDemandFigures;
  /** For figures that are looked up when somebody asks. */
  registry: Registry;
};

/** @param about what the process is, as labels of `wheelmill_info` */
export function createMetrics(about: { version: string; role: string }): Metrics {
  const registry = new Registry();
  const info = new Gauge({
    name: 'wheelmill_info',
    help: 'What this process is; always 1',
    labelNames: ['version', 'role'],
    registers: [registry],
  });
  info.set(about, 1);
  return {
    buildEnded: countBuilds(registry),
    prebuildEnded: countPrebuilds(registry),
    stored: countStored(registry),
    upstream: countUpstream(registry),
    http: countHttp(registry),
    onDemand: countOnDemand(registry),
    registry,
  };
}
