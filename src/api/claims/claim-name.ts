import type { NormalizedName } from '../../core/names.ts';
import { indexedWheels } from '../../core/private-files.ts';
import type { Claim } from '../../core/records/claim.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import { readClaim, removeClaim, writeClaim } from '../../storage/claims.ts';
import { listSdistRecords } from '../../storage/sdist-records.ts';
import { listWheelRecords } from '../../storage/wheel-records.ts';
import type { Api } from '../context.ts';
import { renderNow } from '../render-now.ts';

type Parts = Pick<Api, 'store' | 'queue' | 'upstream' | 'log' | 'changes'>;

/** Names shown of files that would be hidden. */
const SHOWN = 20;

/**
 * Claims a name on request. Wheels of upstream that the index shows of it would be hidden by that, so it is refused where there
 * are some, but with `force`.
 *
 * @returns the claim, and the files that the index hides from now on
 * @throws WheelmillError `would-hide-files`
 */
export async function claimName(
  api: Parts,
  name: NormalizedName,
  { force }: { force: boolean },
): Promise<{ claim: Claim; hidden: string[]; isNew: boolean }> {
  const there = await readClaim(api.store, name);
  const hidden = await hiddenBy(api, name, { claimed: true });
  if (!there && hidden.length > 0 && !force)
    throw wouldHide(
      `${name} has wheels here that come from upstream, and a claimed name shows private files only`,
      hidden,
      `\`wheelmill claim --force ${name}\` hides them from the index (lists and locks that name their hash still get them).`,
    );
  const claim = there ?? (await writeClaim(api.store, name, 'request'));
  api.upstream.changed(name);
  if (!there) await renderNow(api, name);
  return { claim, hidden, isNew: there === undefined };
}

/**
 * Gives a claimed name back to upstream. Private files of it would be hidden, so it is refused where there are some, but with
 * `force`.
 *
 * @throws WheelmillError `not-found`, `would-hide-files`
 */
export async function unclaimName(
  api: Parts,
  name: NormalizedName,
  { force }: { force: boolean },
): Promise<{ hidden: string[] }> {
  if (!(await readClaim(api.store, name))) throw new WheelmillError('not-found', `${name} is not claimed here.`);
  const sdists = await listSdistRecords(api.store, name);
  const hidden = [...sdists.map((one) => one.filename), ...(await hiddenBy(api, name, { claimed: false }))];
  if (hidden.length > 0 && !force)
    throw wouldHide(
      `${name} has private files here, and a name that is not claimed shows upstream's only`,
      hidden,
      `\`wheelmill unclaim --force ${name}\` hides them until the name is claimed again.`,
    );
  await removeClaim(api.store, name);
  api.upstream.changed(name);
  await renderNow(api, name);
  return { hidden };
}

/**
 * Whether a name may be uploaded under: it is claimed, or no upstream has it, and then it is free for the first upload to claim.
 *
 * @throws WheelmillError `name-taken-upstream`, `name-not-checked`
 */
export async function mayUpload(api: Parts, name: NormalizedName): Promise<'claimed' | 'free'> {
  if (await readClaim(api.store, name)) return 'claimed';
  const command = `\`wheelmill claim ${name}\``;
  const offered = await api.upstream.beyondClaims(name).catch((error) => {
    if (!(error instanceof BuildFailure)) throw error;
    throw new WheelmillError(
      'name-not-checked',
      `Upstream cannot be asked now whether it has ${name}. Upload again later; or, if the name is yours, claim it: ${command}.`,
      { cause: error },
    );
  });
  const stored = offered ? [] : await hiddenBy(api, name, { claimed: true });
  if (offered || stored.length > 0)
    throw new WheelmillError(
      'name-taken-upstream',
      `${name} is the name of a project ${offered ? 'on the upstream index' : 'that came from upstream'}. Choose another; or, if the name is yours, claim it, and upstream is never asked for it again: ${command}.`,
    );
  return 'free';
}

/** Public wheels that the index would no longer show. */
async function hiddenBy({ store }: Parts, name: NormalizedName, { claimed }: { claimed: boolean }): Promise<string[]> {
  const [wheels, sdists] = await Promise.all([listWheelRecords(store, name), listSdistRecords(store, name)]);
  const shown = wheels.filter((one) => one.visibility === 'public');
  const stay = new Set(indexedWheels(shown, { claimed, sdists }));
  return shown.filter((one) => !stay.has(one)).map((one) => one.filename);
}

function wouldHide(why: string, files: readonly string[], wayOut: string): WheelmillError {
  const named = files.slice(0, SHOWN).map((one) => `  ${one}`);
  const more = files.length > SHOWN ? [`  and ${files.length - SHOWN} more`] : [];
  return new WheelmillError('would-hide-files', [`${why}. ${wayOut}`, ...named, ...more].join('\n'), {
    faults: files.map((filename) => ({ filename })),
  });
}
