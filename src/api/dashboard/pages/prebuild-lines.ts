import { ciLines } from '../../../core/ci-lines.ts';
import { dockerfileLines, linesOfPrebuild } from '../../../core/dockerfile-lines.ts';
import { type Html, html } from '../../../core/html.ts';
import { aptCommand } from '../../../core/needs.ts';
import { sha256Hex } from '../../../core/sha256.ts';
import { paths } from '../../../storage/bucket-paths.ts';
import { readPrebuildList } from '../../../storage/prebuild-records.ts';
import { readTarget } from '../../../storage/target-records.ts';
import type { Api } from '../../context.ts';
import type { PrebuildView } from '../../prebuilds/view.ts';
import { plural } from '../parts/amounts.ts';
import { copyBlock } from '../parts/copy.ts';
import type { Viewer } from '../viewer.ts';

/** What a person takes along from a prebuild that has ended: for a Dockerfile, for CI, the apt line, and the locked list. */
export async function linesToTake(
  { store, config }: Pick<Api, 'store' | 'config'>,
  view: PrebuildView,
  { base, token }: Pick<Viewer, 'base' | 'token'>,
): Promise<Html> {
  const { id, attempt, apt = [], state } = view;
  const [target, list, locked] = await Promise.all([
    readTarget(store, view.target),
    readPrebuildList(store, id, attempt),
    store.read(paths.prebuildLocked(id, attempt)),
  ]);
  const isByHash = (await store.head(paths.list(sha256Hex(list), id))) !== undefined;
  const withToken = token !== undefined;
  const name = view.target === config.targets[0]?.name ? undefined : view.target;
  const common = { server: base, runtimeImage: target?.runtime.reference ?? 'python:slim', apt, withToken };
  const { requirements = '', wheels = '', deps } = view;
  const dockerfile = isByHash
    ? dockerfileLines({ ...common, list: 'requirements.txt', target: name })
    : linesOfPrebuild(common, { requirements, wheels, deps });
  return html`<section><h2>Take along</h2>
${state !== 'ready' && html`<p class="problem">Not all of it is there: these lines install nothing until the list is ready.</p>`}
<div class="blocks">${copyBlock('dockerfile', 'Dockerfile', dockerfile)}
${isByHash && copyBlock('ci', 'CI job', ciLines({ server: base, target: name, withToken }))}
${apt.length > 0 && copyBlock('apt', 'apt line of the runtime image', aptCommand(apt))}</div>
${
  locked &&
  html`<details><summary>The locked list (${plural(
    locked
      .toString('utf8')
      .split('\n')
      .filter((line) => /^[a-z0-9]/i.test(line)).length,
    'requirement',
  )})</summary>${copyBlock('locked', 'requirements.txt', locked.toString('utf8'))}</details>`
}</section>`;
}
