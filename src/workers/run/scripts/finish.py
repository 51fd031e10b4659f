"""What is done with a checked wheel in a container of its own: the libraries it lacks are put into it, and what it asks
for then is read. libraries.py, needs.py and strip.py come before this. Arguments: the wheel, the work folder, and JSON:

  {"toolbox": folder of auditwheel, "how": "bundle", "apt" or "keep", "debug": whether its debug information stays,
   "there": [names that need not be put into it]}

Prints JSON, perhaps after blank lines; `repaired` says that there is another wheel in the folder `out`:

  {"repaired": true, "libraries": [{"soname": "libc.so.6", "package": "libc6"}],
   "bundled": [{"soname": "libpq.so.5", "package": "libpq5", "version": "17.6-0+deb13u1", "licenses": ["PostgreSQL"]}]}

Nothing of the wheel is run: auditwheel and patchelf read and write ELF files. A wheel that they cannot repair stays as
it is.
"""
import hashlib
import json

# Ample for hundreds of megabytes; a file made to be slow costs no more.
REPAIR_SECONDS = 900
# Well below the shortest silence that anybody allows a build.
SIGN_SECONDS = 5
MAX_COPYRIGHT = 1 << 20
MAX_LICENSES = 10
# A grafted library's name has the start of the hash of the file it was made of (auditwheel: repair.py, copylib).
GRAFTED = re.compile(r'(?:.*/)?[^/]+\.libs/([^/.]+)-([0-9a-f]{8})(\.[^/]+)')
LICENSE = re.compile(r'[A-Za-z0-9][A-Za-z0-9.+~-]{0,63}')
COMMON = re.compile(r'/usr/share/common-licenses/([A-Za-z]+(?:-[0-9]+(?:\.[0-9]+)*)?)')
# One line for each library that it leaves out would be hundreds.
AUDITWHEEL = """
import logging, sys
logging.getLogger('auditwheel.lddtree').setLevel(logging.WARNING)
sys.path.insert(0, sys.argv[1])
sys.argv[:2] = ['auditwheel']
from auditwheel.main import main
sys.exit(main())
"""


def never_grafted(toolbox):
    """What every policy of auditwheel takes for granted; it must see these to tell which policy a wheel keeps."""
    names = set()
    for libc in ('manylinux', 'musllinux'):
        with open(os.path.join(toolbox, 'auditwheel/policy', libc + '-policy.json')) as file:
            names.update(name for policy in json.load(file) for name in policy['lib_whitelist'])
    return names


def wait(ran):
    """The exit code of a program, or 'no' where it took too long. Blank lines are the signs of life that are waited for."""
    for _ in range(REPAIR_SECONDS // SIGN_SECONDS):
        try:
            return ran.wait(SIGN_SECONDS)
        except subprocess.TimeoutExpired:
            print(flush=True)
    ran.kill()
    ran.wait()
    return 'no'


def repair(wheel, base, toolbox, left_out):
    """The path of the repaired wheel, or None for one that stays as it is."""
    out, place = os.path.join(base, 'out'), os.path.join(base, 'tmp')
    command = [sys.executable, '-I', '-S', '-c', AUDITWHEEL, toolbox, 'repair', '--wheel-dir', out]
    for name in left_out:
        command += ['--exclude', name]
    path = os.path.join(toolbox, 'bin') + ':' + os.environ.get('PATH', '')
    # Its own sentences go to the log, with their "INFO" and "WARNING".
    ran = subprocess.Popen(command + [wheel], cwd=place, env=dict(os.environ, PATH=path, TMPDIR=place), stdout=2)
    code = wait(ran)
    made = [name for name in os.listdir(out) if name.endswith('.whl')]
    if code == 0 and len(made) == 1:
        return os.path.join(out, made[0])
    for name in made:
        os.unlink(os.path.join(out, name))
    if code != 0:
        print('auditwheel cannot repair this wheel (exit code %s): it stays as it is' % code, file=sys.stderr)
    return None


def licenses(package):
    """What a package's copyright file calls its licences, first ones first: by DEP-5, or the common ones that it refers to."""
    try:
        with open('/usr/share/doc/%s/copyright' % package, encoding='utf-8', errors='replace') as file:
            text = file.read(MAX_COPYRIGHT)
    except OSError:
        return []
    if text.startswith('Format:'):
        lines = [line[8:] for line in text.split('\n') if line.startswith('License:')]
        # "GPL-3+ with Libtool exception, or MIT": what is excepted is in the file.
        parts = [part for line in lines for part in re.split(r',| and | or ', line, flags=re.IGNORECASE)]
        names = [re.sub(r'^(and|or) | with .*', '', part.strip(), flags=re.IGNORECASE) for part in parts]
    else:
        names = COMMON.findall(text)
    return list(dict.fromkeys(name for name in names if LICENSE.fullmatch(name)))[:MAX_LICENSES]


def grafted(before, after):
    """The files of this system that auditwheel has put into a wheel, by the name they had."""
    with zipfile.ZipFile(before) as wheel:
        old = set(wheel.namelist())
    with zipfile.ZipFile(after) as wheel:
        new = [match for match in map(GRAFTED.fullmatch, wheel.namelist()) if match and match.group(0) not in old]
    here = {}
    for paths in candidates().values():
        for path in map(os.path.realpath, paths):
            here.setdefault(os.path.basename(path), set()).add(path)
    found = {}
    for match in new:
        name = match.group(1) + match.group(3)
        found[name] = next((one for one in sorted(here.get(name, ())) if digest(one) == match.group(2)), None)
    return found


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()[:8]


def soname_of(path):
    with open(path, 'rb') as file:
        return Elf(file).soname


def bundled(before, after):
    files = grafted(before, after)
    owned, versions, answer = owners({path for path in files.values() if path}), packages(), []
    for name in sorted(files):
        path = files[name]
        soname = (path and soname_of(path)) or name
        if not SONAME.fullmatch(soname):
            continue
        package = owned.get(path)
        about = {'package': package, 'version': versions.get(package), 'licenses': package and licenses(package)}
        answer.append({'soname': soname, **{key: value for key, value in about.items() if value}})
    return answer


def finish(wheel, base, asked_for):
    how, toolbox, place = asked_for['how'], asked_for['toolbox'], os.path.join(base, 'tmp')
    libraries, compiled = needs(wheel, place)
    repaired = None
    # One that asks for nothing at all, too: its tag then says that any C library does.
    if how != 'keep' and compiled and os.path.exists(os.path.join(toolbox, 'auditwheel')):
        there = set(asked_for['there']) | ({one['soname'] for one in libraries} if how == 'apt' else set())
        lean, saved = (wheel, 0) if asked_for['debug'] else without_debug(wheel, base)
        repaired = repair(lean, base, toolbox, sorted(there - never_grafted(toolbox)))
        if repaired and saved:
            print('debug information of %d bytes is left out' % saved, file=sys.stderr)
    answer = {'repaired': repaired is not None, 'libraries': libraries, 'bundled': []}
    if repaired is not None:
        answer.update(libraries=needs(repaired, place)[0], bundled=bundled(wheel, repaired))
    print(json.dumps(answer))


os.umask(0o022)
finish(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
