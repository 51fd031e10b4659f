import type { HostileCase } from '../hostile-case.ts';

/** `closed(host, port)` ends the build where somebody answers. */
const CLOSED = `
import http.client, socket, stat
def closed(host, port):
    try:
        with socket.create_connection((host, port), timeout=3):
            sys.exit('reached %s, port %d' % (host, port))
    except OSError as error:
        print('closed:', host, port, error, flush=True)
`;

/** Builds that look for somebody to talk to: there is the door, and behind it an index that is read. */
export const reach: readonly HostileCase[] = [
  {
    name: 'loopback',
    what: 'services of the host by 127.0.0.1 and ::1',
    inCheck: true,
    sdist: {
      backend: ({ apiPort, indexPort }) =>
        `${CLOSED}\nfor host in ('127.0.0.1', '::1', 'localhost'):\n    for port in (${apiPort}, ${indexPort}, 22, 6379, 2375):\n        closed(host, port)\n`,
    },
    expected: 'contained',
  },
  {
    name: 'hostbridge',
    what: "services of the host by the engine's bridge and its usual names",
    sdist: {
      backend: ({ apiPort }) =>
        `${CLOSED}\nfor host in ('172.17.0.1', 'host.docker.internal', 'gateway.docker.internal'):\n    for port in (${apiPort}, 2375, 80):\n        closed(host, port)\n`,
    },
    expected: 'contained',
  },
  {
    name: 'cloudmetadata',
    what: 'the metadata addresses of clouds',
    sdist: {
      backend: `${CLOSED}\nfor host in ('169.254.169.254', 'fd00:ec2::254', '100.100.100.200'):\n    closed(host, 80)\n`,
    },
    expected: 'contained',
  },
  {
    name: 'internet',
    what: 'the internet by address, TCP and UDP',
    sdist: {
      backend: `${CLOSED}
closed('198.51.100.7', 443)
closed('2001:db8::7', 443)
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'secret', ('198.51.100.7', 53))
    sys.exit('a datagram left')
except OSError as error:
    print('closed:', error)
`,
    },
    expected: 'contained',
  },
  {
    name: 'names',
    what: 'the internet by name, secrets in the name',
    sdist: {
      backend: `${CLOSED}
try:
    socket.getaddrinfo('secret.wheelmill.test', 80)
    sys.exit('a name was looked up')
except OSError as error:
    print('closed:', error)
`,
    },
    expected: 'contained',
  },
  {
    name: 'interfaces',
    what: 'a way out: interfaces, routes, raw sockets',
    sdist: {
      backend: `
import socket
assert [name for _, name in socket.if_nameindex()] == ['lo'], socket.if_nameindex()
assert len(open('/proc/net/route').read().splitlines()) <= 1, 'there is a route'
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW)):
    try:
        socket.socket(family, kind, socket.IPPROTO_ICMP)
        sys.exit('a raw socket was opened')
    except OSError as error:
        print('closed:', error)
`,
    },
    expected: 'contained',
  },
  {
    name: 'door',
    what: 'the door as a proxy: other addresses, other methods, other paths',
    inCheck: true,
    sdist: {
      backend: ({ apiPort }) => `
import re, socket
from urllib.parse import urlsplit
door = urlsplit(os.environ['UV_DEFAULT_INDEX'])
def ask(request):
    with socket.create_connection((door.hostname, door.port), timeout=10) as connection:
        connection.sendall((request + '\\r\\nHost: localhost\\r\\nConnection: close\\r\\nContent-Length: 0\\r\\n\\r\\n').encode())
        answer = b''
        while True:
            chunk = connection.recv(65536)
            if not chunk:
                return answer.decode('latin1')
            answer += chunk
for request in (
    'GET http://127.0.0.1:${apiPort}/api/v1/workers HTTP/1.1',
    'CONNECT 127.0.0.1:${apiPort} HTTP/1.1',
    'GET /api/v1/workers HTTP/1.1',
    'GET /simple/../api/v1/workers HTTP/1.1',
    'GET /simple/%2e%2e/%2e%2e/etc/passwd HTTP/1.1',
    'POST /simple/six/ HTTP/1.1',
    'PUT /simple/six/ HTTP/1.1',
    'DELETE /simple/six/ HTTP/1.1',
    'POST /legacy/ HTTP/1.1',
):
    answer = ask(request)
    print(request, '->', answer[:40].split('\\r\\n')[0], flush=True)
    assert not re.match(r'HTTP/1\\.1 [23]', answer), answer
`,
    },
    expected: 'contained',
  },
  {
    name: 'doorflood',
    what: 'the door asked without end by many threads, over more connections than there may be',
    // It asks at the same time, and must have its answers.
    beside: `
import urllib.request
index = os.environ['UV_DEFAULT_INDEX']
for _ in range(20):
    urllib.request.urlopen(index.rstrip('/') + '/doorflood/', timeout=15).read()
    time.sleep(0.4)
`,
    sdist: {
      backend: `
import http.client, socket
from urllib.parse import urlsplit
door = urlsplit(os.environ['UV_DEFAULT_INDEX'])
deadline = time.monotonic() + 10
held, answers = [], []
try:
    for _ in range(500):
        held.append(socket.create_connection((door.hostname, door.port), timeout=5))
except OSError as error:
    print('refused after', len(held), error)
def ask():
    connection = http.client.HTTPConnection(door.hostname, door.port, timeout=10)
    while time.monotonic() < deadline:
        try:
            connection.request('GET', door.path.rstrip('/') + '/doorflood/')
            answer = connection.getresponse()
            answer.read()
            answers.append(answer.status)
        except (OSError, http.client.HTTPException):
            connection.close()
            time.sleep(0.01)
threads = [threading.Thread(target=ask) for _ in range(40)]
for one in threads:
    one.start()
for one in held:
    one.close()
for one in threads:
    one.join()
print('answered', {status: answers.count(status) for status in set(answers)}, flush=True)
assert set(answers) <= {200, 429, 503}, set(answers)
`,
    },
    expected: 'contained',
  },
  {
    name: 'enginesocket',
    what: "the engine's socket, and any other one",
    sdist: {
      backend: `
import stat
found = []
for folder, folders, files in os.walk('/'):
    if folder == '/':
        folders[:] = [one for one in folders if one not in ('proc', 'sys')]
    for name in files:
        try:
            if stat.S_ISSOCK(os.lstat(os.path.join(folder, name)).st_mode):
                found.append(os.path.join(folder, name))
        except OSError:
            pass
assert not found, found
assert not [name for name in os.environ if name.startswith(('DOCKER', 'AWS', 'WHEELMILL'))], sorted(os.environ)
`,
    },
    expected: 'contained',
  },
  {
    name: 'neighbour',
    what: "another build's processes, files and secrets, while it runs",
    beside: `open('neighbours-secret', 'w').write('neighbours-secret')\ntime.sleep(8)\n`,
    sdist: {
      backend: `
deadline = time.monotonic() + 6
while time.monotonic() < deadline:
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            line = open('/proc/%s/cmdline' % pid, 'rb').read()
        except OSError:
            continue
        assert b'neighbours' not in line or pid == str(os.getpid()), line
    for folder in ('/tmp', '/dev/shm', '/build'):
        for _, _, files in os.walk(folder):
            assert 'neighbours-secret' not in files, folder
    print('looking', flush=True)
    time.sleep(1)
`,
    },
    expected: 'contained',
  },
];
