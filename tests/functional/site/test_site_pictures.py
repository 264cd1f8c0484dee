"""Pictures of the site for the manuals; CERMIN_WRITE_IMAGES=1 draws them anew and keeps them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from served_site import DEMO_PASSWORD, DEMO_PEOPLE, Site

WRITE = os.environ.get("CERMIN_WRITE_IMAGES") == "1"
IMAGES = Path(__file__).parents[3] / "docs" / "images"
AGENCY = "/i/rawa-bening/"
PICTURES = {
    "site-beranda": ("owner", AGENCY, 1280),
    "site-beranda-ponsel": ("contact", AGENCY, 360),
    "site-unit": ("owner", f"{AGENCY}unit/", 1280),
    "site-pegawai": ("owner", f"{AGENCY}pegawai/", 1280),
    "site-periode": ("owner", f"{AGENCY}periode/", 1280),
    "site-orang": ("owner", f"{AGENCY}orang/", 1280),
}
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


def test_every_kept_picture_is_one_of_these() -> None:
    assert {path.stem for path in IMAGES.glob("site-*.png")} <= set(PICTURES)
