import type { HostileCase } from '../hostile-case.ts';

/** `refused(what, task)` ends the build where the task succeeds. */
const REFUSED = `
import ctypes, stat
libc = ctypes.CDLL(None, use_errno=True)
def refused(what, task):
    try:
        task()
    except OSError as error:
        print('refused:', what, error, flush=True)
        return
    sys.exit('not refused: ' + what)
def call(name, *values):
    if getattr(libc, name)(*values) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
`;

/** Builds that want to be more than they are, or to stay longer. */
export const escapes: readonly HostileCase[] = [
  {
    name: 'writes',
    what: 'files outside its folder: the interpreter, the toolbox, the system',
    inCheck: true,
    sdist: {
      backend: `${REFUSED}
for folder in ('/', '/etc', '/usr/bin', '/usr/local/lib', '/toolbox', '/toolbox/ready', '/root', os.path.dirname(os.__file__)):
    refused(folder, lambda: open(os.path.join(folder, 'evil'), 'w'))
for path in ('/etc/passwd', '/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern', '/sys/kernel/uevent_helper', '/dev/mem'):
    refused(path, lambda: open(path, 'r+b'))
`,
    },
    expected: 'contained',
  },
  {
    name: 'signals',
    what: 'signals to pid 1 and to every process that is not its own',
    sdist: {
      backend: `${REFUSED}
for pid in map(int, filter(str.isdigit, os.listdir('/proc'))):
    if os.stat('/proc/%d' % pid).st_uid != os.getuid():
        refused('signal to %d' % pid, lambda: os.kill(pid, 9))
        refused('memory of %d' % pid, lambda: open('/proc/%d/mem' % pid, 'r+b'))
        refused('environment of %d' % pid, lambda: open('/proc/%d/environ' % pid, 'rb').read())
        refused('files of %d' % pid, lambda: os.listdir('/proc/%d/fd' % pid))
`,
    },
    expected: 'contained',
  },
  {
    name: 'killall',
    what: 'everything that it can kill, itself included',
    sdist: { backend: 'os.kill(-1, 9)\n' },
    expected: { reason: 'build-error', message: /SIGKILL/ },
  },
  {
    name: 'privileges',
    what: 'privileges: root, capabilities, mounts, namespaces, devices, modules',
    sdist: {
      backend: `${REFUSED}
refused('root', lambda: os.setuid(0))
refused('root group', lambda: os.setgid(0))
refused('mount', lambda: call('mount', b'none', b'/tmp', b'tmpfs', 0, None))
refused('pivot', lambda: os.chroot('/tmp'))
refused('user namespace', lambda: call('unshare', 0x10000000))
refused('mount namespace', lambda: call('unshare', 0x00020000))
refused('a device', lambda: os.mknod('/tmp/disk', stat.S_IFBLK | 0o600, os.makedev(8, 0)))
refused('the clock', lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
refused('the host name', lambda: call('sethostname', b'evil', 4))
status = open('/proc/self/status').read()
for name in ('CapEff', 'CapPrm', 'CapBnd'):
    assert '%s:\\t0000000000000000' % name in status, status
assert 'NoNewPrivs:\\t1' in status and 'Seccomp:\\t2' in status, status
for folder in ('/usr/bin', '/bin', '/usr/sbin'):
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.stat(path).st_mode & (stat.S_ISUID | stat.S_ISGID) and os.access(path, os.X_OK):
            assert os.getuid() == 1000
`,
    },
    expected: 'contained',
  },
  {
    name: 'leftover',
    what: 'processes of a session of their own that outlive the build',
    inCheck: true,
    sdist: {
      backend: `
quiet = {'start_new_session': True, 'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
for _ in range(5):
    subprocess.Popen(['sleep', '98765'], **quiet)
subprocess.Popen(['sh', '-c', 'trap "" TERM HUP INT; while :; do sleep 98765; done'], **quiet)
`,
    },
    expected: 'contained',
  },
  {
    name: 'holdsoutput',
    what: 'a process that outlives the build and holds its output, so that the front end waits for more',
    sdist: { backend: "subprocess.Popen(['sleep', '98765'], start_new_session=True)\n" },
    expected: { reason: 'silent', message: /20 seconds/ },
  },
  {
    name: 'poison',
    what: 'traces for the next build: temporary files, caches, a home, shared memory',
    sdist: {
      backend: `
for folder in ('/tmp', '/dev/shm', os.environ['HOME'], os.environ['TMPDIR']):
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, 'wheelmill-poison'), 'w').close()
os.makedirs(os.path.expanduser('~/.config/pip'), exist_ok=True)
open(os.path.expanduser('~/.config/pip/pip.conf'), 'w').write('[global]\\nindex-url = http://evil.test/\\n')
open(os.path.expanduser('~/.pydistutils.cfg'), 'w').write('[install]\\nprefix = /evil\\n')
`,
    },
    expected: 'contained',
  },
  {
    name: 'painted',
    what: 'a log that paints the terminal and scripts the browser',
    inCheck: true,
    sdist: {
      backend: `print('\\x1b[2J\\x1b]0;owned\\x07\\x9b31m<script>alert(1)</script>\\x1b]8;;http://evil.test/\\x1b\\\\\\\\ \\u202e', flush=True)\nraise RuntimeError('\\x1b[31mpainted')\n`,
    },
    expected: { reason: 'build-error', message: /^(?!.*[\x00-\x08\x0b-\x1f\x7f-\x9f]).*painted/ },
  },
];
