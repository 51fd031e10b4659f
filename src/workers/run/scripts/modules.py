"""Which modules of an installed wheel somebody would import. proof.py comes after this."""
import re

MODULE = re.compile(r'(\w+)(?:\.py|(?:\.[\w-]+)*(\.so))')
INITIAL = re.compile(r'__init__(?:\.py|(?:\.[\w-]+)*\.so)')
# Folders that wheels of careless projects bring along beside their package.
ASIDE = {'test', 'tests', 'testing', 'doc', 'docs', 'example', 'examples', 'benchmark', 'benchmarks', 'scripts', 'setup', 'conftest'}
# Namespace packages nest two or three deep.
MAX_DEPTH = 4
MAX_MODULES = 64


def top_modules(paths, is_extension):
    """Dotted names of the topmost modules and packages among files below site-packages, `/` between their folders. What is
    in a namespace package (a folder without __init__) is named with it. `is_extension` tells of a path and the name of its
    module whether the library there is that: a package may bring along others."""
    trees = {}
    for path in paths:
        parts = path.split('/')
        if len(parts) > 1 and parts[0].endswith(('.dist-info', '.data', '.libs', '.egg-info')) or '..' in parts:
            continue
        tree = trees
        for part in parts[:-1]:
            tree = tree.setdefault(part, {})
            if tree is None:
                break
        else:
            tree[parts[-1]] = None
    names = sorted(set(modules_in(trees, [], is_extension)))
    wanted = [name for name in names if name.split('.')[0] not in ASIDE]
    return (wanted or names)[:MAX_MODULES]


def modules_in(tree, above, is_extension):
    for name, below in tree.items():
        if below is None:
            match = MODULE.fullmatch(name)
            if not match or not match.group(1).isidentifier() or INITIAL.fullmatch(name):
                continue
            if match.group(2) is None or is_extension('/'.join(above + [name]), match.group(1)):
                yield '.'.join(above + [match.group(1)])
        elif name.isidentifier() and name != '__pycache__':
            if any(leaf is None and INITIAL.fullmatch(one) for one, leaf in below.items()):
                yield '.'.join(above + [name])
            elif len(above) + 1 < MAX_DEPTH:
                yield from modules_in(below, above + [name], is_extension)
