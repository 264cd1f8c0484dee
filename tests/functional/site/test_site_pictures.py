"""Pictures of the site for the manuals; CERMIN_WRITE_IMAGES=1 draws them anew and keeps them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from served_site import environment_of, run, served

from site_factory import PASSWORD

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

# The pictures show the demo; its people have other names than those of the tests.
DEMO = """
import django
django.setup()
from cermin.web.operations.actions.demo import make_demo
from cermin.web.pages import clock
make_demo(now=clock.now())
"""
DEMO_PEOPLE = {"owner": "pengelola", "contact": "penghubung"}
DEMO_PASSWORD = "jernih seperti cermin"


@dataclass(frozen=True)
class Pictured:
    """The site that is drawn, and how to sign in there."""

    url: str
    people: dict[str, str]
    password: str


@pytest.fixture(scope="module")
def pictured(
    request: pytest.FixtureRequest, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pictured]:
    """The demo when the pictures are kept, else the site of the other tests."""
    if not WRITE:
        site = request.getfixturevalue("site")
        yield Pictured(site.url, {"owner": "owner", "contact": "contact"}, PASSWORD)
        return
    folder = tmp_path_factory.mktemp("demo") / "situs"
    shutil.copytree(installed, folder)
    environment = environment_of(folder, demo=True)
    run(environment, "-c", DEMO)
    with served(folder, environment) as site:
        yield Pictured(site.url, DEMO_PEOPLE, DEMO_PASSWORD)


@pytest.mark.parametrize("name", list(PICTURES))
def test_pages_of_the_manuals_draw(
    pictured: Pictured, chromium: Browser, name: str, tmp_path: Path
) -> None:
    role, address, width = PICTURES[name]
    context = chromium.new_context(
        base_url=pictured.url, viewport={"width": width, "height": 800}, locale="id-ID"
    )
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=login]", f"{pictured.people[role]}@rawabening.example")
    page.fill("input[name=password]", pictured.password)
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
