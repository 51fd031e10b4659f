"""Installs the toolbox into a folder, unless it is complete. Arguments: folder, index, and the lock: its path, or its
size in bytes when it comes by stdin. After volume.py; run with the target's pip, as owner of the folder.
"""
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile

volume, index, source = sys.argv[1:4]
ready = os.path.join(volume, 'ready')
marker = os.path.join(ready, 'complete')


def from_stdin(size):
    lock = b''
    while len(lock) < size:
        chunk = os.read(0, size - len(lock))
        if not chunk:
            sys.exit('The lock ended early.')
        lock += chunk
    path = os.path.join(tempfile.mkdtemp(), 'requirements.txt')
    with open(path, 'wb') as out:
        out.write(lock)
    return path


requirements = from_stdin(int(source)) if source.isdigit() else source
if os.path.exists(marker):
    sys.exit(0)

folder = new_folder(volume)
code = subprocess.call([
    sys.executable, '-I', '-m', 'pip', '--isolated', '--no-cache-dir', '--disable-pip-version-check', 'install',
    '--quiet', '--no-input', '--progress-bar', 'off', '--no-color', '--no-deps', '--no-compile',
    '--require-hashes', '--only-binary', ':all:', '--index-url', index, '--target', folder, '-r', requirements,
])
if code:
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)
# Where it is used it is read-only: what is not compiled here is compiled again for every wheel. By hashes that nobody looks
# at, since the files never change; a file that cannot be compiled still runs as it is.
compileall.compile_dir(folder, quiet=2, ddir='/toolbox', invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
with open(os.path.join(folder, 'complete'), 'w'):
    pass
publish(folder, ready, marker)
