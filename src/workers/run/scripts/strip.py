"""Leaves debug information out of a wheel: CPython's own flags have `-g`, so that everything built from an sdist has it.

libraries.py and needs.py come before this, finish.py after it. The symbol table stays: a stack trace still has names.
"""
import subprocess

STRIP_SECONDS = 60
EXECUTABLE, SHARED = 2, 3
DEBUG = (b'.debug_info', b'.zdebug_info')
# Of one file; it is in memory.
MOST_BYTES = 512 << 20


def is_strippable(data):
    """Whether these bytes are a program or library of this machine that has debug information and nothing behind its sections."""
    if elf_kind(data[:20]) != NATIVE or not any(name in data for name in DEBUG):
        return False
    order, wide = ('<' if data[5] == 1 else '>'), data[4] == 2
    try:
        kind, = struct.unpack_from(order + 'H', data, 16)
        start, = struct.unpack_from(order + ('Q' if wide else 'I'), data, 40 if wide else 32)
        size, count = struct.unpack_from(order + 'HH', data, 58 if wide else 46)
    except struct.error:
        return False
    # What somebody has put behind the tables would be gone.
    return kind in (EXECUTABLE, SHARED) and start + size * count == len(data)


def stripped(data, place):
    """The bytes without debug information; as they are where binutils cannot do it."""
    path = os.path.join(place, 'strip.elf')
    with open(path, 'wb') as file:
        file.write(data)
    try:
        ran = subprocess.run(['strip', '--strip-debug', path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, timeout=STRIP_SECONDS)
        with open(path, 'rb') as file:
            less = file.read()
    except (OSError, subprocess.TimeoutExpired):
        return data
    finally:
        os.unlink(path)
    return less if ran.returncode == 0 and elf_kind(less[:20]) == NATIVE and len(less) < len(data) else data


def candidates_in(wheel):
    """The entries that may have debug information to leave out, by the start of each."""
    for entry in wheel.infolist():
        if 64 < entry.file_size <= MOST_BYTES:
            with wheel.open(entry) as file:
                if elf_kind(file.read(20)) == NATIVE:
                    yield entry


def without_debug(wheel, base):
    """The path of a wheel without debug information, and how many bytes that is less, unpacked. Its RECORD is as it was."""
    place, lean, saved = os.path.join(base, 'tmp'), {}, 0
    folder = tempfile.mkdtemp(dir=place)
    with zipfile.ZipFile(wheel) as old:
        for entry in candidates_in(old):
            data = old.read(entry)
            if is_strippable(data):
                less = stripped(data, place)
                if len(less) < len(data):
                    saved += len(data) - len(less)
                    lean[entry.filename] = os.path.join(folder, '%d.elf' % len(lean))
                    with open(lean[entry.filename], 'wb') as file:
                        file.write(less)
        if not lean:
            return wheel, 0
        path = os.path.join(folder, os.path.basename(wheel))
        with zipfile.ZipFile(path, 'w') as new:
            for entry in old.infolist():
                here = lean.get(entry.filename)
                with open(here, 'rb') if here else old.open(entry) as source, new.open(entry, 'w') as out:
                    shutil.copyfileobj(source, out, 1 << 20)
    return path, saved
