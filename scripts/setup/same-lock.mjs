// same-lock.mjs BEFORE AFTER: ends with 0 where two lock files ask for the same packages on every platform that both know.
// Packages for other platforms come and go: npm writes down those that the registry of the day has.
import { readFileSync } from 'node:fs';

const [before, after] = process.argv.slice(2).map((file) => {
  const { packages, ...lock } = JSON.parse(readFileSync(file, 'utf8'));
  const needed = Object.entries(packages).filter(([, entry]) => !entry.optional);
  return JSON.stringify({ ...lock, packages: Object.fromEntries(needed) });
});
process.exitCode = before === after ? 0 : 1;
