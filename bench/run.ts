/** `npm run bench`: measures, and writes docs/benchmarks.md. Needs what `npm run check` has set up, and a fresh build. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { testTargets } from '../test/services/docker.ts';
import { findProgram } from '../test/services/state.ts';
import { benchOverhead, benchTwelve } from './builds.ts';
import { report } from './report.ts';
import { benchStoredList } from './stored-list.ts';

const started = performance.now();
const [target] = testTargets();
if (!target) throw new Error('No image pair: run `npm run check` first.');
const uv = findProgram('uv');
const environment = {
  WHEELMILL_TARGETS: `${target.build}=${target.runtime}`,
  WHEELMILL_CONCURRENCY: String(cpus().length),
};
const say = (what: string) => process.stderr.write(`bench: ${what}\n`);

say('building dist');
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
say('a new list of stored pins');
const stored = await benchStoredList(environment);
say('the overhead of one build');
const overhead = await benchOverhead(target, uv, environment);
say('twelve projects');
const twelve = await benchTwelve(target, uv, environment);

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const text = report(
  [...stored, ...overhead, ...twelve],
  [
    ['Commit', git('rev-parse', '--short', 'HEAD')],
    ['Wheelmill', version],
    ['Images', `${target.build}, ${target.runtime}`],
    ['Node, uv', `${process.version}, ${execFileSync(uv, ['--version'], { encoding: 'utf8' }).trim()}`],
    ['Processors', `${cpus().length} (${cpus()[0]?.model})`],
    ['Date', new Date().toISOString().slice(0, 10)],
    ['Duration', `${Math.round((performance.now() - started) / 1000)} s`],
  ],
);
writeFileSync('docs/benchmarks.md', text);
process.stdout.write(text);
