"""The gate of an agency's pages."""

from __future__ import annotations

import pytest

from cermin.web.audit.actions import record
from cermin.web.audit.actor import system
from site_factory import NOW


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("contact", 200), ("analyst", 200), ("outsider", 404), (None, 302)],
)
def test_agency_home_is_for_members(house, browser, who: str | None, status: int) -> None:
    client = browser(getattr(house, who) if who else None)
    assert client.get("/i/rawa-bening/").status_code == status


def test_unknown_agency_looks_like_anothers(house, browser) -> None:
    client = browser(house.outsider)
    texts = {client.get(f"/i/{slug}/").content for slug in ("rawa-bening", "tidak-ada")}
    assert len({text.replace(b"tidak-ada", b"rawa-bening").split(b"csrfmiddlewaretoken")[0]
                for text in texts}) == 1  # fmt: skip


def test_events_need_a_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record("test", by=system("tes"), now=NOW)
