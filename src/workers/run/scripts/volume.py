"""A folder that is filled once, whoever comes first: what counts in it is `ready`. Everything goes to a temporary folder first; the
rename is what makes it visible, so two may fill it at once and a dead one leaves nothing that counts.
"""
import os
import shutil
import tempfile
import time

STALE_SECONDS = 3600


def new_folder(volume):
    """A temporary folder beside what is ready, readable for everybody. Removes those that dead runs have left."""
    for name in os.listdir(volume):
        path = os.path.join(volume, name)
        if name.startswith('new-') and time.time() - os.stat(path).st_mtime > STALE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
    os.umask(0o022)
    folder = tempfile.mkdtemp(prefix='new-', dir=volume)
    os.chmod(folder, 0o755)
    return folder


def publish(folder, ready, marker):
    """Makes a temporary folder what is ready, unless somebody was faster: then `marker` is there."""
    try:
        os.rename(folder, ready)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(marker):
            raise
