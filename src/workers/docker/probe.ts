import { quoted } from '../../core/faults.ts';
import type { Target } from '../../core/records/target.ts';
import { WheelmillError } from '../../errors.ts';
import type { ImagePair } from '../builder.ts';
import { type Answer, parseAnswer } from '../run/probe-answer.ts';
import { pythonCommand } from '../run/scripts.ts';
import { BUILD_USER } from './container.ts';
import { type Engine, engineError, messageOf, statusOf } from './engine.ts';
import { run } from './exec.ts';
import { findImage, type LocalImage } from './identity.ts';
import { PROCEDURE } from './procedure.ts';
import { withSandbox } from './sandbox.ts';
import { SCRIPTS } from './scripts.ts';

/** The job of a probe, in labels; no job of the queue is called so. */
export const PROBE_JOB = 'probe';

const MIB = 1024 * 1024;
const LIMITS = { memory: 512 * MIB, disk: 16 * MIB, inodes: 1000, pids: 64, cpus: 1, wallTime: 60_000 };
const MAX_ANSWER_BYTES = MIB;

/**
 * Looks into both images of a pair, fetching what is not there, and says what the pair is as a target.
 * @throws WheelmillError `bad-config` for a pair that cannot work, `engine-unavailable`
 */
export async function probePair(
  engine: Engine,
  pair: ImagePair,
  { signal, platform }: { signal: AbortSignal; platform: string | undefined },
): Promise<Target> {
  try {
    const [build, runtime] = await Promise.all([
      requireImage(engine, pair.build, platform),
      requireImage(engine, pair.runtime, platform),
    ]);
    const [inBuild, inRuntime] = await Promise.all([
      ask(engine, pair.build, build, signal),
      ask(engine, pair.runtime, runtime, signal),
    ]);
    refuseMismatch(pair, inBuild, inRuntime, build.platform === runtime.platform);
    return {
      schema: 1,
      name: pair.name,
      builder: 'docker',
      build: { reference: pair.build, identity: build.identity },
      runtime: { reference: pair.runtime, identity: runtime.identity },
      platform: build.platform,
      python: {
        implementation: inBuild.implementation,
        version: inBuild.version,
        executable: inBuild.executable,
      },
      libc: inRuntime.libc,
      distribution: inRuntime.distribution,
      environment: inRuntime.environment,
      tags: inRuntime.tags,
      procedure: PROCEDURE,
      pipVersion: inRuntime.pipVersion,
      ...(inRuntime.pipIndex !== null && { pipIndex: inRuntime.pipIndex }),
      probedAt: new Date().toISOString(),
    };
  } catch (error) {
    throw engineError(error);
  }
}

async function requireImage({ docker }: Engine, reference: string, platform?: string): Promise<LocalImage> {
  const local = await findImage(docker, reference);
  const image = local ?? (await pull());
  if (platform !== undefined && image.platform !== platform) {
    throw new WheelmillError('bad-config', `The image ${reference} is for ${image.platform}, not for ${platform}.`);
  }
  return image;

  async function pull(): Promise<LocalImage> {
    try {
      const progress = await docker.pull(reference, platform === undefined ? {} : { platform });
      await new Promise<void>((resolve, reject) => {
        docker.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve()));
      });
    } catch (cause) {
      const isWrong = statusOf(cause) === 404 || statusOf(cause) === 400;
      const why = `The image ${reference} is not on the Docker engine and could not be pulled: ${messageOf(cause)}.`;
      throw isWrong
        ? new WheelmillError('bad-config', `${why} Correct WHEELMILL_TARGETS.`, { cause })
        : new WheelmillError('engine-unavailable', `${why} Run "docker pull ${reference}" to see more.`, { cause });
    }
    const pulled = await findImage(docker, reference);
    if (pulled === undefined) {
      throw new WheelmillError('engine-unavailable', `The engine pulled ${reference} and does not have it. Try again.`);
    }
    return pulled;
  }
}

async function ask(engine: Engine, reference: string, image: LocalImage, signal: AbortSignal): Promise<Answer> {
  const printed = { stdout: '', stderr: '' };
  const exitCode = await withSandbox(
    engine,
    { image: image.id, job: PROBE_JOB, limits: LIMITS, signal },
    async ({ container }) =>
      run(
        container,
        { arguments: pythonCommand('python3', SCRIPTS.probe, [], true), user: BUILD_USER },
        {
          onOutput: ({ channel, data }) => {
            if (printed[channel].length < MAX_ANSWER_BYTES) printed[channel] += data.toString();
          },
        },
      ),
  );
  const answer = exitCode === 0 ? parseAnswer(printed.stdout) : undefined;
  if (answer !== undefined) return answer;
  const said = printed.stderr.trim().split('\n').at(-1) || printed.stdout.trim().split('\n').at(-1) || 'nothing';
  throw new WheelmillError(
    'bad-config',
    `The image ${reference} has no python3 with pip that answers; it said ${quoted(said)}. Use an image like python:slim.`,
  );
}

/** Throws WheelmillError `bad-config` naming every difference that makes wheels of the one useless in the other. */
export function refuseMismatch(pair: ImagePair, build: Answer, runtime: Answer, samePlatform = true): void {
  const minor = ({ implementation, version }: Answer) =>
    `${implementation} ${version.split('.').slice(0, 2).join('.')}`;
  const compared: [string, (answer: Answer) => string][] = [
    ['Python', minor],
    ['ABI', ({ abi }) => abi],
    ['C library', ({ libc }) => `${libc.name} ${libc.version}`],
    ['release', ({ distribution }) => `${distribution.id} ${distribution.version}`],
  ];
  const differences = compared
    .filter(([, of]) => of(build) !== of(runtime))
    .map(([what, of]) => `${what} (${of(build)} and ${of(runtime)})`);
  if (!samePlatform) differences.push('platform');
  if (differences.length === 0) return;
  throw new WheelmillError(
    'bad-config',
    `Wheels built in ${pair.build} do not fit ${pair.runtime}: they differ in ${differences.join(', ')}. ` +
      'Name two images of one Python and one Debian release in WHEELMILL_TARGETS.',
  );
}
