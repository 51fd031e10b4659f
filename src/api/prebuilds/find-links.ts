import { renderFindLinks } from '../../core/index-page.ts';
import { lockedWheels } from '../../core/locked-list.ts';
import { isListed } from '../../core/wheel-proof.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { PrebuildStatus } from '../../storage/prebuild-status.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';

/** From `/prebuilds/<id>/wheels/` and `/lists/<sha256>/wheels/` to the root. */
const TO_ROOT = '../../../';

/** The wheels of some prebuilds as one find-links page, each once. */
export async function findLinksPage(
  store: ObjectStore,
  prebuilds: readonly Pick<PrebuildStatus, 'items' | 'endedAt'>[],
): Promise<string> {
  const wheels = new Map(
    prebuilds.flatMap((one) => lockedWheels(one).map((wheel) => [wheel.filename, { ...wheel, ended: one.endedAt }])),
  );
  const records = await Promise.all(
    [...wheels.values()].map((one) => readWheelRecord(store, one.project, one.filename)),
  );
  const files = records
    .filter((one) => one !== undefined)
    .filter((one) => wheels.get(one.filename)?.sha256 === one.sha256)
    // Of a list that is being made, those that wait for its proof may yet fail it.
    .filter((one) => wheels.get(one.filename)?.ended !== undefined || isListed(one))
    .sort((one, other) => (one.filename < other.filename ? -1 : 1))
    .map((one) => ({
      filename: one.filename,
      url: `${TO_ROOT}wheels/${one.project}/${one.sha256}/${one.filename}`,
      sha256: one.sha256,
      size: one.size,
      coreMetadataSha256: one.metadataSha256,
      ...(one.requiresPython !== undefined && { requiresPython: one.requiresPython }),
    }));
  return renderFindLinks(files);
}
