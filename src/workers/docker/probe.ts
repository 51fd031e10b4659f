import { quoted } from '../../core/faults.ts';
import type { Target } from '../../core/records/target.ts';
import { WheelmillError } from '../../errors.ts';
import type { ImagePair } from '../builder.ts';
import { type Answer, parseAnswer } from '../run/probe-answer.ts';
import { pythonCommand } from '../run/scripts.ts';
import { BUILD_USER } from './container.ts';
import type { Output } from './demux.ts';
import { type Engine, engineError, isEngineTrouble } from './engine.ts';
import { run } from './exec.ts';
import type { LocalImage } from './identity.ts';
import { PROCEDURE } from './procedure.ts';
import { requireImage } from './require-image.ts';
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
export async function probePair(engine: Engine, pair: ImagePair, signal: AbortSignal): Promise<Target> {
  try {
    const [build, runtime] = await Promise.all([
      requireImage(engine, pair.build, pair.platform),
      requireImage(engine, pair.runtime, pair.platform),
    ]);
    const [inBuild, inRuntime] = await Promise.all([
      ask(engine, { reference: pair.build, image: build }, signal),
      ask(engine, { reference: pair.runtime, image: runtime, contents: true }, signal),
    ]);
    refuseMismatch(pair, inBuild, inRuntime, build.platform === runtime.platform);
    refuseOtherMachine(pair, inRuntime, build.platform);
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
      ...(inRuntime.contents && { runtimeHas: inRuntime.contents }),
      pipVersion: inRuntime.pipVersion,
      ...(inRuntime.pipIndex !== null && { pipIndex: inRuntime.pipIndex }),
      probedAt: new Date().toISOString(),
    };
  } catch (error) {
    throw engineError(error);
  }
}

type Asked = { reference: string; image: LocalImage; contents?: boolean };

async function ask(engine: Engine, asked: Asked, signal: AbortSignal): Promise<Answer> {
  const { reference, image } = asked;
  const isForeign = image.platform !== (await engine.platform());
  const { exitCode, stdout, stderr, livesOn } = await runProbe(engine, asked, signal).catch(async (error) => {
    throw isForeign && isEngineTrouble(error) && !signal.aborted
      ? await cannotRun(engine, reference, image, error)
      : error;
  });
  const answer = exitCode === 0 ? parseAnswer(stdout) : undefined;
  if (answer !== undefined) return answer;
  const said = stderr.trim().split('\n').at(-1) || stdout.trim().split('\n').at(-1) || 'nothing';
  // A container whose first program the kernel refused says nothing, or has ended by the time that the engine looks,
  // which engines tell in words of their own.
  if (isForeign && (!livesOn || /^nothing$|exec format error|in a (stopped|deleted) |^task \S+ not found/i.test(said)))
    throw await cannotRun(engine, reference, image, said);
  throw new WheelmillError(
    'bad-config',
    `The image ${reference} has no python3 with pip that answers; it said ${quoted(said)}. Use an image like python:slim.`,
  );
}

async function runProbe(engine: Engine, { image, contents = false }: Asked, signal: AbortSignal) {
  const printed = { stdout: '', stderr: '' };
  const script = contents ? pythonCommand('python3', SCRIPTS.probeContents, ['contents'], { site: true }) : undefined;
  const command = {
    arguments: script ?? pythonCommand('python3', SCRIPTS.probe, [], { site: true }),
    user: BUILD_USER,
  };
  const onOutput = ({ channel, data }: Output) => {
    if (printed[channel].length < MAX_ANSWER_BYTES) printed[channel] += data.toString();
  };
  const spec = { image, job: PROBE_JOB, limits: LIMITS, signal };
  return withSandbox(engine, spec, async (sandbox) => {
    const exitCode = await run(sandbox, command, { onOutput });
    const livesOn = exitCode === 0 || (await sandbox.container.inspect({ abortSignal: sandbox.lost })).State.Running;
    return { exitCode, ...printed, livesOn };
  });
}

/** Without emulation (binfmt_misc) the kernel refuses the very first program of the image. */
async function cannotRun(engine: Engine, reference: string, { platform }: LocalImage, cause: unknown) {
  const architecture = platform.split('/')[1];
  return new WheelmillError(
    'engine-unavailable',
    `The engine is for ${await engine.platform()} and cannot run ${reference} for ${platform}. Give its host emulation ` +
      `(package qemu-user-static, or "docker run --privileged --rm tonistiigi/binfmt --install ${architecture}"), or ` +
      `start a worker on a machine of that architecture.`,
    { cause },
  );
}

/** What `uname -m` says on architectures that run programs of one kind only. */
const MACHINES: Record<string, string> = {
  'linux/amd64': 'x86_64',
  'linux/arm64': 'aarch64',
  'linux/ppc64le': 'ppc64le',
  'linux/s390x': 's390x',
  'linux/riscv64': 'riscv64',
};

/** Throws WheelmillError `bad-config` for an image that says it is for a platform and has programs of another. */
export function refuseOtherMachine(
  pair: ImagePair,
  { environment }: Pick<Answer, 'environment'>,
  platform: string,
): void {
  const machine = MACHINES[platform];
  if (machine === undefined || environment.platform_machine === machine) return;
  throw new WheelmillError(
    'bad-config',
    `${pair.runtime} says it is for ${platform}, but Python in it runs on ${environment.platform_machine}. Build or pull it anew.`,
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
