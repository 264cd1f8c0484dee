"""How far the background work on an upload is; what ends it, and what removes its files."""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Callable

from cermin.web.organisations.models import RosterUpload, UploadState
from cermin.web.organisations.queries import roster_files
from cermin.web.organisations.rules.roster import BEING_READ, FINISHED
from cermin.web.pages import clock

log = logging.getLogger("cermin.roster")
_EVERY_SECONDS = 1.0


class Stopped(Exception):  # noqa: N818 - says what happened to the work
    """The upload was discarded, or finished elsewhere, while it was worked on."""


def reading_progress(upload: RosterUpload) -> Callable[[str, float], None]:
    """Return a function that tells step and percent, once a second at most; raises Stopped."""
    told: tuple[str, float] = ("", 0.0)

    def tell(step: str, percent: float) -> None:
        nonlocal told
        if step == told[0] and time.monotonic() - told[1] < _EVERY_SECONDS:
            return
        told = (step, time.monotonic())
        going_on = RosterUpload.objects.filter(pk=upload.pk, state__in=BEING_READ)
        if not going_on.update(
            state=UploadState.READING, step=step, percent=round(percent), heartbeat_at=clock.now()
        ):
            raise Stopped

    return tell


def remove_files(upload_id: uuid.UUID | str) -> None:
    """Remove the sealed files of a finished upload; called again after a restart, if need be."""
    for upload in RosterUpload.objects.filter(pk=upload_id, state__in=FINISHED):
        roster_files.remove(upload)
        RosterUpload.objects.filter(pk=upload_id).update(sealed_file="")


def log_fault(upload_id: str, error: Exception) -> None:
    """Log where a bug struck; the words of an error could quote a person's cells."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("roster upload %s: %s\n%s", upload_id, type(error).__name__, where)
