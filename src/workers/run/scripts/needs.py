"""What the ELF files of a wheel ask for beyond the wheel: libraries.py comes before this, finish.py after it.

The files are a stranger's: they are read, by the program headers alone as the loader reads them, and never run or
loaded. All tables are bounded. A library is the wheel's own where DT_RPATH or DT_RUNPATH lead to it from $ORIGIN, or
where this system has none of that name and the wheel has.
"""
import os
import posixpath
import re
import shutil
import struct
import sys
import tempfile
import zipfile

# 60 is ample for real files; tables of thousands are somebody's joke.
MAX_HEADERS = 512
MAX_DYNAMIC = 8192
MAX_NEEDED = 1024
MAX_STRING = 4096
# Of the whole wheel.
MAX_ANSWER = 4096
MAX_SHOWN = 20
PACKAGE = re.compile(r'[a-z0-9][a-z0-9+.-]{1,127}')
LOAD, DYNAMIC = 1, 2
NEEDED, STRTAB, SONAME_TAG, RPATH, STRSZ, RUNPATH = 1, 5, 14, 15, 10, 29
PREFIX = '/prefix'
SITE = PREFIX + '/lib/python/site-packages'


class Unreadable(Exception):
    pass


class Elf:
    """The dynamic section of one file: what it asks for, what it is called, where it has its libraries looked for."""

    def __init__(self, file):
        self.file = file
        head = self.at(0, 64)
        self.wide, self.order = head[4] == 2, '<' if head[5] == 1 else '>'
        self.needed, self.soname, self.rpath, self.runpath = [], '', [], []
        self.read(*self.headers(head))

    def at(self, offset, size):
        if offset > sys.maxsize - size:
            raise Unreadable('it points past its end')
        self.file.seek(offset)
        data = self.file.read(size)
        if len(data) != size:
            raise Unreadable('it points past its end')
        return data

    def headers(self, head):
        """Where its segments are in memory and in the file, and where the dynamic section is in the file."""
        offset = self.unpack('Q', head, 32) if self.wide else self.unpack('I', head, 28)
        size, count = self.unpack('HH', head, 54 if self.wide else 42)
        if count > MAX_HEADERS or (count and size < (56 if self.wide else 32)):
            raise Unreadable('its program headers make no sense')
        loads, dynamic = [], None
        for number in range(count):
            header = self.at(offset + number * size, 56 if self.wide else 32)
            if self.wide:
                kind, _, start, address, _, length = self.unpack('IIQQQQ', header)
            else:
                kind, start, address, _, length = self.unpack('IIIII', header)
            if kind == LOAD:
                loads.append((address, start, length))
            elif kind == DYNAMIC and dynamic is None:
                dynamic = (start, length)
        return loads, dynamic

    def unpack(self, format, data, offset=0):
        values = struct.unpack_from(self.order + format, data, offset)
        return values if len(values) > 1 else values[0]

    def read(self, loads, dynamic):
        if dynamic is None:
            return
        size = 16 if self.wide else 8
        entries = []
        for number in range(min(dynamic[1] // size, MAX_DYNAMIC)):
            tag, value = self.unpack('QQ' if self.wide else 'II', self.at(dynamic[0] + number * size, size))
            if tag == 0:
                break
            entries.append((tag, value))
        else:
            raise Unreadable('its dynamic section does not end')
        tags = dict(reversed(entries))
        strings = [value for tag, value in entries if tag in (NEEDED, SONAME_TAG, RPATH, RUNPATH)]
        if not strings:
            return
        if len(strings) > MAX_NEEDED:
            raise Unreadable('it asks for thousands of libraries')
        address = tags.get(STRTAB, -1)
        start = next((at + address - low for low, at, length in loads if low <= address < low + length), None)
        if start is None:
            raise Unreadable('its strings are nowhere')
        for tag, value in entries:
            if tag == NEEDED:
                self.needed.append(self.string(start, value, tags))
            elif tag == SONAME_TAG:
                self.soname = self.string(start, value, tags)
            elif tag == RPATH:
                self.rpath += self.string(start, value, tags).split(':')
            elif tag == RUNPATH:
                self.runpath += self.string(start, value, tags).split(':')

    def string(self, start, value, tags):
        left = min(MAX_STRING, tags.get(STRSZ, 0) - value)
        if left <= 0 or start + value > sys.maxsize - left:
            raise Unreadable('its strings are cut')
        self.file.seek(start + value)
        text, end, _ = self.file.read(left).partition(b'\0')
        if not end:
            raise Unreadable('its strings are cut')
        return os.fsdecode(text)


def installed(name):
    """Where an installer puts a file of a wheel, on a prefix that is nobody's."""
    top, _, rest = name.partition('/')
    if top.endswith('.data'):
        scheme, _, rest = rest.partition('/')
        folder = {'scripts': PREFIX + '/bin', 'data': PREFIX, 'headers': PREFIX + '/include'}.get(scheme, SITE)
        return posixpath.normpath(folder + '/' + rest)
    return posixpath.normpath(SITE + '/' + name)


def folders(paths, place):
    """Search folders with $ORIGIN filled in; those with other tokens, or relative ones, lead nowhere."""
    for path in paths:
        for token in ('$ORIGIN', '${ORIGIN}'):
            path = path.replace(token, posixpath.dirname(place))
        if path.startswith('/') and '$' not in path:
            yield posixpath.normpath(path)


def read_wheel(path, folder):
    """Its native ELF files by the place they are installed at, and the names of those that cannot be read."""
    found, unreadable = {}, []
    with zipfile.ZipFile(path) as wheel:
        for entry in wheel.infolist():
            with wheel.open(entry) as member:
                head = member.read(20)
                if elf_kind(head) != NATIVE:
                    if head[:4] == b'\x7fELF' and elf_kind(head) is None:
                        unreadable.append(entry.filename)
                    continue
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.write(head)
                    shutil.copyfileobj(member, file, 1 << 20)
                    try:
                        found[installed(entry.filename)] = Elf(file)
                    except (Unreadable, struct.error, OverflowError):
                        unreadable.append(entry.filename)
    return found, unreadable


def asked(elves):
    """Every library that is asked for and is not the wheel's own, with its path on this system where it has one."""
    here = candidates()
    own = {posixpath.basename(place) for place in elves} | {elf.soname for elf in elves.values()}
    # DT_RPATH holds for what is loaded for its file too, DT_RUNPATH for the file alone (ld.so(8)).
    inherited = [one for place, elf in elves.items() if not elf.runpath for one in folders(elf.rpath, place)]
    for place, elf in elves.items():
        search = list(folders(elf.runpath, place)) or inherited
        for name in elf.needed:
            base = posixpath.basename(name)
            if not SONAME.fullmatch(base):
                yield None, None
                continue
            places = [name] if '/' in name else [one + '/' + name for one in search]
            if any(one in elves for one in places):
                continue
            path = native(places + here.get(base, []))
            if path is not None or base not in own:
                yield base, path


def needs(path, folder):
    """Every library that a wheel asks for beyond it, by name, with the package that has it here, and whether it has any
    native ELF file. Works in a folder."""
    elves, unreadable = read_wheel(path, folder)
    found, nameless = {}, 0
    for soname, path in asked(elves):
        if soname is None:
            nameless += 1
        elif found.get(soname) is None:
            found[soname] = path
        if len(found) > MAX_ANSWER:
            sys.exit('The wheel asks for more than %d libraries.' % MAX_ANSWER)
    owned = owners({path for path in found.values() if path is not None})
    answer = []
    for soname in sorted(found):
        package = owned.get(found[soname], '')
        answer.append({'soname': soname, **({'package': package} if PACKAGE.fullmatch(package) else {})})
    for name in unreadable[:MAX_SHOWN]:
        print('%s is no ELF file that can be read' % ascii(name), file=sys.stderr)
    if nameless:
        print('%d names of libraries are none' % nameless, file=sys.stderr)
    return answer, bool(elves)
