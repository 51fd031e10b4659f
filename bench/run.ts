/**
 * `npm run bench [-- builds|serving|on-demand|dashboard …]`: measures all parts, or those named, and writes their sections of
 * docs/benchmarks.md. Needs what `npm run check` has set up; `serving` installs its peers itself (bench/setup.sh).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { commitOfRun } from '../scripts/commit.ts';
import { benchBuilds } from './builds/section.ts';
import { benchDashboard } from './dashboard/section.ts';
import { benchOnDemandWheels } from './on-demand/section.ts';
import type { Section } from './report.ts';
import { withSection } from './report.ts';
import { benchServing } from './serving/section.ts';

const PARTS = {
  ...{ builds: benchBuilds, serving: benchServing },
  ...{ 'on-demand': benchOnDemandWheels, dashboard: benchDashboard },
};
type Part = keyof typeof PARTS;
const FILE = 'docs/benchmarks.md';

const asked = process.argv.slice(2);
const unknown = asked.filter((one) => !Object.hasOwn(PARTS, one));
if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(PARTS)}.`);
const parts = (asked.length > 0 ? asked : Object.keys(PARTS)) as Part[];

const say = (what: string) => process.stderr.write(`bench: ${what}\n`);
const load = () =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(', ');

say('building dist');
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
for (const part of parts) {
  const started = performance.now();
  const before = load();
  const { title, about, rows }: Section = await PARTS[part](say);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const section: Section = {
    title,
    about: [
      ['Commit', commitOfRun()],
      ['Wheelmill', version],
      ...about,
      ['Processors', `${cpus().length} (${cpus()[0]?.model.trim()})`],
      ['Load average (1, 5, 15 minutes) before, and at the end', `${before}; ${load()}`],
      ['Date', new Date().toISOString().slice(0, 10)],
      ['Duration', `${Math.round((performance.now() - started) / 1000)} s`],
    ],
    rows,
  };
  writeFileSync(FILE, withSection(readFileSync(FILE, 'utf8'), section));
}
process.stdout.write(readFileSync(FILE, 'utf8'));
