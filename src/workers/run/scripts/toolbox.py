"""Installs the toolbox into a volume, unless it is complete. Arguments: folder of the volume, index, size of the lock.

The lock comes by stdin. Everything goes to a temporary folder first; the rename is what makes it a toolbox, so two
installers may run at once and a dead one leaves nothing that counts. Run with the image's pip, as root of the volume.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

volume, index, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
ready = os.path.join(volume, 'ready')
marker = os.path.join(ready, 'complete')
STALE_SECONDS = 3600

lock = b''
while len(lock) < size:
    chunk = os.read(0, size - len(lock))
    if not chunk:
        sys.exit('The lock ended early.')
    lock += chunk
if os.path.exists(marker):
    sys.exit(0)

for name in os.listdir(volume):
    path = os.path.join(volume, name)
    if name.startswith('new-') and time.time() - os.stat(path).st_mtime > STALE_SECONDS:
        shutil.rmtree(path, ignore_errors=True)
os.umask(0o022)
folder = tempfile.mkdtemp(prefix='new-', dir=volume)
os.chmod(folder, 0o755)
requirements = os.path.join(tempfile.mkdtemp(), 'requirements.txt')
with open(requirements, 'wb') as out:
    out.write(lock)
code = subprocess.call([
    sys.executable, '-I', '-m', 'pip', '--isolated', '--no-cache-dir', '--disable-pip-version-check', 'install',
    '--quiet', '--no-input', '--progress-bar', 'off', '--no-color', '--no-deps', '--no-compile',
    '--require-hashes', '--only-binary', ':all:', '--index-url', index, '--target', folder, '-r', requirements,
])
if code:
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)
with open(os.path.join(folder, 'complete'), 'w'):
    pass
try:
    os.rename(folder, ready)
except OSError:
    shutil.rmtree(folder, ignore_errors=True)
    if not os.path.exists(marker):
        raise
