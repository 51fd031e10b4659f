"""Compiles what a proof runs, of the interpreter and of its pip, into a folder, unless it is there. Arguments: the folder, and
the source of the proof.

Images are shipped without compiled modules, so that each pip that starts in them compiles itself for a second. A proof of an empty
wheel shows which modules are needed. What is here counts for the very files it was made of only (their time and size), so
an image with more packages uses it, too. After volume.py.
"""
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

volume, source = sys.argv[1:3]
ready = os.path.join(volume, 'ready')
WHEEL = 'wheelmill_nothing-0-py3-none-any.whl'
INFO = 'wheelmill_nothing-0.dist-info/'
FILES = {
    'wheelmill_nothing.py': '',
    INFO + 'METADATA': 'Metadata-Version: 2.1\nName: wheelmill-nothing\nVersion: 0\n',
    INFO + 'WHEEL': 'Wheel-Version: 1.0\nGenerator: wheelmill\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
}


def empty_wheel():
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
        wheel.writestr(INFO + 'RECORD', ''.join('%s,,\n' % name for name in [*FILES, INFO + 'RECORD']))
    return out.getvalue()


if os.path.exists(ready):
    sys.exit(0)
folder = new_folder(volume)
wheel = empty_wheel()
about = {'filename': WHEEL, 'size': len(wheel), 'imports': True, 'look': False}
order = {'wheels': [about], 'check': True, 'seconds': 60, 'owners': []}
with tempfile.TemporaryDirectory() as base:
    pyc = os.path.join(base, 'pyc')
    ran = subprocess.run([sys.executable, '-I', '-X', 'pycache_prefix=' + pyc, '-c', source, base], stdout=subprocess.DEVNULL,
                         input=json.dumps(order).encode('ascii') + b'\n' + wheel)
    if ran.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(ran.returncode)
    # Those of the wheel itself and of the environment are nobody's else.
    shutil.rmtree(pyc + os.path.dirname(base), ignore_errors=True)
    shutil.copytree(pyc, folder, dirs_exist_ok=True)
publish(folder, ready, ready)
