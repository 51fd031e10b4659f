"""Greets whoever is named.

Usage: wheelmill-example-app [NAME]
"""

from importlib.metadata import version

from docopt import docopt


def main():
    arguments = docopt(__doc__)
    print(f"Hello, {arguments['NAME'] or 'world'}! This is {version('wheelmill-example-app')}.")
