import { type Rule, rules } from './rule.ts';

const OLD_PYTHON: Omit<Rule, 'pattern'> = {
  reason: 'python-incompatible',
  message: (culprit) => `The package does not support this Python: ${culprit}.`,
};

const GONE: Omit<Rule, 'pattern'> = {
  reason: 'python-incompatible',
  message: (culprit) => `The package does not support this Python: it uses ${culprit}, which is gone from it.`,
};

const PYTHON_2: Omit<Rule, 'pattern'> = {
  reason: 'python-incompatible',
  message: (culprit) => `The package is for Python 2: ${culprit}.`,
  hint: 'No constraint helps. Ask for a newer version, or for the package that has taken its place.',
};

/** The package is too old for the Python of the target: it makes every repair of the rest pointless. */
export const OLD_PACKAGE: Rule[] = [
  ...rules(
    [
      /(Missing parentheses in call to 'print')/,
      /No module named '?(ConfigParser|urllib2|StringIO|Queue|httplib|commands|__builtin__|cPickle)\b/,
      /(multiple exception types must be parenthesized)/,
      /NameError: name '(unicode|basestring|xrange|execfile|raw_input)' is not defined/,
      /(This backport is for Python 2\.?\d? only)/,
      /\b(\w+ is not supported on Python 3)\b/,
      /NameError: name '(unicode|file|reduce|long)' is not defined/,
    ],
    PYTHON_2,
  ),
  ...rules(
    [
      /requires a different Python: ([^\n]+)/,
      /which is incompatible with the project's Python requirement: ([^\n]+)/,
      /(Cannot install on Python version [^\n]+)/,
      /(the configured Python interpreter version [^\n]+ is newer than PyO3's maximum supported version[^\n]*)/,
      /(Python(?: version)? [><=]+ ?\d[^\n]* (?:is )?required)/,
    ],
    OLD_PYTHON,
  ),
  ...rules(
    [
      /module 'pkgutil' has no attribute '(ImpImporter)'/,
      /site-packages\/setuptools\/__init__\.py[^\n]*\n[^\n]*\n(?:[^\n]*\n)?ModuleNotFoundError: No module named '(distutils)/,
    ],
    {
      reason: 'python-incompatible',
      message: (culprit) =>
        `The setuptools that the package pins is too old for this Python: it uses ${culprit}, which is gone from it.`,
    },
  ),
  {
    reason: 'python-incompatible',
    pattern: /KeyError: '(__version__)'/,
    message: (culprit) =>
      `The package does not support this Python: its setup.py takes ${culprit} from locals(), which Python 3.13 changed (PEP 667).`,
  },
  ...rules(
    [
      /No module named '?((?:distutils|imp|asyncore|cgi|pipes|telnetlib)\b)(?!\.)/,
      /No module named '?(numpy\.distutils)\b/,
      /module 'configparser' has no attribute '(SafeConfigParser)'/,
      /module 'ast' has no attribute '(Str|Num|NameConstant)'/,
      /module 'inspect' has no attribute '(getargspec)'/,
      /module 'collections' has no attribute '(\w+)'/,
      /fatal error: '?(longintrepr\.h|code\.h)/,
      /(_PyUnicode_FastCopyCharacters|_PyGC_FINALIZED|PyUnicode_GET_SIZE|PyEval_CallObject|tp_print)[’'`]/,
      /too few arguments to function [‘'`](_PyLong_AsByteArray)/,
      /unknown type name [‘'`](_?Py[A-Z]\w+)/,
      /implicit declaration of function [‘'`](_?Py[A-Z]\w+)/,
      /[‘'`]_?Py\w+[’'`](?: \{aka [^}]*\})? has no member named [‘'`](\w+)/,
      /[‘'`](_?Py[A-Z]\w+)[’'`] (?:was not declared|undeclared)/,
      /[‘'`](?:struct )?_(?:ts|frame|is)[’'`](?: \{aka [^}]*\})? has no member named [‘'`](\w+)/,
    ],
    GONE,
  ),
];
