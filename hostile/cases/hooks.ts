import type { FailureReason } from '../../src/errors.ts';
import type { HostileCase } from '../hostile-case.ts';

/** `told(metadata)` says what a wheel will say of itself, as PEP 517 wants it. */
const TOLD = `
def told(text, name='told-1.0.dist-info'):
    os.mkdir(os.path.join(out, name))
    with open(os.path.join(out, name, 'METADATA'), 'w') as metadata:
        metadata.write(text)
    return name
`;

function hook(name: string, what: string, code: string, reason?: FailureReason): HostileCase {
  const metadata = `Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n`;
  const filled = code.replaceAll('GOOD', `'${metadata}'`);
  return {
    name,
    what,
    sdist: { backend: 'pass' },
    hook: { code: TOLD + filled, ...(reason && { reason }) },
    expected: 'contained',
  };
}

/**
 * Build back-ends that are asked what their wheel will say of itself, while a client waits: whatever they do, the client learns
 * it from the wheel, which is built.
 */
export const hooks: readonly HostileCase[] = [
  hook(
    'hookforks',
    'a fork bomb where metadata is asked for',
    'while True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n',
    'too-many-processes',
  ),
  hook('hooksilent', 'metadata that never comes', 'while True:\n    time.sleep(1)\n', 'silent'),
  {
    ...hook(
      'hookliar',
      'metadata of another project',
      "return told('Metadata-Version: 2.1\\nName: six\\nVersion: 1.0\\n')",
      'bad-wheel',
    ),
    inCheck: true,
  },
  hook(
    'hookendless',
    'metadata without end, by a link to a device',
    "name = told('')\nos.remove(os.path.join(out, name, 'METADATA'))\nos.symlink('/dev/zero', os.path.join(out, name, 'METADATA'))\nreturn name",
    'out-of-memory',
  ),
  hook(
    'hookpoison',
    'traces for the build that follows, and a process that stays',
    `
for folder in ('/tmp', '/dev/shm', os.environ['HOME'], os.environ.get('TMPDIR', '/tmp'), '/toolbox', '/usr/local/bin'):
    try:
        open(os.path.join(folder, 'wheelmill-poison'), 'w').write('x')
    except OSError as error:
        print('closed:', error)
subprocess.Popen(['sleep', '98765'], start_new_session=True)
return told(GOOD)
`,
  ),
];
