"""Runs one command under watch and ends everything that it started.

Argument: JSON {command, cwd, work, merge, memory, pids, disk, inodes}. Standard input is the worker's: its end is the
order to end. On descriptor 3 goes what happened, a line of JSON each: {"over": limit} when one was met and all was
killed for it, {"exit": code} when the command ended, a negative code being a signal.

On Linux this process is a subreaper: what leaves its session and loses its parent is still found below it. Without
/proc only the command's process group is known, and memory and processes are not watched.
"""
import json
import os
import resource
import select
import signal
import sys
import threading
import time

spec = json.loads(sys.argv[1])
LOOK_SECONDS = 0.15
GRACE_SECONDS = 2
KILL_SECONDS = 10
# What a process that cannot be ended holds open is given up.
DRAIN_SECONDS = 5
OPEN_FILES = 8192
REPORT = 3
PAGE = os.sysconf('SC_PAGE_SIZE')
PR_SET_CHILD_SUBREAPER = 36


def adopt():
    try:
        import ctypes
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass


def report(**what):
    os.write(REPORT, (json.dumps(what) + '\n').encode())


def lower(kind, most):
    _, hard = resource.getrlimit(kind)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (value, value))


def relay(source, target):
    """Passes output on. The command gets real pipes: ours may be sockets, which /dev/stdout cannot be opened through."""
    try:
        while True:
            chunk = os.read(source, 1 << 16)
            if not chunk:
                return
            while chunk:
                chunk = chunk[os.write(target, chunk):]
    except OSError:
        # Nobody listens any more: the worker has gone, and the order to end comes with it.
        pass


def begin(out, err):
    """Starts the command in a session of its own; nothing here may return in the child."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.umask(0o022)
        lower(resource.RLIMIT_CORE, 0)
        lower(resource.RLIMIT_NOFILE, OPEN_FILES)
        lower(resource.RLIMIT_FSIZE, spec['disk'])
        os.chdir(spec['cwd'])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.set_inheritable(REPORT, False)
        os.execv(spec['command'][0], spec['command'])
    except BaseException as error:
        os.write(2, ('%s cannot be started: %s\n' % (spec['command'][0], error)).encode())
    finally:
        os._exit(127)


def below():
    """Every process that descends from this one: its id to its threads and resident bytes. The dead are left out."""
    children, about = {}, {}
    try:
        names = os.listdir('/proc')
    except OSError:
        return about
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open('/proc/%s/stat' % name) as line:
                fields = line.read().rpartition(')')[2].split()
        except OSError:
            continue
        # Counted from the field `state` (proc(5)): ppid, num_threads and rss.
        children.setdefault(int(fields[1]), []).append(int(name))
        about[int(name)] = (int(fields[17]), int(fields[21]) * PAGE, fields[0] in 'ZX')
    found, unseen = {}, [os.getpid()]
    while unseen:
        for pid in children.get(unseen.pop(), ()):
            unseen.append(pid)
            threads, size, dead = about[pid]
            if not dead:
                found[pid] = (threads, size)
    return found


def shared_fairly(pids):
    """Bytes of these processes, each page counted once (PSS), or nothing where the kernel does not say."""
    total = 0
    for pid in pids:
        try:
            with open('/proc/%d/smaps_rollup' % pid) as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith('Pss:')) * 1024
        except OSError:
            pass
    return total


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass
    # The number of a group that has ended may be somebody else's by now: asked for only where nothing else is known.
    if ended is None or not os.path.exists('/proc/self/stat'):
        try:
            os.killpg(main, number)
        except OSError:
            pass


def reap():
    """Takes the ends of children and of orphans; notes that of the command."""
    global ended
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == main:
            ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def gone():
    reap()
    return not below() and ended is not None


def finish(grace=0.0):
    """Ends all that is left: asked first where there is time, then stopped, so that nothing forks away, and killed."""
    if grace:
        send(below(), signal.SIGTERM)
        until = time.monotonic() + grace
        while not gone() and time.monotonic() < until:
            time.sleep(0.05)
    until = time.monotonic() + KILL_SECONDS
    while not gone() and time.monotonic() < until:
        stopped = set()
        while True:
            fresh = set(below()) - stopped
            if not fresh:
                break
            send(fresh, signal.SIGSTOP)
            stopped |= fresh
        send(stopped, signal.SIGKILL)
        time.sleep(0.02)


def used(folder):
    """Bytes on disk and number of entries of a folder that changes meanwhile."""
    size, entries, folders = 0, 0, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as listing:
                for entry in listing:
                    entries += 1
                    try:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                    except OSError:
                        pass
        except OSError:
            pass
    return size, entries


def over_disk():
    size, entries = used(spec['work'])
    return size > spec['disk'] or entries > spec['inodes']


def over_limits():
    processes = below()
    if sum(threads for threads, _ in processes.values()) > spec['pids']:
        return 'processes'
    if sum(size for _, size in processes.values()) > spec['memory'] and shared_fairly(processes) > spec['memory']:
        return 'memory'
    return None


def watch():
    """Waits for the end of the command, or the order to end, or a limit that is met."""
    next_walk = time.monotonic() + 1
    while ended is None:
        ready, _, _ = select.select([0, woken], [], [], LOOK_SECONDS)
        if woken in ready:
            os.read(woken, 4096)
        if 0 in ready and not os.read(0, 4096):
            finish(GRACE_SECONDS)
            return
        reap()
        over = over_limits()
        if over is None and time.monotonic() > next_walk:
            before = time.monotonic()
            over = 'disk' if over_disk() else None
            # Large trees are looked at less often: watching costs a tenth at most.
            next_walk = time.monotonic() + max(1, 10 * (time.monotonic() - before))
        if over:
            report(over=over)
            finish()
            return
    finish()
    if over_disk():
        report(over='disk')


ended = None
adopt()
woken, wake = os.pipe()
os.set_blocking(wake, False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
outputs = [(os.pipe(), 1)] if spec['merge'] else [(os.pipe(), 1), (os.pipe(), 2)]
main = begin(outputs[0][0][1], outputs[-1][0][1])
relays = []
for (source, sink), target in outputs:
    os.close(sink)
    relays.append(threading.Thread(target=relay, args=(source, target), daemon=True))
    relays[-1].start()
watch()
for one in relays:
    one.join(DRAIN_SECONDS)
report(exit=-9 if ended is None else ended)
