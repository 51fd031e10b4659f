/**
 * `npm run soak [-- BUILDS]`: a thousand small builds, or as many as are asked for, on Redis and S3 with two workers, while every 20
 * seconds one of the parts, the engine included, is killed and started again. Prints the counts and writes docs/soak.md. Ends with
 * 1 where something is missing, twice, damaged or left. The engine is one of its own, which it starts as root.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { commitOfRun } from '../scripts/commit.ts';
import { docker, testTargets } from '../test/services/docker.ts';
import { soak } from './soak.ts';
import { PARTS } from './street.ts';
import { isSound } from './verdict.ts';

const [builds = 1000] = process.argv.slice(2).map(Number);
if (!Number.isSafeInteger(builds) || builds < 1) throw new Error('npm run soak -- BUILDS');
const PER_LIST = 25;
const EVERY_MS = 20_000;
/** A build, its proof and what a killed part costs take so long at most, in the mean. */
const PATIENCE_MS = 10_000;
/** What a killed renderer has noted is taken for dead after ten minutes. */
const SETTLING_MS = 12 * 60_000;

const { counts, kills, attempts, seconds } = await soak({
  ...{
    builds,
    perList: PER_LIST,
    parts: PARTS,
    every: EVERY_MS,
    least: PARTS.length,
    patience: 300_000 + builds * PATIENCE_MS,
    settling: SETTLING_MS,
  },
  say: (what) => process.stderr.write(`soak: ${what}\n`),
});
const sound = isSound(counts);
const rows = [
  ['wheels that were asked for', counts.requested],
  ['wheels that are listed', counts.wheels],
  ['asked for and not listed', counts.missing],
  ['listed twice', counts.twice],
  ['listed and not with their hash', counts.damaged],
  ['work that is open', counts.openWork],
  ['marks that are left (waiting, dirty, cancels)', counts.marks],
  ['jobs that are in the queue', counts.jobs],
  ['containers that are left', counts.containers],
  ['volumes that are left, but those of the tools', counts.volumes],
];
const page = `# Soak

Written by \`npm run soak\`; nothing here is typed by hand. Small sdists are built in lists of ${PER_LIST}, on Redis and S3 with an API, two workers and a Docker engine, each a
process of its own, while every ${EVERY_MS / 1000} seconds one part is killed (\`kill -9\`) and started again. The clients send their lists until they are
ready. At the end every wheel must exist once, with the hash it is listed with, and nothing may be left.

| About this run | |
| --- | --- |
| Commit | ${commitOfRun()} |
| Images | ${testTargets()[0]?.build}, ${testTargets()[0]?.runtime} |
| Docker | ${await docker('version', '--format', '{{.Server.Version}}')} |
| Node | ${process.version} |
| Processors | ${cpus().length} (${cpus()[0]?.model.trim()}) |
| Date | ${new Date().toISOString().slice(0, 10)} |
| Duration | ${seconds.toFixed(0)} s |
| Killed | ${Object.entries(kills)
  .map(([part, times]) => `${part} ${times} times`)
  .join(', ')} |
| Attempts at ${Math.ceil(builds / PER_LIST)} lists | ${attempts} |

| At the end | |
| --- | --- |
${rows.map(([what, number]) => `| ${what} | ${number} |`).join('\n')}

${sound ? 'As it must be.' : '**Not as it must be.**'}
`;
process.stdout.write(page);
writeFileSync('docs/soak.md', page);
process.exitCode = sound ? 0 : 1;
