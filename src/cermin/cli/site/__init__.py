"""``cermin site``: install, serve, back up, restore and examine the site of an agency."""

from __future__ import annotations

from cermin.cli.site.commands import app

__all__ = ["app"]
