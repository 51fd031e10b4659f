import type { HostileCase } from '../hostile-case.ts';

/** Sound wheels whose module attacks whoever imports it: that is done by the proof, in a container of its own. */
export const imports: readonly HostileCase[] = [
  {
    name: 'importreach',
    what: 'a module that looks for somebody to talk to, and for files to change, when it is imported',
    inCheck: true,
    sdist: {
      backend: 'pass\n',
      module: `import os, socket
for host, port in (('127.0.0.1', 8080), ('127.0.0.1', 22), ('172.17.0.1', 80), ('198.51.100.7', 443), ('169.254.169.254', 80)):
    try:
        socket.create_connection((host, port), timeout=3)
    except OSError:
        continue
    raise SystemExit('reached %s' % host)
for path in ('/etc/evil', '/usr/local/lib/evil', '/root/evil'):
    try:
        open(path, 'w')
    except OSError:
        continue
    raise SystemExit('wrote %s' % path)
assert os.getuid() == 1000
`,
    },
    expected: 'contained',
  },
  {
    name: 'importbomb',
    what: 'a module that is a fork bomb when it is imported: that proves nothing, and condemns nothing but itself',
    sdist: {
      backend: 'pass\n',
      module: 'import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n',
    },
    expected: 'contained',
  },
  {
    name: 'importkill',
    what: 'a module that kills all it can when it is imported: that proves nothing either, and is said so',
    sdist: { backend: 'pass\n', module: 'import os\nos.kill(-1, 9)\n' },
    expected: 'contained',
  },
];
