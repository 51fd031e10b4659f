import type { ContainerCreateOptions } from 'dockerode';
import type { Limits } from '../builder.ts';
import type { LocalImage } from './identity.ts';

/** Labels by which the sweep knows our containers; the deadline is in seconds since 1970. */
export const LABELS = {
  owner: 'wheelmill.owner',
  job: 'wheelmill.job',
  deadline: 'wheelmill.deadline',
  toolbox: 'wheelmill.toolbox',
  /** On images: the build image with further packages. */
  packages: 'wheelmill.packages',
} as const;

/** The stranger's code runs as this user, in its own folder. */
export const BUILD_USER = '1000:1000';
/** Our helpers inside (PID 1, tunnel, evidence): the build can neither signal them nor open what they have open. */
export const HELPER_USER = '65534:65534';
/** Only for the toolbox volume, whose root folder is root's; without capabilities it is no more than its owner. */
export const ROOT_USER = '0:0';

export const BUILD_FOLDER = '/build';
export const TOOLBOX_FOLDER = '/toolbox';

const MIB = 1024 * 1024;
/** Compilers and configure scripts write here; what is larger belongs in TMPDIR, which is in the work folder. */
const TMP_BYTES = 256 * MIB;
const TMP_INODES = 50_000;
/** Enough for the semaphores of multiprocessing, which need /dev/shm. */
const SHM_BYTES = 16 * MIB;
/** Parallel linkers of large packages open some thousands. */
const OPEN_FILES = 8192;
const LOCKED_BYTES = 64 * 1024;
/** How much longer than our own clock the container lives by itself, when the worker is gone. */
const DEADLINE_GRACE_SECONDS = 120;

/** Missing in the types of the API client, known to the engine since API 1.41. */
const PRIVATE_CGROUP = { CgroupnsMode: 'private' };

/** What one container is made for. `image` is the engine's image id, so that a moved name changes nothing. */
export type ContainerSpec = {
  name: string;
  image: Pick<LocalImage, 'id' | 'platform'>;
  owner: string;
  job: string;
  limits: Pick<Limits, 'memory' | 'disk' | 'inodes' | 'pids' | 'cpus' | 'wallTime'>;
  toolbox?: { volume: string; readOnly: boolean };
  /** apt is to change the image's own files, as root: never for a container that runs anything of an sdist. */
  installs?: boolean;
  /** Whether the engine can limit processors; true, left out. */
  limitsCpus?: boolean;
  /** The engine's name of the runtime; its own where it is missing. */
  runtime?: string | undefined;
};

/** What dpkg needs to unpack files of any owner, and packages to set themselves up. */
const INSTALL_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID'];

/**
 * The options of every container we start: no network, no capabilities, nothing writable but two folders in memory,
 * no host mounts. PID 1 only sleeps, as a user the build cannot signal, and ends the container by itself if the worker
 * dies; all work is done by execs. See docs/sandbox.md for what each is there for.
 */
export function containerOptions(spec: ContainerSpec, now = Date.now()): ContainerCreateOptions {
  const { limits, toolbox, installs = false, limitsCpus = true, runtime } = spec;
  const seconds = Math.ceil(limits.wallTime / 1000) + DEADLINE_GRACE_SECONDS;
  return {
    name: spec.name,
    Image: spec.image.id,
    Labels: {
      [LABELS.owner]: spec.owner,
      [LABELS.job]: spec.job,
      [LABELS.deadline]: String(Math.ceil(now / 1000) + seconds),
    },
    // Execs have the capabilities that PID 1 has.
    User: installs ? ROOT_USER : HELPER_USER,
    Hostname: 'build',
    WorkingDir: '/',
    Entrypoint: [],
    Cmd: ['sleep', String(seconds)],
    HostConfig: {
      NetworkMode: 'none',
      ...(runtime !== undefined && { Runtime: runtime }),
      ReadonlyRootfs: !installs,
      Privileged: false,
      CapDrop: ['ALL'],
      ...(installs && { CapAdd: INSTALL_CAPABILITIES }),
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: limits.pids,
      Memory: limits.memory,
      MemorySwap: limits.memory,
      ...(limitsCpus && { NanoCpus: Math.round(limits.cpus * 1e9) }),
      OomScoreAdj: 500,
      Init: true,
      IpcMode: 'private',
      ShmSize: SHM_BYTES,
      ...PRIVATE_CGROUP,
      Ulimits: [
        { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'memlock', Soft: LOCKED_BYTES, Hard: LOCKED_BYTES },
      ],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      // The engine's own removal would lose State.OOMKilled.
      AutoRemove: false,
      Tmpfs: {
        [BUILD_FOLDER]: `rw,exec,nosuid,nodev,size=${limits.disk},nr_inodes=${limits.inodes},mode=0700,uid=1000,gid=1000`,
        '/tmp': `rw,exec,nosuid,nodev,size=${TMP_BYTES},nr_inodes=${TMP_INODES},mode=1777`,
      },
      ...(toolbox !== undefined && {
        Mounts: [
          {
            Type: 'volume',
            Source: toolbox.volume,
            Target: TOOLBOX_FOLDER,
            ReadOnly: toolbox.readOnly,
            VolumeOptions: {
              NoCopy: true,
              Labels: { [LABELS.toolbox]: '1' },
              DriverConfig: { Name: 'local', Options: {} },
            },
          },
        ],
      }),
    },
  };
}
