"""Loads all of some installed distributions: check.py NAME...

Imports every top-level module, each in a process of its own, and has the dynamic loader resolve every ELF file. Prints
{"imports": how many, "files": how many, "broken": [sentences]} as JSON. It shares nothing with Wheelmill's own proof.

A library that a wheel brings along may find its neighbours only when an extension module has loaded them before, and a module
may be for a program that brings another one (uwsgidecorators in uwsgi): neither says anything of the image.
"""

import importlib.metadata
import json
import pathlib
import re
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
distributions = [importlib.metadata.distribution(name) for name in sys.argv[1:]]
brought = {pathlib.PurePath(path).name for one in distributions for path in one.files}
importable = {module for one in distributions for module in modules(one.files)}
for distribution in distributions:
    for module in modules(distribution.files):
        imports += 1
        ran = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True)
        absent = re.search(r"^ModuleNotFoundError: No module named '(\w+)'", ran.stderr, re.MULTILINE)
        if absent and absent.group(1) not in importable:
            imports -= 1
        elif ran.returncode != 0:
            broken.append(f"import {module}: {last_line(ran.stderr)}")
    for entry in distribution.files:
        path = pathlib.Path(entry.locate())
        if not path.is_file() or path.open("rb").read(4) != b"\x7fELF":
            continue
        files += 1
        ran = subprocess.run([LOADER, "--list", path], capture_output=True, text=True)
        missing = [line.split()[0] for line in ran.stdout.splitlines() if "not found" in line]
        if ran.returncode != 0 and not missing:
            missing = re.findall(r"loading shared libraries: (\S+?):", ran.stderr) or [last_line(ran.stderr)]
        broken += [f"{path.name}: {one}" for one in missing if one not in brought]
print(json.dumps({"imports": imports, "files": files, "broken": broken}))
