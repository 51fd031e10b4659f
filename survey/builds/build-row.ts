import Type, { type Static } from 'typebox';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { normalizeName } from '../../src/core/names.ts';
import type { Project } from '../list.ts';
import { withoutHosts } from '../without-hosts.ts';

const Text = Type.String();

export const BuildRowSchema = Type.Object(
  {
    name: Text,
    version: Text,
    /** `healed`: built after self-healing had added `packages` to the build image. */
    state: Type.Union([Type.Literal('built'), Type.Literal('healed'), Type.Literal('failed')]),
    packages: Type.Optional(Type.Array(Text)),
    reason: Type.Optional(Text),
    message: Type.Optional(Text),
    /** Debian packages that its list needs in the runtime image. */
    apt: Type.Array(Text),
    /** How its proof in the runtime image ended; missing where there was none. */
    proof: Type.Optional(Text),
    /** Modules that fail to import in the build image just so, which says nothing of the slim one. */
    notImported: Type.Optional(Type.Array(Text)),
    /** From posting the list to its end, dependencies and proof included. */
    seconds: Type.Integer(),
  },
  { additionalProperties: false },
);
export type BuildRow = Static<typeof BuildRowSchema>;

const MAX_MESSAGE_CHARS = 400;

/** What became of one project, from the prebuild that was made of it alone. */
export function buildRow({ name, version }: Project, ended: PrebuildView, seconds: number): BuildRow {
  const item = ended.items.find((one) => one.project === normalizeName(name));
  const failure = item?.state === 'stored' ? undefined : (item ?? ended.failure);
  const { healed = [] } = item ?? {};
  const state = item?.state !== 'stored' ? 'failed' : healed.length > 0 ? 'healed' : 'built';
  return {
    ...{ name, version, state },
    ...(state === 'healed' && { packages: healed }),
    ...(failure?.reason !== undefined && { reason: failure.reason }),
    ...(failure?.message !== undefined && { message: withoutHosts(failure.message).slice(0, MAX_MESSAGE_CHARS) }),
    apt: ended.apt ?? [],
    ...proofOf(ended),
    seconds: Math.round(seconds),
  };
}

function proofOf({ proof, slimReady }: PrebuildView): Pick<BuildRow, 'proof' | 'notImported' | 'message'> {
  // One that was cut off after its wheels had been proven has nothing left to prove.
  if (proof === undefined) return slimReady ? { proof: 'proven' } : {};
  const notImported = (proof.notImported ?? []).map(({ module }) => module);
  return {
    proof: proof.state,
    ...(notImported.length > 0 && { notImported }),
    // What failed its proof says so itself.
    ...(proof.state === 'not-done' && { message: withoutHosts(proof.message ?? '').slice(0, MAX_MESSAGE_CHARS) }),
  };
}
