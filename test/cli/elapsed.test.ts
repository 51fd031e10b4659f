import t from 'tap';
import { elapsed } from '../../src/cli/elapsed.ts';

const rows: [milliseconds: number, text: string][] = [
  [-5000, '0.0s'],
  [0, '0.0s'],
  [449, '0.4s'],
  [9949, '9.9s'],
  [9950, '10s'],
  [59_400, '59s'],
  [59_600, '1m 0s'],
  [200_000, '3m 20s'],
  [3_599_400, '59m 59s'],
  [7_500_000, '2h 5m'],
];
for (const [milliseconds, text] of rows) t.equal(elapsed(milliseconds), text, String(milliseconds));
