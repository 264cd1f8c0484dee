"""What waits in the queue of the worker."""

from __future__ import annotations

from collections.abc import Sequence

from django_tasks_db.models import DBTaskResult

_WAITING = ("READY", "RUNNING")


def is_queued(task_path: str, arguments: Sequence[object]) -> bool:
    """Whether a task with these arguments waits or runs."""
    rows = DBTaskResult.objects.filter(task_path=task_path, status__in=_WAITING)
    return rows.filter(args_kwargs__args=list(arguments)).exists()
