"""Installs the wheels of a list as somebody would, and says what of them does not load here. libraries.py, needs.py and
modules.py come before this. Arguments: the work folder, and a folder of compiled modules that may be there (compile.py). Standard input: a line of JSON, then the bytes of all wheels one
after the other:

  {"wheels": [{"filename": "a-1.0-py3-none-any.whl", "size": 1000, "imports": true, "look": false}], "check": true,
   "seconds": 60, "owners": ["libpq.so.5"]}

`imports`: whether its modules are imported, or the names of those that are; `look`: whether it is said what its files ask
for; `check`: whether pip is asked if all requirements are met; `seconds`: the time one module has; `owners`: libraries
whose packages are asked for. Prints JSON, perhaps after blank lines, which are signs of life:

  {"installed": 1, "uninstallable": [{"wheel": "…", "message": "…"}], "conflicts": ["a 1.0 requires b, which is not installed."],
   "unresolved": [{"wheel": "…", "file": "a/b.so", "library": "libpq.so.5"}],
   "modules": [{"wheel": "…", "module": "a", "outcome": "imported"},
               {"wheel": "…", "module": "c", "outcome": "failed", "exception": "OSError", "message": "…", "through": ["…"]}],
   "libraries": {"…": [{"soname": "libc.so.6", "package": "libc6"}]}, "owners": {"libpq.so.5": "libpq5"}}

`outcome` is `imported`, `failed` (an exception), `crashed` (`signal` says of what), `ended` or `slow`; `through` are the other
wheels whose code was running, `within` is the wheel whose extension module cannot be loaded. There is no network, and every module is imported by a process of its own. Exit code
5: the image has no pip or no venv.
"""
import csv
import importlib.util
import json
import shutil
import signal
import subprocess
import threading
import time

AT_ONCE = 4
# Well below the shortest silence that anybody allows.
SIGN_SECONDS = 5
# Ample for lists of a thousand wheels.
INSTALL_SECONDS = 1500
TRACE_SECONDS = 60
MAX_TEXT = 500
MAX_FOUND = 500
UNPROVABLE = 5
NOT_FOUND = re.compile(r'^\s*(\S+) => not found$', re.MULTILINE)
NO_VERSION = re.compile(r"(\S+): version `([\w.]+)' not found")
# Written down by the module's own process at its very end, so that what it starts or breaks afterwards does not count.
IMPORT = """
import importlib, json, os, sys
module, out = sys.argv[1], int(sys.argv[2])
sys.argv[:] = ['']
try:
    importlib.import_module(module)
    said = {'outcome': 'imported'}
except BaseException as error:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == 'builtins' else kind.__module__ + '.' + kind.__qualname__
    try:
        text = str(error)
    except Exception:
        text = ''
    places, at = [], error.__traceback__
    while at is not None:
        places.append(at.tb_frame.f_code.co_filename)
        at = at.tb_next
    said = {'outcome': 'failed', 'exception': name[:200], 'message': text[:2000]}
    said.update(places=places[-50:], path=str(getattr(error, 'path', None) or ''))
os.write(out, json.dumps(said).encode('ascii'))
os._exit(0)
"""


def receive(folder):
    """What is asked, after the wheels were put into the folder. Not by read(): the host leaves the pipe open."""
    line = b''
    while not line.endswith(b'\n'):
        byte = os.read(0, 1)
        if not byte:
            sys.exit('The list of wheels ended early.')
        line += byte
    asked = json.loads(line)
    for wheel in asked['wheels']:
        left = wheel['size']
        with open(os.path.join(folder, wheel['filename']), 'wb') as out:
            while left:
                chunk = os.read(0, min(left, 1 << 20))
                if not chunk:
                    sys.exit('A wheel ended early.')
                out.write(chunk)
                left -= len(chunk)
    return asked


def clean(text):
    return ''.join(one if one.isprintable() else ' ' for one in text).strip()[:MAX_TEXT]


class Installation:
    """A virtual environment without pip, which the image's own pip installs into."""

    def __init__(self, base, environment, compiled):
        try:
            import venv
            found = importlib.util.find_spec('pip').origin
        except (ImportError, AttributeError):
            sys.exit(UNPROVABLE)
        self.base, self.environment = base, environment
        folder = os.path.join(base, 'venv')
        venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
        # Images are shipped without compiled modules, and cannot be written: what one process compiles serves the next.
        pyc = os.path.join(base, 'pyc')
        if compiled and os.path.isdir(compiled):
            shutil.copytree(compiled, pyc)
        self.python = [os.path.join(folder, 'bin', 'python'), '-X', 'pycache_prefix=' + pyc]
        runner = os.path.join(os.path.dirname(found), '__pip-runner__.py')
        # Before pip 22.3 its folder is run, and sees what the image has installed beside it.
        self.pip = self.python + [runner if os.path.exists(runner) else os.path.dirname(found)]
        self.site = glob.glob(os.path.join(folder, 'lib', '*', 'site-packages'))[0]

    def run(self, *arguments):
        """The exit code of pip and what it printed."""
        with tempfile.TemporaryFile(dir=self.base) as out:
            ran = subprocess.Popen(self.pip + list(arguments), cwd=self.base, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out)
            for _ in range(INSTALL_SECONDS // SIGN_SECONDS):
                try:
                    code = ran.wait(SIGN_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    print(flush=True)
            else:
                ran.kill()
                code = ran.wait()
            out.seek(0)
            return code, out.read(1 << 20).decode('utf-8', 'replace')

    def install(self, paths):
        code, said = self.run('install', '--no-index', '--no-deps', '--no-compile', '--no-cache-dir', *paths)
        if code == 0:
            return ''
        sys.stderr.write(said[-4000:])
        # No fault of any wheel: whoever runs this sees from the evidence what was too small.
        if code < 0 or 'No space left on device' in said:
            sys.exit('pip could not finish (exit code %d)' % code)
        errors = [line for line in said.splitlines() if line.startswith('ERROR:')]
        return clean((errors or said.splitlines() or ['pip gave no reason'])[-1]) or 'pip gave no reason'

    def files_of(self, wheels):
        """The files of each of these wheels, which are installed, below site-packages."""
        records = {}
        for record in glob.glob(os.path.join(glob.escape(self.site), '*.dist-info', 'RECORD')):
            name = os.path.basename(os.path.dirname(record))[:-len('.dist-info')].rsplit('-', 1)[0]
            records[normalized(name)] = record
        found = {}
        for wheel in wheels:
            record = records.get(normalized(wheel.split('-')[0]))
            if record is None:
                # Nothing would be looked at, and all be well.
                sys.exit('%s is installed, and has no RECORD' % ascii(wheel))
            with open(record, encoding='utf-8', newline='') as rows:
                found[wheel] = [row[0] for row in csv.reader(rows) if row]
        return found


def normalized(name):
    return re.sub(r'[-_.]+', '-', name).lower()


def install(installation, folder, wheels):
    """Installs all at once, or one by one to see which cannot be. Gives those."""
    paths = [os.path.join(folder, wheel['filename']) for wheel in wheels]
    if not paths or not installation.install(paths):
        return []
    why = [(wheel['filename'], installation.install([path])) for wheel, path in zip(wheels, paths)]
    return [{'wheel': name, 'message': message} for name, message in why if message]


def loader():
    """The dynamic loader that started this interpreter."""
    with open('/proc/self/maps') as lines:
        for line in lines:
            path = line.split()[-1]
            if re.match(r'ld[-.0-9a-z_]*\.so', os.path.basename(path)):
                return path
    return None


def in_turns(work, items):
    """Does all of the work, some at once; prints signs of life meanwhile."""
    answers, left, lock = [None] * len(items), list(enumerate(items)), threading.Lock()
    left.reverse()

    def take():
        while True:
            with lock:
                if not left:
                    return
                at, item = left.pop()
            answers[at] = work(item)

    threads = [threading.Thread(target=take) for _ in range(min(AT_ONCE, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(SIGN_SECONDS)
            if thread.is_alive():
                print(flush=True)
    return answers


def elves(installation, files):
    """The ELF files of this machine among the files of a wheel."""
    for name in files:
        path = os.path.normpath(os.path.join(installation.site, name))
        if path.startswith(installation.base + '/') and not os.path.islink(path) and kind_of(path) == NATIVE:
            yield path


def trace(path, environment):
    """What the loader does not find for this file and all that it loads with it."""
    try:
        ran = subprocess.run([LOADER, '--list', path], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=TRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return []
    said = ran.stdout.decode('utf-8', 'replace')
    versions = {'%s (%s)' % (os.path.basename(name), version) for name, version in NO_VERSION.findall(said)}
    return sorted({os.path.basename(name) for name in NOT_FOUND.findall(said)} | versions)


def brought(asked):
    """What the ELF files of all wheels are called: libraries that a package may load by itself, its own or another wheel's."""
    names = {os.path.basename(path) for _, path in asked}
    for _, path in asked:
        try:
            with open(path, 'rb') as file:
                names.add(Elf(file).soname)
        except (Unreadable, struct.error, OverflowError):
            pass
    return names


def unresolved(installation, asked, own):
    """Libraries that the loader does not find and no wheel of the list brings along."""
    if LOADER is None:
        return []
    missing = in_turns(lambda one: trace(one[1], installation.environment), asked)
    return [{'wheel': wheel, 'file': clean(os.path.relpath(path, installation.site)), 'library': clean(name)}
            for (wheel, path), names in zip(asked, missing) for name in names if name not in own][:MAX_FOUND]


def attempt(installation, module, seconds):
    """What comes of importing a module in a process of its own."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(dir=os.path.join(installation.base, 'tmp')) as place:
        ran = subprocess.Popen(installation.python + ['-I', '-c', IMPORT, module, str(write)], cwd=place,
                               env=installation.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, pass_fds=[write], start_new_session=True)
        os.close(write)
        try:
            code = ran.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        try:
            os.killpg(ran.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if code is None:
            ran.wait()
        # What the module has started may still hold the pipe: only what is there counts.
        os.set_blocking(read, False)
        try:
            said = json.loads(os.read(read, 1 << 16))
        except (BlockingIOError, ValueError):
            said = None
        os.close(read)
    if isinstance(said, dict) and code == 0:
        return said
    if code is None:
        return {'outcome': 'slow'}
    if code < 0:
        return {'outcome': 'crashed', 'signal': signal.Signals(-code).name}
    return {'outcome': 'ended', 'message': 'exit code %d' % code}


def is_extension(path, name):
    """Whether a library has what makes it a module of that name (PEP 489)."""
    try:
        with open(path, 'rb') as file:
            return b'PyInit_' + name.encode() in file.read()
    except OSError:
        return False


def imported(installation, asked, files, seconds):
    def in_site(path, name):
        return is_extension(os.path.join(installation.site, path), name)

    wanted = []
    for wheel in asked:
        if wheel['imports'] is True:
            wanted += [(wheel['filename'], name) for name in top_modules(files[wheel['filename']], in_site)]
        elif wheel['imports']:
            wanted += [(wheel['filename'], name) for name in wheel['imports']]
    owned = {os.path.realpath(os.path.join(installation.site, name)): wheel for wheel, names in files.items() for name in names}
    found = []
    for (wheel, module), said in zip(wanted, in_turns(lambda one: attempt(installation, one[1], seconds), wanted)):
        answer = {'wheel': wheel, 'module': module, 'outcome': said['outcome']}
        for key in ('exception', 'message', 'signal'):
            if key in said:
                answer[key] = clean(str(said[key]))
        through = {owned.get(os.path.realpath(str(place))) for place in said.get('places', [])} - {None, wheel}
        within = owned.get(os.path.realpath(str(said.get('path', ''))))
        answer.update({key: value for key, value in (('through', sorted(through)), ('within', within)) if value})
        found.append(answer)
    return found


def owners_of(names):
    here = candidates()
    paths = {name: native(here.get(name, [])) for name in names}
    owned = owners({path for path in paths.values() if path})
    return {name: owned[path] for name, path in paths.items() if path in owned}


def look(folder, place, names, own):
    """What each of these wheels asks for of the system: not what other wheels of the list bring along."""
    here, found = candidates(), {}
    for name in names:
        try:
            asked, _ = needs(os.path.join(folder, name), place)
            found[name] = [one for one in asked if one['soname'] in here or one['soname'] not in own]
        except (SystemExit, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
            print('%s cannot be looked at: %s' % (ascii(name), error), file=sys.stderr)
    return found


def conflicts(installation):
    code, said = installation.run('check')
    return [] if code == 0 else [clean(line) for line in said.splitlines() if line.strip()][:50]


def prove(base, compiled=None):
    for name in ('in', 'home', 'tmp'):
        os.makedirs(os.path.join(base, name), exist_ok=True)
    folder, place = os.path.join(base, 'in'), os.path.join(base, 'tmp')
    environment = {'HOME': os.path.join(base, 'home'), 'TMPDIR': place, 'PATH': os.environ.get('PATH', ''),
                   'LANG': 'C.UTF-8', 'LC_ALL': 'C.UTF-8', 'PIP_CONFIG_FILE': '/dev/null', 'PIP_NO_INPUT': '1',
                   'PIP_DISABLE_PIP_VERSION_CHECK': '1', 'PIP_PROGRESS_BAR': 'off', 'PIP_NO_COLOR': '1'}
    # What the image itself says of where libraries are holds for whoever uses it, too.
    environment.update({name: value for name, value in os.environ.items() if name.startswith('LD_')})
    asked = receive(folder)
    wheels = asked['wheels']
    installation = Installation(base, environment, compiled)
    refused = install(installation, folder, wheels)
    without = {one['wheel'] for one in refused}
    there = [wheel for wheel in wheels if wheel['filename'] not in without]
    files = installation.files_of([wheel['filename'] for wheel in there])
    asked_of = [(wheel, path) for wheel in files for path in elves(installation, files[wheel])]
    own = brought(asked_of)
    found = {'installed': len(there), 'uninstallable': refused, 'conflicts': []}
    # It takes its time, and is over before anything of the wheels is run.
    checking = threading.Thread(target=lambda: found.update(conflicts=conflicts(installation)))
    if asked['check']:
        checking.start()
    found['libraries'] = look(folder, place, [wheel['filename'] for wheel in there if wheel['look']], own)
    found['unresolved'] = unresolved(installation, asked_of, own)
    if asked['check']:
        checking.join()
    found['modules'] = imported(installation, there, files, asked['seconds'])
    found['owners'] = owners_of(asked['owners'])
    print(json.dumps(found))


os.umask(0o022)
LOADER = loader()
prove(*sys.argv[1:])
