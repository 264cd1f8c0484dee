"""What the public addresses of a survey refuse."""

from __future__ import annotations

from cermin.core.errors import UserError


class Refused(UserError):  # noqa: N818 - what became of the request
    """A request that is not granted: ``reason`` is for programs, ``status`` that of the answer."""

    def __init__(self, reason: str, status: int, template: str, **gaps: object) -> None:
        super().__init__(template, **gaps)
        self.reason = reason
        self.status = status
