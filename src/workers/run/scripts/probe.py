"""What an image's interpreter is and what its pip accepts, as a line of JSON. Run with the image's site-packages.

With the argument `contents` (and libraries.py before this) also what is there for wheels to load.
"""
import json
import os
import platform
import sys
import sysconfig


def release():
    try:
        with open('/etc/os-release') as lines:
            pairs = (line.strip().partition('=') for line in lines if '=' in line)
            return {key: value.strip('"\'') for key, _, value in pairs}
    except OSError:
        return {}


def libc():
    try:
        name, _, version = os.confstr('CS_GNU_LIBC_VERSION').partition(' ')
        return {'name': name, 'version': version}
    except (AttributeError, OSError, ValueError):
        pass
    from pip._vendor.packaging import _musllinux
    musl = _musllinux._get_musl_version(sys.executable)
    return {'name': 'musl' if musl else 'unknown', 'version': '%d.%d' % musl if musl else ''}


def index():
    try:
        from pip._internal.models.index import PyPI
        return PyPI.simple_url
    except (ImportError, AttributeError):
        return None


import pip
from pip._vendor.packaging.markers import default_environment
from pip._vendor.packaging.tags import sys_tags

system = release()
print(json.dumps({
    'implementation': platform.python_implementation().lower(),
    'version': platform.python_version(),
    'executable': sys.executable,
    'abi': sysconfig.get_config_var('SOABI') or '',
    'libc': libc(),
    'distribution': {
        'id': system.get('ID', ''),
        'version': system.get('VERSION_ID', ''),
        'codename': system.get('VERSION_CODENAME', ''),
    },
    'environment': {key: value for key, value in default_environment().items() if key != 'extra'},
    'tags': [str(tag) for tag in sys_tags()],
    'pipVersion': pip.__version__,
    'pipIndex': index(),
    **({'contents': {'libraries': sorted(libraries()), 'packages': packages()}} if 'contents' in sys.argv[1:] else {}),
}))
