"""The shared libraries of this system, as its dynamic loader finds them, and the Debian packages that own them.

Other programs have this text before their own. Nothing here runs a program: the loader's cache and the package
database are files.
"""
import glob
import os
import re
import struct

CACHE = '/etc/ld.so.cache'
DPKG = '/var/lib/dpkg'
SONAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9._+~@-]{0,127}')


def elf_kind(head):
    """Class, byte order and machine of a file that starts so; None for what is no ELF file."""
    if len(head) < 20 or head[:4] != b'\x7fELF' or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    return head[4], head[5], struct.unpack('<H' if head[5] == 1 else '>H', head[18:20])[0]


def kind_of(path):
    # Somebody else may have named it: a device could be waited for until the end of time.
    if not os.path.isfile(path):
        return None
    try:
        with open(path, 'rb') as file:
            return elf_kind(file.read(20))
    except OSError:
        return None


# Of the interpreter: what is of another kind cannot be loaded.
NATIVE = kind_of('/proc/self/exe')


def cached():
    """Name and path of every library in the loader's cache (glibc: elf/cache.c, the format since 2.2)."""
    try:
        with open(CACHE, 'rb') as file:
            data = file.read()
    except OSError:
        return []
    start = data.find(b'glibc-ld.so.cache1.1')
    if start < 0:
        return []
    count = struct.unpack_from('=I', data, start + 20)[0]
    found = []
    for at in range(start + 48, min(start + 48 + 24 * count, len(data) - 23), 24):
        _, name, path = struct.unpack_from('=iII', data, at)
        found.append(tuple(os.fsdecode(data[start + one:data.index(b'\0', start + one)]) for one in (name, path)))
    return found


def default_folders():
    """Where the loader looks without a cache; the folders of the machine's triple where there are such."""
    triples = sorted(glob.glob('/usr/lib/*-linux-*'))
    return [one for one in triples if os.path.isdir(one)] + ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib']


def candidates():
    """Every library that can be loaded here without more ado: by name the paths it may be at, best first."""
    found = {}
    for name, path in cached():
        found.setdefault(name, []).append(path)
    for folder in default_folders():
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if '.so' in name:
                found.setdefault(name, []).append(os.path.join(folder, name))
    return found


def native(paths):
    """The first of these that is made for this interpreter's machine."""
    return next((path for path in paths if kind_of(path) == NATIVE), None)


def libraries():
    """The names of all of them."""
    return [name for name, paths in candidates().items() if SONAME.fullmatch(name) and native(paths)]


def packages():
    """Version by name of every Debian package that is installed."""
    found, name, installed = {}, None, False
    try:
        with open(DPKG + '/status', encoding='utf-8', errors='replace') as lines:
            for line in lines:
                if line.startswith('Package: '):
                    name, installed = line[9:].strip(), False
                elif line.startswith('Status: '):
                    installed = line.split()[-1] == 'installed'
                elif line.startswith('Version: ') and name and installed:
                    found[name] = line[9:].strip()
    except OSError:
        pass
    return found


def names_of(path):
    """A file's names in package lists: `/lib` and `/usr/lib` are one folder, and lists have either."""
    real = os.path.realpath(path)
    for one in {path, real, os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))}:
        yield one
        yield one[4:] if one.startswith('/usr/') else '/usr' + one


def owners(paths):
    """The installed package that owns each of these files, where one does."""
    wanted = {}
    for path in paths:
        for name in names_of(path):
            wanted.setdefault(os.fsencode(name), []).append(path)
    found = {}
    for listing in sorted(glob.glob(DPKG + '/info/*.list')):
        package = os.path.basename(listing)[:-5].split(':')[0]
        with open(listing, 'rb') as lines:
            for line in lines:
                for path in wanted.get(line.rstrip(b'\n'), ()):
                    found.setdefault(path, package)
    return found
