import type { Rule } from './rule.ts';

/** A piece of a build tool that a later version of it dropped. */
function dropped(pattern: RegExp, constraint: string, what: string): Rule {
  const [tool = ''] = constraint.split('<');
  return {
    reason: 'build-error',
    pattern,
    message: () => `The package needs ${constraint} to build: ${what}.`,
    hint: `Newer versions of ${tool} have dropped what this package uses. Ask for a newer version of it, or bound ${tool} in its recipe.`,
    constraint,
  };
}

/** What Cython says of the first place that it does not accept: every version of it is stricter than the one before. */
export const CYTHON: Rule[] = [
  {
    reason: 'build-error',
    pattern:
      /(?:^|\n)[ \t]{0,100}([^\s:]{1,500}\.p(?:yx|xd|xi|y):\d{1,7}:\d{1,7}: [^\n]+)\n[\s\S]{0,12000}?Cython\.Compiler\.Errors\.CompileError/,
    message: (culprit) => `Its Cython code does not compile with the Cython that it gets: ${culprit}.`,
    hint: 'Newer versions of cython accept less. Ask for a newer version of the package, or bound cython in its recipe.',
    constraint: 'cython<3',
    dated: true,
  },
];

/** Build tools that are newer than the package: it does not bound them, so that it gets today's. */
export const BACK_END: Rule[] = [
  dropped(
    /\b(use_2to3) is invalid/,
    'setuptools<58',
    'it has its code converted by use_2to3, which setuptools 58 dropped',
  ),
  dropped(
    /cannot import name '(Feature)' from 'setuptools'/,
    'setuptools<46',
    'it imports Feature, which setuptools 46 dropped',
  ),
  dropped(
    /No module named '?(pkg_resources)\b/,
    'setuptools<82',
    'it imports pkg_resources, which setuptools 82 dropped',
  ),
  dropped(
    /No module named '?(setuptools\.extern)\b/,
    'setuptools<71',
    'it imports setuptools.extern, which setuptools 71 dropped',
  ),
  dropped(
    /No module named '?(distutils\._?msvccompiler)\b/,
    'setuptools<74',
    'it imports distutils.msvccompiler, which setuptools 74 dropped',
  ),
  dropped(
    /unexpected keyword argument '(dry_run)'/,
    'setuptools<81',
    'it passes dry_run to its build commands, which setuptools 81 dropped',
  ),
  dropped(
    /(?:object has no attribute|AttributeError:) '?(cython_sources)/,
    'cython<3',
    'its setup.py works with the command build_ext of Cython 0.29',
  ),
  {
    ...dropped(
      /(Cython\.Compiler\.Errors\.CompileError): [^\n]+/,
      'cython<3',
      'its Cython code does not compile with the Cython that it gets',
    ),
    dated: true,
  },
  dropped(
    /(Use [\w.-]+ instead of [\w.-]+) for scikit-build-core >= 0\.10/,
    'scikit-build-core<0.10',
    'it uses settings that scikit-build-core 0.10 has given other names',
  ),
  dropped(
    /(Compatibility with CMake < 3\.5) has been removed/,
    'cmake<4',
    'its CMakeLists.txt is for CMake before 3.5, which CMake 4 no longer reads',
  ),
  dropped(
    /[‘'`](?:PyArray_Descr|struct _PyArray_Descr|_PyArray_LegacyDescr)[’'`][^\n]* has no member named [‘'`](\w+)/,
    'numpy<2',
    'it uses an interface that NumPy 2 dropped',
  ),
  {
    reason: 'build-error',
    pattern: /'dict' object has no attribute '(__\w+_SETUP__)'/,
    message: (culprit) =>
      `Its setup.py sets ${culprit} among the built-in names, which fails where it is not run as a program of its own.`,
    hint: 'It was written for `python setup.py install`, which is gone. Ask for a newer version.',
  },
  {
    reason: 'build-error',
    pattern: /ModuleNotFoundError: No module named '([A-Za-z_]\w*)/,
    message: (culprit) =>
      `The build imports the Python module ${culprit}, which is not among the build requirements that the package names.`,
    hint: 'It expects that somebody has installed it before. Ask for a newer version that names it in build-system.requires.',
  },
];
