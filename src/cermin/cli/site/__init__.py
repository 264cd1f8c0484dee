"""``cermin site``: install, serve, back up, restore and examine the site of an agency."""

from __future__ import annotations

from cermin.cli.site import demo
from cermin.cli.site.commands import app
from cermin.cli.usage import Command

app.command("demo", cls=Command, help=demo.HELP)(demo.demo)

__all__ = ["app"]
