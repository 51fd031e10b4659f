import t from 'tap';
import { type Config, readConfig, SETTINGS } from '../src/config.ts';
import { WheelmillError } from '../src/errors.ts';

const MIB = 1024 * 1024;
type Row = [settings: Record<string, string>, key: keyof Config, value: unknown];

const good: Row[] = [
  [{}, 'host', '127.0.0.1'],
  [{}, 'port', 8417],
  [{}, 'publicUrl', undefined],
  [{}, 'allowedHosts', []],
  [{}, 'buildMemory', 6144 * MIB],
  [{}, 'planTtl', 3_600_000],
  [{ HOME: '/home/ann' }, 'dataFolder', '/home/ann/.local/share/wheelmill'],
  [{ HOME: '/home/ann', XDG_DATA_HOME: '/data' }, 'dataFolder', '/data/wheelmill'],
  [{ WHEELMILL_DATA_DIR: '/srv/mill' }, 'dataFolder', '/srv/mill'],
  [{ WHEELMILL_PORT: '' }, 'port', 8417],
  [{ WHEELMILL_PORT: '0' }, 'port', 0],
  [{ WHEELMILL_PORT: '65535' }, 'port', 65535],
  [{ WHEELMILL_PUBLIC_URL: 'https://wheels.example.com/' }, 'publicUrl', 'https://wheels.example.com'],
  [{ WHEELMILL_PUBLIC_URL: 'http://host/mill//' }, 'publicUrl', 'http://host/mill'],
  [{ WHEELMILL_ALLOWED_HOSTS: 'a.example.com, b ,,' }, 'allowedHosts', ['a.example.com', 'b']],
  [{ WHEELMILL_QUEUE_URL: 'redis://redis:6379/2' }, 'queueUrl', 'redis://redis:6379/2'],
  [{ WHEELMILL_QUEUE_URL: 'rediss://:secret@redis' }, 'queueUrl', 'rediss://:secret@redis'],
  [{ WHEELMILL_BUILD_MEMORY: '512MiB', WHEELMILL_BUILD_DISK: '1MiB' }, 'buildMemory', 512 * MIB],
  [{ WHEELMILL_BUILD_MEMORY: '7.5 GiB' }, 'buildMemory', 7680 * MIB],
  [{ WHEELMILL_BUILD_MEMORY: '8G' }, 'buildMemory', 8192 * MIB],
  [{ WHEELMILL_MAX_LOG_BYTES: '1000' }, 'maxLogBytes', 1000],
  [{}, 'cacheBytes', 20 * 1024 * MIB],
  [{ WHEELMILL_CACHE_BYTES: '0' }, 'cacheBytes', 0],
  [{ WHEELMILL_CACHE_BYTES: '1.5GiB' }, 'cacheBytes', 1536 * MIB],
  [{ WHEELMILL_BUILD_TIMEOUT: '90s' }, 'buildTimeout', 90_000],
  [{ WHEELMILL_BUILD_TIMEOUT: '15 m' }, 'buildTimeout', 900_000],
  [{ WHEELMILL_BUILD_TIMEOUT: '24d' }, 'buildTimeout', 2_073_600_000],
  [{ WHEELMILL_PLAN_TTL: '500ms' }, 'planTtl', 500],
  [{ WHEELMILL_LOG_LEVEL: 'silent' }, 'logLevel', 'silent'],
  [{ WHEELMILL_CONFIG_SETTINGS: 'cmake.*, --build-option' }, 'configSettings', ['cmake.*', '--build-option']],
  [{ WHEELMILL_CONFIG_SETTINGS: 'none' }, 'configSettings', []],
  [
    { WHEELMILL_TARGETS: 'python:3.13=python:3.13-slim' },
    'targets',
    [{ name: 'python-3.13', build: 'python:3.13', runtime: 'python:3.13-slim' }],
  ],
  [{}, 'auth', 'auto'],
  [{ WHEELMILL_TOKENS_FILE: '/run/tokens' }, 'auth', 'tokens'],
  [{ WHEELMILL_DATA_DIR: '/srv/mill' }, 'tokensFile', '/srv/mill/tokens'],
  [{ WHEELMILL_DATA_DIR: '/srv/mill', WHEELMILL_TOKENS_FILE: '/run/tokens' }, 'tokensFile', '/run/tokens'],
  [{ WHEELMILL_MAX_REQUESTS: '0' }, 'maxRequests', 0],
  [{ WHEELMILL_MAX_TOKEN_UPLOAD_BYTES: '0' }, 'maxTokenUploadBytes', 0],
  // Of the tests and of the set-up scripts, not of the server.
  [{ WHEELMILL_TEST_ANYTHING: 'x', WHEELMILL_STATE: '/state' }, 'port', 8417],
];

const bad: [settings: Record<string, string>, fault: RegExp][] = [
  [{ WHEELMILL_PORT: '65536' }, /^WHEELMILL_PORT must be a whole number from 0 to 65535\.$/],
  [{ WHEELMILL_PORT: '-1' }, /^WHEELMILL_PORT must/],
  [{ WHEELMILL_PORT: '80.5' }, /^WHEELMILL_PORT must/],
  [{ WHEELMILL_PORT: '0x50' }, /^WHEELMILL_PORT must/],
  [{ WHEELMILL_CONCURRENCY: '0' }, /^WHEELMILL_CONCURRENCY must be a whole number from 1/],
  [{ WHEELMILL_PUBLIC_URL: 'wheels.example.com' }, /^WHEELMILL_PUBLIC_URL must be an http/],
  [{ WHEELMILL_PUBLIC_URL: 'ftp://example.com' }, /^WHEELMILL_PUBLIC_URL must be an http/],
  [
    { WHEELMILL_CARGO_UPSTREAM: 'https://crates.example.com/index/' },
    /^WHEELMILL_CARGO_UPSTREAM must be a sparse registry/,
  ],
  [{ WHEELMILL_CARGO_UPSTREAM: 'sparse+file:///srv/index/' }, /^WHEELMILL_CARGO_UPSTREAM must be a sparse registry/],
  [{ WHEELMILL_QUEUE_URL: 'localhost:6379' }, /^WHEELMILL_QUEUE_URL must be a redis/],
  [{ WHEELMILL_BUILD_MEMORY: '0' }, /^WHEELMILL_BUILD_MEMORY must be a size such as/],
  [{ WHEELMILL_CACHE_BYTES: '-1' }, /^WHEELMILL_CACHE_BYTES must be a size such as/],
  [{ WHEELMILL_BUILD_MEMORY: '6 gigabytes' }, /^WHEELMILL_BUILD_MEMORY must be a size/],
  [{ WHEELMILL_BUILD_TIMEOUT: '30' }, /^WHEELMILL_BUILD_TIMEOUT must be a time such as 30s/],
  [{ WHEELMILL_BUILD_TIMEOUT: '25d' }, /^WHEELMILL_BUILD_TIMEOUT must be a time/],
  [{ WHEELMILL_BUILD_TIMEOUT: '0s' }, /^WHEELMILL_BUILD_TIMEOUT must be a time/],
  [{ WHEELMILL_BUILDER: 'podman' }, /^WHEELMILL_BUILDER must be one of auto, docker, process\.$/],
  [{ WHEELMILL_CONFIG_SETTINGS: 'setup-args=-Dx' }, /^WHEELMILL_CONFIG_SETTINGS has "setup-args=-Dx"; write keys/],
  [{ WHEELMILL_LOG_LEVEL: 'INFO' }, /^WHEELMILL_LOG_LEVEL must be one of/],
  [{ WHEELMILL_TARGETS: 'a=$(reboot)' }, /^WHEELMILL_TARGETS has/],
  [{ WHEELMILL_S3_ENDPOINT: 'http://s3.example.com' }, /needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
  [{ WHEELMILL_S3_ENDPOINT: 'http://s3', AWS_ACCESS_KEY_ID: 'a' }, /needs AWS_ACCESS_KEY_ID and AWS_SECRET/],
  [{ WHEELMILL_BUILD_DISK: '7GiB' }, /^WHEELMILL_BUILD_DISK counts to the memory/],
  [{ WHEELMILL_BUILDER: 'process', WHEELMILL_HOST: '0.0.0.0' }, /^WHEELMILL_BUILDER=process .* WHEELMILL_HOST must be/],
  [{ WHEELMILL_BUILDER: 'process', WHEELMILL_QUEUE_URL: 'redis://q' }, /^WHEELMILL_BUILDER=process .* embedded queue/],
  [
    { WHEELMILL_BUILDER: 'process', WHEELMILL_TARGETS: 'python:3.13=python:3.13-slim' },
    /leave WHEELMILL_TARGETS empty/,
  ],
  [{ WHEELMILL_AUTH: 'off' }, /^WHEELMILL_AUTH must be one of auto, tokens, none\.$/],
  [{ WHEELMILL_AUTH: 'none', WHEELMILL_TOKENS_FILE: '/run/tokens' }, /^WHEELMILL_AUTH=none and .* contradict/],
  [{ WHEELMILL_PROT: '8417' }, /^WHEELMILL_PROT is no setting/],
];

/** The faults that readConfig finds. */
function faultsOf(settings: Record<string, string>): readonly string[] {
  try {
    readConfig(settings);
    return [];
  } catch (error) {
    if (!(error instanceof WheelmillError) || error.code !== 'bad-config') throw error;
    return error.faults as string[];
  }
}

for (const [settings, key, value] of good) {
  t.same(readConfig(settings)[key], value, `${JSON.stringify(settings)}: ${key}`);
}

for (const [settings, fault] of bad) {
  const faults = faultsOf(settings);
  t.equal(faults.length, 1, `${JSON.stringify(settings)} has one fault`);
  t.match(faults[0], fault);
}

t.test('all faults are told at once, in a message of one line each', async (t) => {
  const settings = { WHEELMILL_PORT: 'x', WHEELMILL_TARGETS: 'y', WHEELMILL_A: '1', WHEELMILL_B: '2' };
  t.equal(faultsOf(settings).length, 4);
  t.throws(() => readConfig(settings), { message: /faults:\n {2}WHEELMILL_PORT .*\n.*\n {2}WHEELMILL_A .*\n.*_B / });
});

t.test('what the tables show as default is the default', async (t) => {
  const defaults = readConfig({ HOME: '/root' });
  for (const [key, { name, shown, parse }] of Object.entries(SETTINGS)) {
    // What follows from the machine is told in words.
    if (['WHEELMILL_DATA_DIR', 'WHEELMILL_CONCURRENCY', 'WHEELMILL_TOKENS_FILE'].includes(name)) continue;
    const value = defaults[key as keyof Config];
    if (shown === '') t.ok(value === undefined || (Array.isArray(value) && value.length === 0), name);
    else t.same(parse(shown), value, name);
  }
});

t.test('processes of this machine have one target', async (t) => {
  for (const WHEELMILL_HOST of ['127.0.0.1', '127.0.0.2', '::1', 'localhost', ''])
    t.match(readConfig({ WHEELMILL_BUILDER: 'process', WHEELMILL_HOST }).targets, [{ name: 'local' }], WHEELMILL_HOST);
});

t.test('two processes tell themselves apart', async (t) => {
  t.match(readConfig({}).instance, /^[a-z0-9-]+$/);
});
