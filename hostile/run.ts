/**
 * `npm run hostile [-- NAME …]`: all hostile sdists and wheels, or those named, against a real server; writes
 * docs/hostile.md when it was all of them. Ends with 1 where one was not contained, or not named with the right reason.
 */
import { writeFileSync } from 'node:fs';
import { commitOfRun } from '../scripts/commit.ts';
import { docker, testTargets } from '../test/services/docker.ts';
import { type Outcome, openAttack } from './attack.ts';
import { HOSTILE } from './cases.ts';

const asked = process.argv.slice(2);
const cases = asked.length === 0 ? HOSTILE : HOSTILE.filter(({ name }) => asked.includes(name));
if (cases.length < asked.length)
  throw new Error(`There is no such case. There are: ${HOSTILE.map(({ name }) => name).join(', ')}.`);

const started = performance.now();
const outcomes: Outcome[] = [];
const attack = await openAttack();
try {
  for (const one of cases) {
    const outcome = await attack.run(one);
    outcomes.push(outcome);
    const verdict = outcome.faults.length === 0 ? 'ok' : `FAILED: ${outcome.faults.join('\n')}`;
    process.stderr.write(
      `hostile: ${outcome.name} (${outcome.seconds.toFixed(0)} s): ${outcome.got.slice(0, 160)}: ${verdict}\n`,
    );
  }
} finally {
  await attack.close();
}

const failed = outcomes.filter(({ faults }) => faults.length > 0);
const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
const rows = outcomes.map(
  ({ what, expected, faults, seconds }) =>
    `| ${cell(what)} | ${expected} | ${faults.length === 0 ? 'yes' : '**no**'} | ${seconds.toFixed(0)} s |`,
);
const page = `# Hostile sdists and wheels

Written by \`npm run hostile\`; nothing here is typed by hand. Each row is an sdist written for this repository ([hostile/cases](../hostile/cases)) that a real
server is asked to build. *contained* means that it was built and found nothing open; anything else is the reason that its build must fail for. After each,
no container and no process of it may be left, its log may have no control characters, and an honest build on the same worker must succeed and find no
trace of it. \`npm run check\` tries some of them (\`test/hostile.test.ts\`).

| About this run | |
| --- | --- |
| Commit | ${commitOfRun()} |
| Images | ${testTargets()[0]?.build}, ${testTargets()[0]?.runtime} |
| Docker | ${await docker('version', '--format', '{{.Server.Version}}')} |
| Node | ${process.version} |
| Date | ${new Date().toISOString().slice(0, 10)} |
| Duration | ${((performance.now() - started) / 1000).toFixed(0)} s |

${outcomes.length} cases, ${outcomes.length - failed.length} as expected.

| What it tries | Expected | As expected | Time, the honest build included |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
if (asked.length === 0) writeFileSync('docs/hostile.md', page);
process.exitCode = failed.length === 0 ? 0 : 1;
