"""Takes a file by stdin, unpacks it if it is a source archive. Arguments: size in bytes (-1: the file is in the folder
`in` already), file name, work folder, `unpack` or `keep`, a file that must be there, or nothing, the configuration of cargo
that goes with an archive, and perhaps `compilers`: then the folder `compilers` gets those of PATH with the build
environment's path taken out of what they write.

Prints a line with the crates registry that cargo is made for, empty where none tells, and the name of the folder with the
source. Exit codes: 3, the archive cannot be unpacked; 4, the file that must be there is not.
"""
import os
import sys

size, filename, base, what, required = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
if required and not os.path.exists(required):
    sys.exit(4)
os.umask(0o022)
for name in ('in', 'src', 'out', 'home', 'tmp', 'cache'):
    os.makedirs(os.path.join(base, name), exist_ok=True)
archive = os.path.join(base, 'in', filename)


def refuse(why):
    sys.stderr.write('The source archive cannot be unpacked: %s\n' % (why,))
    sys.exit(3)


def receive(out, left):
    while left:
        # Not read(): the host leaves the pipe open.
        chunk = os.read(0, min(left, 1 << 20))
        if not chunk:
            sys.exit('The source archive ended early.')
        out.write(chunk)
        left -= len(chunk)


def program(name):
    places = [os.path.join(place, name) for place in os.environ.get('PATH', '').split(':') if place]
    return next((place for place in places if os.access(place, os.X_OK)), None)


def built_in_registry():
    """The crates registry that cargo asks unless it is told otherwise. No command tells it: it is in the program. Of one
    that rustup stands for, rustc knows where it is."""
    cargo = program('cargo')
    if not cargo:
        return ''
    found = registry_in(cargo)
    if not found and program('rustc'):
        import subprocess
        asked = subprocess.run(['rustc', '--print', 'sysroot'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        found = registry_in(os.path.join(os.fsdecode(asked.stdout.strip()), 'bin', 'cargo'))
    return found


def registry_in(path):
    import mmap
    import re
    try:
        with open(path, 'rb') as code, mmap.mmap(code.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = re.search(br'sparse\+https://[A-Za-z0-9.-]+/', content)
            return found.group().decode() if found else ''
    except (OSError, ValueError):
        return ''


WRAPPER = """#!/bin/sh
exec %s ${VIRTUAL_ENV:+"-ffile-prefix-map=$VIRTUAL_ENV=%s/env"} "$@"
"""


def wrap_compilers(folder):
    """uv makes each build environment at a path of its own, and debug information and __FILE__ name headers in it by
    that path. GCC, since 8, can be told to write another one (-ffile-prefix-map)."""
    os.makedirs(folder)
    triple = getattr(sys.implementation, '_multiarch', '')
    names = ['cc', 'c++', 'gcc', 'g++'] + ([triple + '-gcc', triple + '-g++'] if triple else [])
    for name in names:
        found = program(name)
        real = os.path.basename(os.path.realpath(found)) if found else ''
        if 'gcc' not in real and 'g++' not in real:
            continue
        wrapper = os.path.join(folder, name)
        with open(wrapper, 'w') as out:
            out.write(WRAPPER % (found, base))
        os.chmod(wrapper, 0o755)


def safely(members):
    """What the filter `data` of newer tarfiles does, roughly: nothing leaves the folder, no devices, no owners."""
    links = set()
    for member in members:
        name, path = member.name, os.path.normpath(member.name)
        reached = [path]
        if member.issym():
            reached.append(os.path.normpath(os.path.join(os.path.dirname(path), member.linkname)))
            links.add(path)
        elif member.islnk():
            reached.append(os.path.normpath(member.linkname))
        above = [path[:at] for at, sign in enumerate(path) if sign == '/']
        if any(one.startswith('/') or one.split('/')[0] == '..' for one in reached) or links.intersection(above):
            raise tarfile.TarError('%r leads out of it' % (name,))
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            raise tarfile.TarError('%r is a special file' % (name,))
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), '', ''
        member.mode = (member.mode | 0o644 | (0o111 if member.isdir() else 0)) & 0o755
        yield member


if size >= 0:
    with open(archive, 'wb') as out:
        receive(out, size)
if what == 'keep':
    sys.exit(0)
if 'compilers' in sys.argv[7:]:
    wrap_compilers(os.path.join(base, 'compilers'))
os.makedirs(os.path.join(base, 'cargo'), exist_ok=True)
with open(os.path.join(base, 'cargo', 'config.toml'), 'w') as out:
    out.write(sys.argv[6])
# Before anything of the archive is there that could be taken for cargo.
registry = built_in_registry()

source = os.path.join(base, 'src')
# Imported only here, and only the one that is needed: every build waits for this program.
if filename.endswith('.zip'):
    import zipfile
    broken = (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError)
else:
    import tarfile
    broken = (tarfile.TarError, EOFError, ValueError)
try:
    if filename.endswith('.zip'):
        with zipfile.ZipFile(archive) as package:
            package.extractall(source)
    else:
        with tarfile.open(archive) as package:
            if hasattr(tarfile, 'data_filter'):
                package.extractall(source, filter='data')
            else:
                package.extractall(source, members=safely(package))
except broken as error:
    refuse(error)
except OSError as error:
    # A full folder is the limits' business; "Not a gzipped file" and its kind have no number.
    if error.errno is None:
        refuse(error)
    raise
folders = [entry for entry in os.scandir(source) if entry.name != 'pax_global_header']
if len(folders) != 1 or not folders[0].is_dir(follow_symlinks=False):
    refuse('it does not have exactly one folder at its top')
print(registry)
print(folders[0].name)
