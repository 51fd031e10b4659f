"""Has a source tree say what its wheel would say of itself, without building it: prepare_metadata_for_build_wheel of PEP 517, in
a build environment as a front end makes it. Run in the folder of the source. Arguments: the path of uv, a folder that is not
there yet, and a JSON object with `settings` for the back-end and perhaps `constraints`, a file that bounds the environment.

Prints the METADATA file in base64; what the back-end prints goes to stderr. Exit code 5: this back-end cannot tell without
building.
"""
import base64
import json
import os
import subprocess
import sys

uv, folder, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
CANNOT_TELL = 5
# What there is without a word about it (PEP 517).
LEGACY = ('setuptools.build_meta:__legacy__', ['setuptools >= 40.8.0'])

# The folder of the source is on the path only where the package says so.
HOOK = """
import sys
sys.path[:] = [one for one in sys.path if one]
import importlib, json
call = json.loads(sys.argv[1])
sys.path[:0] = call['path']
name, _, inside = call['backend'].partition(':')
backend = importlib.import_module(name)
for part in inside.split('.') if inside else []:
    backend = getattr(backend, part)
hook = getattr(backend, call['hook'], None)
answer = {'there': hook is not None}
if hook:
    answer['value'] = hook(*call['values'])
with open(call['answer'], 'w') as out:
    json.dump(answer, out)
"""


def build_system():
    try:
        with open('pyproject.toml', 'rb') as source:
            text = source.read().decode()
    except FileNotFoundError:
        return {}
    try:
        import tomllib
    except ImportError:
        # Pythons before 3.11 have it in their pip alone.
        from pip._vendor import tomli as tomllib
    return tomllib.loads(text).get('build-system', {})


def run(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, **options)
    if done.returncode:
        sys.exit(1)


system = build_system()
backend = system.get('build-backend', LEGACY[0])
environment = os.path.join(folder, 'env')
python = os.path.join(environment, 'bin', 'python')
within = dict(os.environ, VIRTUAL_ENV=environment, PATH=os.path.join(environment, 'bin') + ':' + os.environ['PATH'])


def install(requirements):
    bounds = ['--constraint', wanted['constraints']] if 'constraints' in wanted else []
    if requirements:
        run(uv, 'pip', 'install', '--quiet', '--python', python, *bounds, '--', *requirements)


def call(hook, *values):
    answer = os.path.join(folder, hook + '.json')
    path = [os.path.abspath(one) for one in system.get('backend-path', [])]
    what = {'backend': backend, 'path': path, 'hook': hook, 'values': values, 'answer': answer}
    run(python, '-c', HOOK, json.dumps(what), env=within)
    with open(answer) as source:
        return json.load(source)


os.makedirs(folder)
run(uv, 'venv', '--quiet', '--no-project', '--python', sys.executable, environment)
install(system.get('requires', LEGACY[1]))
install(call('get_requires_for_build_wheel', wanted['settings']).get('value', []))
told = call('prepare_metadata_for_build_wheel', folder, wanted['settings'])
if not told['there']:
    sys.exit(CANNOT_TELL)
with open(os.path.join(folder, os.path.basename(told['value']), 'METADATA'), 'rb') as source:
    print(base64.b64encode(source.read()).decode())
