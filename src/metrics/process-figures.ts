import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges whose names end as only those of counters may (`promtool check metrics` says so); others tell the same. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Event loop, garbage collection, memory, processor time: `nodejs_…` and `process_…`, as everybody has them. Once a process. */
export function countProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
