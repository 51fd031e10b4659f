"""Ends everything of this user, then gives out the one wheel. Arguments: folder, most bytes.

Prints a line of JSON, then the bytes: {"wheels": [names], "size": bytes} where there is exactly one regular *.whl.
"""
import json
import os
import signal
import stat
import sys

folder, most = sys.argv[1], int(sys.argv[2])
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:
    pass
wheels = []
others = []
for entry in os.scandir(folder):
    if entry.name.endswith('.whl') and len(entry.name) < 256:
        (wheels if entry.is_file(follow_symlinks=False) else others).append(entry.name)
answer = {'wheels': sorted(wheels)[:10], 'others': sorted(others)[:10], 'size': 0}
out = sys.stdout.buffer
if len(wheels) != 1:
    out.write(json.dumps(answer).encode() + b'\n')
    sys.exit(0)
with open(os.open(os.path.join(folder, wheels[0]), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), 'rb') as wheel:
    status = os.fstat(wheel.fileno())
    if not stat.S_ISREG(status.st_mode):
        sys.exit('The wheel is not a file.')
    answer['size'] = left = status.st_size
    out.write(json.dumps(answer).encode() + b'\n')
    if left > most:
        sys.exit(0)
    while left:
        chunk = wheel.read(min(left, 1 << 20))
        if not chunk:
            sys.exit('The wheel ended early.')
        out.write(chunk)
        left -= len(chunk)
out.flush()
