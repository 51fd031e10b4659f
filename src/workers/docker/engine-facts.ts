import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { WheelmillError } from '../../errors.ts';
import { type Engine, engineError } from './engine.ts';
import { type MissingLimit, missingLimits } from './engine-limits.ts';
import { inTime } from './patience.ts';

const Flag = Type.Optional(Type.Boolean());

/** What is read of the engine's `GET /info`; what an engine leaves out it does not have. */
const InfoSchema = Type.Object({
  Driver: Type.String(),
  CgroupVersion: Type.Optional(Type.String()),
  SecurityOptions: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  DockerRootDir: Type.String(),
  SystemTime: Type.String(),
  MemTotal: Type.Number(),
  NCPU: Type.Number(),
  MemoryLimit: Flag,
  SwapLimit: Flag,
  CpuCfsQuota: Flag,
  PidsLimit: Flag,
});

export type EngineFacts = Static<typeof InfoSchema> & {
  version: string;
  api: string;
  os: string;
  /** By whom the engine runs, as it says itself. */
  rootless: boolean;
  /** Limits of builds that this engine cannot hold them to. */
  missingLimits: MissingLimit[];
};

/** What an engine says of itself. Throws WheelmillError `engine-unavailable`. */
export async function engineFacts({ docker, patience }: Engine): Promise<EngineFacts> {
  try {
    const [version, info] = await inTime(Promise.all([docker.version(), docker.info()]), patience);
    if (!Value.Check(InfoSchema, info))
      throw new WheelmillError(
        'engine-unavailable',
        'What answers as Docker engine does not say what it is. Update it.',
      );
    return {
      ...(Value.Clean(InfoSchema, { ...info }) as Static<typeof InfoSchema>),
      version: version.Version,
      api: version.ApiVersion,
      os: version.Os,
      rootless: (info.SecurityOptions ?? []).some((one: string) => one.includes('name=rootless')),
      missingLimits: missingLimits(info),
    };
  } catch (error) {
    throw engineError(error);
  }
}
