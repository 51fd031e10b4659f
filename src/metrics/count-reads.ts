import type { Metrics } from './metrics.ts';

/**
 * Counts the files of upstream that clients and builds ask for; `size` in bytes. One that comes from upstream is stored by
 * that.
 */
export function countReads({
  upstream,
  stored,
}: Pick<Metrics, 'upstream' | 'stored'>): (from: 'store' | 'upstream', size: number) => void {
  return (from, size) => {
    upstream.file(from);
    if (from === 'upstream') stored('read-through', size);
  };
}
