import t from 'tap';
import { BuildFailure } from '../../../src/errors.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import { writeTarget } from '../../../src/storage/target-records.ts';
import { createUpstream } from '../../../src/upstream/client.ts';
import { parseIndexUrl } from '../../../src/upstream/upstream-index.ts';
import { withAdvice } from '../../../src/workers/jobs/advice.ts';
import { TARGET } from '../../core/planning-data.ts';
import { startLocalIndex } from '../../integration/local-index.ts';
import { realWheel } from '../../simple/real-wheel.ts';

const index = await startLocalIndex(t);
for (const version of ['2.0', '3.0']) {
  const { filename, bytes } = await realWheel('oldmill', version);
  index.addWheel('oldmill', filename, bytes);
}
await index.addSdist('oldmill', '1.0', {});
const store = createFileStore({ folder: t.testdir() });
await writeTarget(store, TARGET);
const upstream = createUpstream({ indexes: [parseIndexUrl(index.indexUrl)!], store });
t.teardown(() => upstream.close());

const build = { project: 'oldmill', version: '1.0', target: TARGET.name };
const constraint = 'setuptools<58';

const rows: [failure: BuildFailure, hint: RegExp | undefined][] = [
  [
    new BuildFailure('python-incompatible', 'No.'),
    /another target\. The newest version .* is 3\.0, the first one was 2\.0\.$/,
  ],
  [
    new BuildFailure('build-error', 'No.', { hint: 'Old.', remedy: { constraint } }),
    /^Old\. Try: wheelmill recipe set oldmill --versions "==1\.0" --build-constraint "setuptools<58" The newest/,
  ],
  [new BuildFailure('out-of-memory', 'No.'), /recipe set oldmill --versions "==1\.0" --memory 8GiB$/],
  [new BuildFailure('timed-out', 'No.'), /--time 3h$/],
  [new BuildFailure('bad-wheel', 'No.'), undefined],
];

for (const [failure, hint] of rows) {
  t.test(failure.reason, async (t) => {
    const { reason, message, hint: given } = failure;
    const found = await withAdvice(
      { store, upstream },
      build,
      { reason, message, ...(given && { hint: given }) },
      failure,
    );
    if (hint) t.match(found.hint, hint);
    else t.equal(found.hint, undefined);
    t.match(found, { reason, message });
  });
}

t.test('where upstream is away there is no advice on versions', async (t) => {
  const nowhere = createUpstream({ indexes: [parseIndexUrl('http://127.0.0.1:9/simple/')!], store });
  t.teardown(() => nowhere.close());
  const failure = new BuildFailure('python-incompatible', 'No.');
  const { reason, message } = failure;
  t.same(await withAdvice({ store, upstream: nowhere }, { ...build, project: 'other' }, { reason, message }, failure), {
    reason,
    message,
  });
});
