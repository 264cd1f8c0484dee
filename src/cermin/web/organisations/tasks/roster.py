"""Background work on the roster: what others call."""

from __future__ import annotations

from cermin.web.organisations.tasks.roster_applying import apply_upload
from cermin.web.organisations.tasks.roster_reading import read_upload
from cermin.web.organisations.tasks.roster_restart import resume_interrupted

__all__ = ["apply_upload", "read_upload", "resume_interrupted"]
