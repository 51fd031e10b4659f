"""Which programs the Python files of wheels call by a name that is written there, and which of these this image has not.

Argument: a folder of wheels. Prints {"wheels": how many were read, "called": [{"wheel": "…", "missing": ["git"], "there": ["env"]}]},
with those wheels that call any. Tests of wheels are left out.
"""
import ast
import json
import os
import shutil
import sys
import zipfile

CALLS = {
    'subprocess': {'run', 'Popen', 'call', 'check_call', 'check_output', 'getoutput', 'getstatusoutput'},
    'shutil': {'which'},
    'os': {'execv', 'execve', 'execvp', 'execvpe', 'execl', 'execlp', 'spawnv', 'spawnvp', 'system', 'popen'},
    'asyncio': {'create_subprocess_exec', 'create_subprocess_shell'},
}


def called(source):
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute)):
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.attr not in CALLS.get(node.func.value.id, ()):
            continue
        first = node.args[0]
        if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
            first = first.elts[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.strip():
            yield first.value.split()[0]


def programs(path):
    found = set()
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if name.endswith('.py') and '/tests/' not in name and '/test/' not in name:
                try:
                    found.update(called(wheel.read(name)))
                except (SyntaxError, ValueError):
                    pass
    return found


rows, wheels = [], sorted(name for name in os.listdir(sys.argv[1]) if name.endswith('.whl'))
for name in wheels:
    found = programs(os.path.join(sys.argv[1], name))
    missing = {one for one in found if shutil.which(one) is None}
    if found:
        rows.append({'wheel': name, 'missing': sorted(missing), 'there': sorted(found - missing)})
print(json.dumps({'wheels': len(wheels), 'called': rows}))
