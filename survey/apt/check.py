"""Loads all of some installed distributions: check.py NAME...

Imports every top-level module, each in a process of its own, and has the dynamic loader resolve every ELF file. Prints
{"imports": how many, "files": how many, "broken": [sentences]} as JSON. It shares nothing with Wheelmill's own proof.
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys

LOADER = next(pathlib.Path("/lib64").glob("ld-linux-*"), None) or next(pathlib.Path("/lib").glob("ld-linux-*"))


def modules(files):
    """Names that can be imported: of modules and packages at the top."""
    found = set()
    for path in files:
        first = path.parts[0]
        if len(path.parts) == 1 and path.suffix in (".py", ".so"):
            found.add(path.name.split(".")[0])
        elif len(path.parts) == 2 and path.name == "__init__.py":
            found.add(first)
    return sorted(name for name in found if name.isidentifier() and not name.startswith("_"))


def last_line(text):
    return (text.strip().splitlines() or ["no output"])[-1]


imports = files = 0
broken = []
for name in sys.argv[1:]:
    distribution = importlib.metadata.distribution(name)
    for module in modules(distribution.files):
        imports += 1
        ran = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True)
        if ran.returncode != 0:
            broken.append(f"import {module}: {last_line(ran.stderr)}")
    for entry in distribution.files:
        path = pathlib.Path(entry.locate())
        if not path.is_file() or path.open("rb").read(4) != b"\x7fELF":
            continue
        files += 1
        ran = subprocess.run([LOADER, "--list", path], capture_output=True, text=True)
        missing = [line.split()[0] for line in ran.stdout.splitlines() if "not found" in line]
        if ran.returncode != 0 and not missing:
            missing = [last_line(ran.stderr)]
        broken += [f"{path.name}: {one}" for one in missing]
print(json.dumps({"imports": imports, "files": files, "broken": broken}))
