import { Gauge } from 'prom-client';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Standing, StatusReader } from '../status/status.ts';

/**
 * What the status says, as gauges that are read when somebody asks. They are of the whole server, not of this process: of
 * several API processes each gives the same. What is not known now is left out, not 0.
 */
export function showStatus({ registry }: Metrics, status: StatusReader): void {
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    read: (status: Standing) => [labels: Partial<Record<L, string>>, value: number][],
  ) =>
    new Gauge<L>({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        const now = await status();
        this.reset();
        // Without labels a reset leaves a 0 behind.
        if (labelNames.length === 0) this.remove();
        for (const [labels, value] of read(now)) this.set(labels, value);
      },
    });
  gauge(
    'wheelmill_part_up',
    'Whether a part that the server depends on answers: store, queue, upstream',
    ['part'],
    ({ parts }) =>
      Object.entries(parts).flatMap(([part, { state }]) =>
        state === 'unknown' ? [] : [[{ part }, +(state === 'ok')]],
      ),
  );
  gauge(
    'wheelmill_queue_jobs',
    'Work in flight by lane (kind and target) and state (waiting, running, delayed)',
    ['kind', 'target', 'state'],
    ({ lanes = [] }) =>
      lanes.flatMap(({ kind, target = '', ...counts }) =>
        (['waiting', 'running', 'delayed'] as const).map((state): [Record<string, string>, number] => [
          { kind, target, state },
          counts[state],
        ]),
      ),
  );
  gauge('wheelmill_workers', 'Workers that are live, and that were lost in the last hour', ['state'], ({ workers }) =>
    workers
      ? [
          [{ state: 'live' }, workers.live],
          [{ state: 'lost' }, workers.lost],
        ]
      : [],
  );
  gauge('wheelmill_worker_slots', 'Builds that the live workers run at once', [], ({ workers }) =>
    workers ? [[{}, workers.slots]] : [],
  );
  gauge('wheelmill_target_served', 'Whether a live worker serves the target', ['target'], ({ targets = [] }) =>
    targets.map(({ name, served }) => [{ target: name }, +served]),
  );
  gauge('wheelmill_attention', 'Things that need a person, by code (docs/operations.md)', ['code'], ({ attention }) => {
    const codes = attention.map((one) => one.code);
    return [...new Set(codes)].map((code) => [{ code }, codes.filter((one) => one === code).length]);
  });
}
