"""After a restart: work on uploads that a stopped worker left behind is queued again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from cermin.web.organisations.models import RosterUpload, UploadState
from cermin.web.organisations.rules.roster import AT_WORK, BEING_READ, FINISHED
from cermin.web.organisations.tasks.roster_applying import apply_upload
from cermin.web.organisations.tasks.roster_progress import remove_files
from cermin.web.organisations.tasks.roster_reading import read_upload

STALE_AFTER = timedelta(seconds=60)


def resume_interrupted(now: datetime) -> int:
    """Queue uploads again that have shown no sign of life for a minute; return how many.

    The row that a killed worker leaves in the queue stays RUNNING and does no harm: both steps
    look first at the upload's own state, so that doing them twice changes nothing.
    """
    silent = Q(state__in=AT_WORK, heartbeat_at__lt=now - STALE_AFTER)
    resumed = 0
    for upload in RosterUpload.objects.filter(silent).order_by("uploaded_at"):
        state = UploadState.QUEUED if upload.state in BEING_READ else UploadState.ACCEPTING
        # Of several workers that come here only the one whose update finds the old row goes on.
        mine = RosterUpload.objects.filter(
            pk=upload.pk, state=upload.state, heartbeat_at=upload.heartbeat_at
        ).update(state=state, heartbeat_at=now)
        if mine:
            (read_upload if state == UploadState.QUEUED else apply_upload).enqueue(str(upload.pk))
            resumed += 1
    for pk in (
        RosterUpload.objects.filter(state__in=FINISHED)
        .exclude(sealed_file="")
        .values_list("pk", flat=True)
    ):
        remove_files(pk)
    return resumed
