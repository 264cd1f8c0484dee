"""Pictures of the site for the manuals; CERMIN_WRITE_IMAGES=1 draws them anew and keeps them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from served_site import DEMO, DEMO_PASSWORD, DEMO_PEOPLE, Site, run

WRITE = os.environ.get("CERMIN_WRITE_IMAGES") == "1"
IMAGES = Path(__file__).parents[3] / "docs" / "images"
# Making the demo takes minutes on a busy machine, and one process waits for the other.
pytestmark = pytest.mark.timeout(1800)

AGENCY = "/i/rawa-bening/"
YEAR = datetime.now(UTC).year
PICTURES = {
    "site-beranda": ("owner", AGENCY, 1280),
    "site-beranda-ponsel": ("contact", AGENCY, 360),
    "site-unit": ("owner", f"{AGENCY}unit/", 1280),
    "site-pegawai": ("owner", f"{AGENCY}pegawai/", 1280),
    "site-periode": ("owner", f"{AGENCY}periode/", 1280),
    "site-orang": ("owner", f"{AGENCY}orang/", 1280),
    "site-partisipasi": ("owner", f"{AGENCY}periode/{YEAR}/partisipasi/", 1280),
    "site-undangan": ("contact", f"{AGENCY}periode/{YEAR}/undangan/", 360),
    "site-hasil": ("owner", f"{AGENCY}periode/{YEAR - 1}/hasil/", 1280),
}
OF_THE_SURVEY = {"survei-mulai", "survei-isi"}
HEIGHT = 1000  # of a picture; long lists are cut off


@pytest.mark.parametrize("name", list(PICTURES))
def test_pages_of_the_manuals_draw(
    demo: Site, chromium: Browser, name: str, tmp_path: Path
) -> None:
    role, address, width = PICTURES[name]
    context = chromium.new_context(
        base_url=demo.url, viewport={"width": width, "height": 800}, locale="id-ID"
    )
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=login]", DEMO_PEOPLE[role])
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda where: "/akun/" not in where)
    page.goto(address)
    height = min(HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": height})
    path = (IMAGES if WRITE else tmp_path) / f"{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 10_000
    context.close()


def test_survey_of_the_manuals_draws(demo: Site, chromium: Browser, tmp_path: Path) -> None:
    """The first screen that an employee sees, and a group of statements."""
    invitation = run(demo.environment, *DEMO, str(demo.folder)).split(":8000", 1)[1].split()[0]
    context = chromium.new_context(
        base_url=demo.url, viewport={"width": 360, "height": 740}, locale="id-ID"
    )
    page = context.new_page()
    page.goto(invitation)
    page.locator("#start").wait_for()
    drawn = {"survei-mulai": page.screenshot()}
    page.locator("#start").click()
    first = page.locator("#ballot section[data-group]:visible")
    first.wait_for()
    for question in first.locator("fieldset").all()[:2]:
        question.locator("label").nth(3).click()
    first.scroll_into_view_if_needed()
    drawn["survei-isi"] = page.screenshot()
    context.close()
    for name, picture in drawn.items():
        assert len(picture) > 10_000
        ((IMAGES if WRITE else tmp_path) / f"{name}.png").write_bytes(picture)
    assert set(drawn) == OF_THE_SURVEY


def test_every_kept_picture_is_one_of_these() -> None:
    assert {path.stem for path in IMAGES.glob("site-*.png")} <= set(PICTURES)
    assert {path.stem for path in IMAGES.glob("survei-*.png")} <= OF_THE_SURVEY
