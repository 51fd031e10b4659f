import { availableParallelism, homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { isLoopback } from './core/loopback.ts';
import { WheelmillError } from './errors.ts';
import {
  bytes,
  bytesOrNone,
  duration,
  GIB,
  HOUR,
  httpUrl,
  integer,
  MIB,
  MINUTE,
  names,
  oneOf,
  queueUrl,
  settingKeys,
  sparseRegistry,
  text,
  Unfit,
} from './setting-grammar.ts';
import { LOCAL_TARGETS, targets } from './target-grammar.ts';

export { type TargetSetting, targetName } from './target-grammar.ts';

/**
 * Every setting, once: name, meaning, default and grammar. The only module that reads the environment.
 * `docs/configuration.md` and `docker/sample.env` are generated from here (`npm run docs`).
 */
type Setting<T> = {
  name: string;
  meaning: string;
  shown: string;
  parse: (text: string) => T;
  fallback: (env: Env) => T;
};
type Env = Readonly<Record<string, string | undefined>>;

function setting<T>(
  name: string,
  shown: string,
  parse: (text: string) => T,
  fallback: T | ((env: Env) => T),
  meaning: string,
): Setting<T> {
  return {
    name,
    shown,
    parse,
    fallback: typeof fallback === 'function' ? (fallback as (env: Env) => T) : () => fallback,
    meaning,
  };
}

/** As the XDG base directory specification says where data goes. */
const dataFolder = (env: Env): string =>
  join(env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local', 'share'), 'wheelmill');

/** Keys of well-known build back ends that choose what is built. */
const CONFIG_SETTINGS = [
  ...['--build-option', '--global-option', 'setup-args', 'compile-args', 'install-args', 'builddir', 'build-dir'],
  ...['cmake.*', 'ninja.*', 'build.*', 'install.*', 'wheel.*', 'skbuild.*', 'build-args', 'maturin.build-args'],
];

export const SETTINGS = {
  host: setting(
    'WHEELMILL_HOST',
    '127.0.0.1',
    text,
    '127.0.0.1',
    'Address to listen on. 0.0.0.0 listens on every address.',
  ),
  port: setting('WHEELMILL_PORT', '8417', integer(0, 65535), 8417, 'Port to listen on; 0 takes a free one.'),
  auth: setting(
    'WHEELMILL_AUTH',
    'auto',
    oneOf('auto', 'tokens', 'none'),
    'auto',
    'Who may do what (docs/access.md): tokens asks for one of WHEELMILL_TOKENS_FILE; none lets everybody do everything. auto asks for tokens where that is set or there is such a file, and otherwise serves this machine alone.',
  ),
  tokensFile: setting(
    'WHEELMILL_TOKENS_FILE',
    'tokens in the data folder',
    text,
    (env) => join(env.WHEELMILL_DATA_DIR || dataFolder(env), 'tokens'),
    'File of the tokens that count, which `wheelmill token` makes and changes. Changes count within a second.',
  ),
  firstToken: setting<string | undefined>(
    'WHEELMILL_FIRST_TOKEN',
    '',
    text,
    undefined,
    'Where a server that finds no token file puts the secret of an admin token that it makes then. Empty: it makes none. The images set it.',
  ),
  readHost: setting<string | undefined>(
    'WHEELMILL_READ_HOST',
    '',
    text,
    undefined,
    'Address of a second listener that needs no token, shows nothing private and starts no work, for docker builds: such as 172.17.0.1, the bridge (docs/access.md). Empty: none.',
  ),
  readPort: setting(
    'WHEELMILL_READ_PORT',
    '8418',
    integer(0, 65535),
    8418,
    'Port of the second listener; 0 takes a free one.',
  ),
  metricsHost: setting<string | undefined>(
    'WHEELMILL_METRICS_HOST',
    '',
    text,
    undefined,
    'Address of a listener that shows /metrics to Prometheus without a token, and nothing else; the only one that a worker can have (docs/operations.md). Empty: none.',
  ),
  metricsPort: setting(
    'WHEELMILL_METRICS_PORT',
    '8419',
    integer(0, 65535),
    8419,
    'Port of the listener for Prometheus; 0 takes a free one.',
  ),
  publicUrl: setting<string | undefined>(
    'WHEELMILL_PUBLIC_URL',
    '',
    httpUrl,
    undefined,
    'URL under which people and containers reach this server. Its host is an allowed one; printed Dockerfile lines use it.',
  ),
  allowedHosts: setting(
    'WHEELMILL_ALLOWED_HOSTS',
    '',
    names,
    [] as string[],
    'Further host names this server answers for, comma-separated. IP addresses, localhost and host.docker.internal always are.',
  ),
  dataFolder: setting(
    'WHEELMILL_DATA_DIR',
    '~/.local/share/wheelmill',
    text,
    dataFolder,
    'Folder of the embedded queue, the file store and scratch files.',
  ),
  queueUrl: setting<string | undefined>(
    'WHEELMILL_QUEUE_URL',
    '',
    queueUrl,
    undefined,
    'Redis for the queue (redis://host:port/db). Empty: the embedded queue in the data folder, for one process.',
  ),
  s3Endpoint: setting<string | undefined>(
    'WHEELMILL_S3_ENDPOINT',
    '',
    httpUrl,
    undefined,
    'S3-compatible server for everything durable. Empty: files in the data folder.',
  ),
  s3Bucket: setting('WHEELMILL_S3_BUCKET', 'wheelmill', text, 'wheelmill', 'Bucket; it is made if it is missing.'),
  s3Region: setting('WHEELMILL_S3_REGION', 'us-east-1', text, 'us-east-1', 'Region of the bucket.'),
  s3AccessKey: setting<string | undefined>('AWS_ACCESS_KEY_ID', '', text, undefined, 'Access key of the bucket.'),
  s3SecretKey: setting<string | undefined>('AWS_SECRET_ACCESS_KEY', '', text, undefined, 'Secret key of the bucket.'),
  builder: setting(
    'WHEELMILL_BUILDER',
    'auto',
    oneOf('auto', 'docker', 'process'),
    'auto',
    'What builds: docker is an engine (DOCKER_HOST is honoured); process is this machine itself, unsandboxed, for the target local. auto is process only where no engine is installed or configured and the server is for this machine alone (docs/sandbox.md).',
  ),
  runtime: setting(
    'WHEELMILL_RUNTIME',
    '',
    text,
    undefined,
    'Runtime that the engine runs the containers with, by the name it knows it by: runsc is gVisor. Empty: the one it runs all with.',
  ),
  missingLimits: setting(
    'WHEELMILL_MISSING_LIMITS',
    'refuse',
    oneOf('refuse', 'accept'),
    'refuse',
    'What to do with an engine that cannot limit memory, processors or processes of builds, such as a rootless one without cgroup v2: refuse builds nothing on it; accept builds all the same, and one sdist may take the whole machine (docs/sandbox.md).',
  ),
  targets: setting(
    'WHEELMILL_TARGETS',
    'python:latest=python:slim',
    targets,
    () => targets('python:latest=python:slim'),
    'Pairs of build image and the runtime image that installs, build=runtime, comma-separated; 3.12 stands for python:3.12=python:3.12-slim, @linux/arm64 at the end for a platform (docs/targets.md). The first is the default target.',
  ),
  upstreamUrl: setting<string | undefined>(
    'WHEELMILL_UPSTREAM_URL',
    '',
    text,
    undefined,
    'Upstream simple index; several comma-separated, the first that has a project wins. Empty: what pip on this machine is configured for, else what the pip in the build image is made for.',
  ),
  cargoUpstream: setting<string | undefined>(
    'WHEELMILL_CARGO_UPSTREAM',
    '',
    sparseRegistry,
    undefined,
    'Crates registry for builds with Rust, as cargo writes it: sparse+https://host/index/. Empty: what cargo on this machine is configured for, else what the cargo of the build is made for (docs/recipes.md).',
  ),
  cacheBytes: setting(
    'WHEELMILL_CACHE_BYTES',
    '20GiB',
    bytesOrNone,
    20 * GIB,
    'Files of upstream that were only read through and stay in the store; beyond it a worker removes, once an hour, those not used for the longest time. 0 keeps none longer than that.',
  ),
  concurrency: setting(
    'WHEELMILL_CONCURRENCY',
    'number of processors',
    integer(1, 256),
    () => availableParallelism(),
    'Builds this worker runs at once, over all targets; fewer where their memory does not fit beside each other.',
  ),
  upkeepInterval: setting(
    'WHEELMILL_UPKEEP_INTERVAL',
    '1m',
    duration,
    MINUTE,
    'How often a worker looks for work that the queue lost and for containers that dead workers left.',
  ),
  planTtl: setting(
    'WHEELMILL_PLAN_TTL',
    '1h',
    duration,
    HOUR,
    'How long the plan of a list that is not fully pinned is good when the list is sent again.',
  ),
  dryRunTimeout: setting(
    'WHEELMILL_DRY_RUN_TIMEOUT',
    '1m',
    duration,
    MINUTE,
    'Longest time a dry run may take; what is not known by then is said to be unknown.',
  ),
  configSettings: setting(
    'WHEELMILL_CONFIG_SETTINGS',
    CONFIG_SETTINGS.join(','),
    settingKeys,
    CONFIG_SETTINGS as readonly string[],
    'Keys that lists may give by --config-settings, comma-separated, with * for any characters; "none" for none. The default has those of setuptools, meson-python, scikit-build-core and maturin.',
  ),
  onDemand: setting(
    'WHEELMILL_ON_DEMAND',
    'off',
    oneOf('off', 'pinned', 'on'),
    'off',
    'Whether /simple/ lists wheels that are not there yet and builds them for whoever installs one (docs/on-demand.md). pinned: only for requirements with an exact version; on: for the newest versions in any case.',
  ),
  onDemandVersions: setting(
    'WHEELMILL_ON_DEMAND_VERSIONS',
    '10',
    integer(1, 1000),
    10,
    'With WHEELMILL_ON_DEMAND=on, how many of the newest versions of a project may be built without being pinned: a resolver that walks back must not have all of them built.',
  ),
  onDemandScope: setting(
    'WHEELMILL_ON_DEMAND_SCOPE',
    'prebuild',
    oneOf('read', 'prebuild'),
    'prebuild',
    'Scope that a token needs to have wheels built by installing them, where tokens are asked for. Others see the index as with WHEELMILL_ON_DEMAND=off.',
  ),
  onDemandHold: setting(
    'WHEELMILL_ON_DEMAND_HOLD',
    'auto',
    oneOf('auto', 'redirects'),
    'auto',
    'How clients are held that wait for a wheel. auto keeps pip by interim answers unless the request shows that it came through a proxy; redirects never sends those, for proxies that do not show themselves.',
  ),
  maxOnDemand: setting(
    'WHEELMILL_MAX_ON_DEMAND',
    '100',
    integer(1, 100_000),
    100,
    'Most wheels on their way at once because somebody asked for them; further ones wait. Each API process counts for itself.',
  ),
  maxClientOnDemand: setting(
    'WHEELMILL_MAX_CLIENT_ON_DEMAND',
    '50',
    integer(1, 100_000),
    50,
    'The same for one client: a token, or an address without any.',
  ),
  maxListRequirements: setting(
    'WHEELMILL_MAX_LIST_REQUIREMENTS',
    '5000',
    integer(1, 100_000),
    5000,
    'Most requirements a list may have.',
  ),
  maxOpenPrebuilds: setting(
    'WHEELMILL_MAX_OPEN_PREBUILDS',
    '1000',
    integer(1, 100_000),
    1000,
    'Most prebuilds under way at once; further lists that need work are refused until some have ended.',
  ),
  maxClientPrebuilds: setting(
    'WHEELMILL_MAX_CLIENT_PREBUILDS',
    '100',
    integer(1, 100_000),
    100,
    'Most prebuilds of one client under way at once.',
  ),
  maxOpenBuilds: setting(
    'WHEELMILL_MAX_OPEN_BUILDS',
    '5000',
    integer(1, 100_000),
    5000,
    'With so many builds under way, further lists that need work are refused. A list that was taken is carried out.',
  ),
  maxRequests: setting(
    'WHEELMILL_MAX_REQUESTS',
    '60000',
    integer(0, 100_000_000),
    60_000,
    'Most requests a minute of one token, and of one address without any; 0 for no limit. Each API process counts for itself. A server that asks for no tokens counts none.',
  ),
  maxTokenPrebuilds: setting(
    'WHEELMILL_MAX_TOKEN_PREBUILDS',
    '1000',
    integer(0, 100_000_000),
    1000,
    'Most prebuilds, retries and verifications an hour that one token may begin; what is stored already does not count. 0 for no limit.',
  ),
  maxTokenUploadBytes: setting(
    'WHEELMILL_MAX_TOKEN_UPLOAD_BYTES',
    '50GiB',
    bytesOrNone,
    50 * GIB,
    'Most bytes a day that one token may upload. 0 for no limit.',
  ),
  maxUploads: setting(
    'WHEELMILL_MAX_UPLOADS',
    '16',
    integer(1, 10_000),
    16,
    'Uploads that an API process takes at once; further ones are refused until some have ended.',
  ),
  selfHeal: setting(
    'WHEELMILL_SELF_HEAL',
    'on',
    oneOf('on', 'off'),
    'on',
    'Whether a build that misses a header, library or program is tried again with the Debian package that has it (docs/recipes.md).',
  ),
  maxDebianBytes: setting(
    'WHEELMILL_MAX_DEBIAN_BYTES',
    '2GiB',
    bytes,
    2 * GIB,
    'Most disk space that the Debian packages of one build may take beyond its image, with what they need, whether a recipe names them or self-healing found them.',
  ),
  stopGrace: setting(
    'WHEELMILL_STOP_GRACE',
    '2s',
    duration,
    2000,
    'When the process is told to end (SIGTERM): how long running builds and answers under way may go on. Then builds go back to the queue and connections are cut off; six seconds later it ends in any case. Raise it, and the patience of what stops the process, to have builds finished.',
  ),
  buildTimeout: setting('WHEELMILL_BUILD_TIMEOUT', '1h', duration, HOUR, 'Longest time one build may take.'),
  silenceTimeout: setting(
    'WHEELMILL_SILENCE_TIMEOUT',
    '20m',
    duration,
    20 * MINUTE,
    'Longest time a build may print nothing.',
  ),
  buildMemory: setting(
    'WHEELMILL_BUILD_MEMORY',
    '6GiB',
    bytes,
    6 * GIB,
    'Memory of one build, its work folder included.',
  ),
  buildDisk: setting(
    'WHEELMILL_BUILD_DISK',
    '4GiB',
    bytes,
    4 * GIB,
    'Size of the work folder of one build; in memory.',
  ),
  buildPids: setting('WHEELMILL_BUILD_PIDS', '512', integer(16, 100_000), 512, 'Processes and threads of one build.'),
  buildCpus: setting('WHEELMILL_BUILD_CPUS', '2', integer(1, 1024), 2, 'Processors of one build.'),
  maxWheelBytes: setting('WHEELMILL_MAX_WHEEL_BYTES', '2GiB', bytes, 2 * GIB, 'Largest wheel a build may give.'),
  maxUploadBytes: setting(
    'WHEELMILL_MAX_UPLOAD_BYTES',
    '1GiB',
    bytes,
    GIB,
    'Largest sdist or wheel that may be uploaded (docs/private-packages.md).',
  ),
  maxLogBytes: setting('WHEELMILL_MAX_LOG_BYTES', '32MiB', bytes, 32 * MIB, 'Largest log a build may print.'),
  server: setting(
    'WHEELMILL_SERVER',
    'http://127.0.0.1:8417',
    httpUrl,
    'http://127.0.0.1:8417',
    'Server that the commands talk to (`wheelmill prebuild`, `recipe`, `claim` and so on).',
  ),
  token: setting<string | undefined>(
    'WHEELMILL_TOKEN',
    '',
    text,
    undefined,
    'Token that the commands send to a server; --token-file names a file with one instead.',
  ),
  logLevel: setting(
    'WHEELMILL_LOG_LEVEL',
    'info',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'Least severe log line that is written.',
  ),
} as const;

export type Config = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
} & {
  /** Tells this process from others in labels and records. */
  readonly instance: string;
  /** For what has settings of its own there: the configurations of pip and cargo, and the proxies. */
  readonly environment: Env;
};

/**
 * Reads the settings.
 *
 * @param environment variables by name; an empty value counts as not set.
 * @throws WheelmillError `bad-config` with all faults at once, unknown WHEELMILL_ names included.
 */
export function readConfig(environment: Env = process.env): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const value = environment[one.name];
    try {
      values[key] = value ? one.parse(value) : one.fallback(environment);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      faults.push(`${one.name} ${error.message}.`);
    }
  }
  const known = new Set(Object.values(SETTINGS).map((one) => one.name));
  for (const name of Object.keys(environment)
    .filter((one) => one.startsWith('WHEELMILL_') && !known.has(one))
    .sort())
    if (!name.startsWith('WHEELMILL_TEST_') && name !== 'WHEELMILL_STATE')
      faults.push(`${name} is no setting; docs/configuration.md lists them.`);
  if (values.s3Endpoint && !(values.s3AccessKey && values.s3SecretKey))
    faults.push('WHEELMILL_S3_ENDPOINT needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY too.');
  if (values.auth === 'none' && environment.WHEELMILL_TOKENS_FILE)
    faults.push('WHEELMILL_AUTH=none and WHEELMILL_TOKENS_FILE contradict each other: leave one of them empty.');
  // Who names a file wants it to count, also where it is not there.
  if (values.auth === 'auto' && environment.WHEELMILL_TOKENS_FILE) values.auth = 'tokens';
  if (Number(values.buildDisk) > Number(values.buildMemory))
    faults.push('WHEELMILL_BUILD_DISK counts to the memory of a build: WHEELMILL_BUILD_MEMORY must be larger.');
  if (values.builder === 'process') {
    faults.push(...processFaults(values as Config, environment));
    values.targets = LOCAL_TARGETS;
  }
  if (faults.length > 0)
    throw new WheelmillError('bad-config', `The settings have faults:\n  ${faults.join('\n  ')}`, { faults });
  const instance = `${hostname()}-${process.pid}-${Date.now().toString(36)}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  return Object.freeze({ ...values, instance, environment }) as Config;
}

/** The token that commands send to a server. Nothing else of the environment is looked at: it is no command's fault. */
export function readClientToken(environment: Env = process.env): string | undefined {
  return environment[SETTINGS.token.name] || undefined;
}

/** Builds without a sandbox are for one machine and whoever sits at it. */
function processFaults({ host, queueUrl }: Pick<Config, 'host' | 'queueUrl'>, environment: Env): string[] {
  const faults: string[] = [];
  if (host && !isLoopback(host))
    faults.push(
      `WHEELMILL_BUILDER=process runs strangers' code without a sandbox, so nobody else may send lists: WHEELMILL_HOST must be 127.0.0.1, not ${host}. Build with an engine otherwise.`,
    );
  if (queueUrl)
    faults.push(
      'WHEELMILL_BUILDER=process works with the embedded queue only: leave WHEELMILL_QUEUE_URL empty, or build with an engine.',
    );
  if (environment.WHEELMILL_TARGETS)
    faults.push(
      'WHEELMILL_BUILDER=process has no images, its one target is local: leave WHEELMILL_TARGETS empty, or set WHEELMILL_BUILDER=docker.',
    );
  return faults;
}
