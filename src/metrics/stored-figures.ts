import { Counter, type Registry } from 'prom-client';

/** Where a file in the store came from; `read-through` is upstream's file that a client asked for. */
export type Origin = 'built' | 'mirrored' | 'uploaded' | 'read-through';

/** Counts files that are stored. Gives the function that is told of one; `size` in bytes. */
export function countStored(registry: Registry): (origin: Origin, size: number) => void {
  const registers = [registry];
  const files = new Counter({
    name: 'wheelmill_stored_files_total',
    help: 'Wheels and sdists written to the store',
    labelNames: ['origin'],
    registers,
  });
  const bytes = new Counter({
    name: 'wheelmill_stored_bytes_total',
    help: 'Bytes of wheels and sdists written to the store',
    labelNames: ['origin'],
    registers,
  });
  return (origin, size) => {
    files.inc({ origin });
    bytes.inc({ origin }, size);
  };
}
