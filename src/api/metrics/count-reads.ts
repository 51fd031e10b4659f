import type { Metrics } from '../../metrics/metrics.ts';
import type { OnRead } from '../../simple/read-through.ts';

/** Counts the files of upstream that clients ask for: one that comes from upstream is stored by that. */
export function countReads({ upstream, stored }: Pick<Metrics, 'upstream' | 'stored'>): OnRead {
  return (from, size) => {
    upstream.file(from);
    if (from === 'upstream') stored('read-through', size);
  };
}
