"""What the layout needs to know of the agency whose page is shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cermin.web.organisations.rules import Member


def house(request: HttpRequest) -> dict[str, Any]:
    """Return the agency and member that passed the gate, if any."""
    member: Member | None = getattr(request, "member", None)
    return {"agency": getattr(request, "agency", None), "member": member}
