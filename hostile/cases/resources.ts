import type { HostileCase } from '../hostile-case.ts';

const endless = (step: string) => `while True:\n    ${step}\n`;

/** Builds that take what they can get: each ends at its limit, by that name. */
export const resources: readonly HostileCase[] = [
  {
    name: 'forkbomb',
    what: 'a fork bomb',
    inCheck: true,
    sdist: { backend: 'while True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n' },
    expected: { reason: 'too-many-processes', message: /96/ },
  },
  {
    name: 'threadbomb',
    what: 'threads without end',
    sdist: {
      backend: 'while True:\n    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n',
    },
    expected: { reason: 'too-many-processes', message: /96/ },
  },
  {
    name: 'memory',
    what: 'all memory',
    sdist: { backend: 'hold = [bytearray(1 << 20) for _ in range(1 << 16)]\n' },
    expected: { reason: 'out-of-memory', message: /384 MiB/ },
  },
  {
    name: 'memorychild',
    what: 'all memory, in a child whose death is kept quiet',
    sdist: {
      backend: `subprocess.call([sys.executable, '-c', 'hold = [bytearray(1 << 20) for _ in range(1 << 16)]'])\nsys.exit(1)\n`,
    },
    expected: { reason: 'out-of-memory', message: /384 MiB/ },
  },
  {
    name: 'disk',
    what: 'a full disk',
    sdist: {
      backend: `with open('big', 'wb') as big:\n    ${endless("big.write(b'x' * (1 << 20))").replace('\n', '\n    ')}`,
    },
    expected: { reason: 'out-of-disk', message: /96 MiB/ },
  },
  {
    name: 'inodes',
    what: 'files without number: each takes memory of the kernel, which counts',
    sdist: { backend: `for n in range(1 << 30):\n    open('f%d' % n, 'w').close()\n` },
    expected: { reason: 'out-of-memory', message: /384 MiB.*work folder/ },
  },
  {
    name: 'deepfolders',
    what: 'folders in folders, deeper than any path',
    sdist: {
      backend: `for n in range(1 << 30):\n    os.mkdir('d')\n    os.chdir('d')\n`,
    },
    expected: { reason: 'out-of-memory', message: /384 MiB.*work folder/ },
  },
  {
    name: 'endless',
    what: 'an endless loop that goes on talking',
    sdist: { backend: endless("print('working', flush=True); time.sleep(0.5)") },
    expected: { reason: 'timed-out', message: /minute|seconds/ },
  },
  {
    name: 'silent',
    what: 'an endless loop without a word, deaf to the request to end',
    sdist: { backend: `import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n${endless('pass')}` },
    expected: { reason: 'silent', message: /seconds/ },
  },
  {
    name: 'logflood',
    what: 'a flood of words',
    inCheck: true,
    sdist: { backend: "subprocess.call(['yes'])\n" },
    expected: { reason: 'log-too-large', message: /1 MiB/ },
  },
  {
    name: 'largewheel',
    what: 'a wheel of gigabytes, made of holes',
    sdist: {
      backend: `
with open(os.path.join(out, 'largewheel-1.0-py3-none-any.whl'), 'wb') as wheel:
    wheel.truncate(64 << 20)
return 'largewheel-1.0-py3-none-any.whl'
`,
    },
    expected: { reason: 'output-too-large', message: /16777216/ },
  },
  {
    name: 'manywheels',
    what: 'a thousand wheels',
    sdist: {
      backend: `
for n in range(1000):
    open(os.path.join(out, 'manywheels-1.%d-py3-none-any.whl' % n), 'w').close()
return 'manywheels-1.0-py3-none-any.whl'
`,
    },
    expected: { reason: 'bad-wheel', message: /more than one wheel/ },
  },
];
