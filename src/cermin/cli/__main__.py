"""``python -m cermin.cli``: the command line without an installed script."""

from cermin.cli.main import run

run()
