import { createHash } from 'node:crypto';
import type { Test } from 'tap';
import { json, prebuild, states } from './client.ts';
import { inSlim } from './slim.ts';

/** A wheel upstream, two sdists (one in C), a dependency nobody names, one line that is not pinned. */
const LIST =
  '# the street\nfeedparser==6.0.12\ndocopt==0.6.2\nnetifaces==0.11.0 ; sys_platform == "linux"\nsix\nnothing==1; sys_platform == "win32"\n';
const IMPORTS = 'import feedparser, sgmllib, docopt, netifaces, six; print("imported", netifaces.version)';

/**
 * The whole street against a running server: a list becomes wheels, and they install in the runtime image by pip and by uv,
 * with hashes, from the URLs that a Dockerfile computes.
 */
export async function walkTheStreet(t: Test, url: string, runtimeImage: string): Promise<void> {
  const ended = await prebuild(url, LIST);
  t.same(
    states(ended),
    {
      feedparser: 'mirror stored',
      sgmllib3k: 'build stored',
      docopt: 'build stored',
      netifaces: 'build stored',
      six: 'mirror stored',
    },
    'every item is stored',
  );
  t.equal(ended.state, 'ready');
  t.match(ended.skipped, [{ line: 6, marker: /win32/ }]);
  for (const item of ended.items.filter((one) => one.kind === 'build'))
    t.match(item.wheel?.filename, /-1_[0-9a-f]{8}-/, `${item.project} has our build tag`);

  const sha256 = createHash('sha256').update(LIST).digest('hex');
  const base = `${url}/lists/${sha256}`;
  const locked = await (await fetch(`${base}/requirements.txt`)).text();
  t.equal(locked, await (await fetch(ended.requirements!)).text(), 'the list by its hash is the list of the prebuild');
  const install = `pip install -q --no-cache-dir --no-index --find-links ${base}/wheels/`;
  const python = `python -c '${IMPORTS}'`;
  t.match(
    await inSlim(runtimeImage, `${install} -r ${base}/requirements.txt && ${python}`),
    'imported',
    'pip, as in the Dockerfile',
  );
  t.match(
    await inSlim(runtimeImage, `${install} --require-hashes -r /in/locked.txt && ${python}`, {
      'locked.txt': locked,
    }),
    'imported',
    'pip --require-hashes',
  );
  const uv = `uv pip install -q --system --no-cache --no-index --find-links ${base}/wheels/ --require-hashes -r /in/locked.txt`;
  t.match(
    await inSlim(runtimeImage, `${uv} && ${python}`, { 'locked.txt': locked }),
    'imported',
    'uv --require-hashes',
  );
  const stored = `uv pip install -q --system --no-cache --default-index ${url}/stored/simple/ -r /in/locked.txt`;
  t.match(
    await inSlim(runtimeImage, `${stored} && ${python}`, { 'locked.txt': locked }),
    'imported',
    'uv from the stored index',
  );

  const page = await json<{ files: { filename: string; hashes: { sha256: string } }[] }>(
    `${url}/stored/simple/netifaces/?format=application/vnd.pypi.simple.v1+json`,
  );
  t.equal(page.files.length, 1);
  const build = ended.items.find((one) => one.project === 'netifaces')!;
  t.match(await (await fetch(build.log!)).text(), /netifaces/, 'the log of a build is kept');
  const record = await json<{ state: string; buildRequirements: { name: string }[]; phases: object }>(
    `${url}/api/v1/builds/${build.build}`,
  );
  t.match(record, { state: 'stored', phases: { building: Number } });
  t.ok(
    record.buildRequirements.some((one) => one.name === 'setuptools'),
    'what was in the build environment is recorded',
  );
  const again = await prebuild(url, LIST);
  t.equal(again.attempt, ended.attempt, 'posting it again answers from its record');
}
