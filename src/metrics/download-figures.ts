import { Counter, type Registry } from 'prom-client';

/** Shows how many stored wheels a process has sent. It is read when somebody asks: to count one must cost next to nothing. */
export function showDownloads(registry: Registry, total: () => number): void {
  new Counter({
    name: 'wheelmill_downloads_total',
    help: 'Stored wheels that clients were sent, whole or from their first byte',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(total());
    },
  });
}
