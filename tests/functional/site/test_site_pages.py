"""Every page of every role, found by walking its links, on a phone and on a desk."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

import pytest
from page_checks import LARGEST, WIDTHS, links_of, listening, problems_at, shape_of, weighing
from playwright.sync_api import Browser, Error, Page
from served_site import DEMO_PASSWORD, DEMO_PEOPLE, Site

# Making the demo takes minutes on a busy machine, and one process waits for the other.
pytestmark = pytest.mark.timeout(1800)

AGENCY = "/i/rawa-bening/"
ROLES = ("owner", "contact", "evaluator", "head", "analyst", "")
# Pages that no link leads to, or only after something has gone wrong.
BESIDE = (AGENCY, "/bantuan/", "/akun/password/reset/", "/tidak-ada/")


YEAR = datetime.now(UTC).year
DEMO_PAGES = {
    "owner": [
        f"{AGENCY}{rest}"
        for rest in (
            "",
            *(f"periode/{year}/" for year in (YEAR - 2, YEAR - 1, YEAR)),
            f"periode/{YEAR}/partisipasi/", f"periode/{YEAR}/undangan/",
            f"periode/{YEAR}/undangan/orang/", f"periode/{YEAR}/undangan/surel/",
            f"periode/{YEAR}/kunci/", f"periode/{YEAR}/tutup-survei/",
            f"periode/{YEAR}/penutupan/", f"periode/{YEAR - 1}/penutupan/",
            f"periode/{YEAR - 1}/hasil/", f"periode/{YEAR - 1}/hasil/komentar/",
            f"periode/{YEAR - 1}/bukti-dukung/", f"periode/{YEAR}/bukti-dukung/",
            "survei-publik/", "survei-publik/baru/",
            f"periode/{YEAR}/perpanjang/survey/", f"periode/{YEAR - 1}/arsipkan/",
            *(f"unit/{year}/" for year in (YEAR - 2, YEAR - 1)), f"unit/{YEAR}/perubahan/",
            "pegawai/", "pegawai/unggah/", "jejak/", "rujukan/nilai/", "rujukan/peraturan/",
        )
    ],
    "contact": [
        f"{AGENCY}{rest}"
        for rest in (
            "", f"periode/{YEAR}/", f"periode/{YEAR}/partisipasi/", f"periode/{YEAR}/undangan/",
            f"periode/{YEAR}/undangan/orang/", f"periode/{YEAR - 1}/hasil/",
        )
    ],
    "province": ["/i/rawa-raya/", "/i/rawa-raya/kalender/", "/i/rawa-raya/kalender/1/"],
    "city": ["/i/tanjung-asri/", f"/i/tanjung-asri/periode/{YEAR}/", "/i/tanjung-asri/kalender/1/"],
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "visitor")
def test_every_page_is_accessible_small_and_silent(sign_in, subtests, role: str) -> None:
    page = sign_in(role).new_page()
    # The owner sees all that the others see, and more: the others' pages are held to the phone.
    widths = WIDTHS if role in ("owner", "") else WIDTHS[-1:]
    waiting = deque(["/", *BESIDE])
    seen: set[str] = set()
    while waiting:
        address = waiting.popleft()
        if (shape := shape_of(address)) in seen:
            continue
        seen.add(shape)
        with subtests.test(page=shape):
            problems = _problems_of(page, address, widths, linked=address not in BESIDE)
            waiting.extend(links_of(page))
            assert not problems, "\n".join(problems)
    assert len(seen) > len(BESIDE), "the walk found no links"


@pytest.mark.parametrize("who", DEMO_PAGES)
def test_pages_of_a_lived_in_site(demo: Site, chromium: Browser, subtests, who: str) -> None:
    """Cycles that are decided, archived and open; trees of three years; a shared calendar."""
    context = chromium.new_context(base_url=demo.url, locale="id-ID")
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=login]", DEMO_PEOPLE[who])
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.click("main form button")
    page.wait_for_url(lambda address: "/akun/" not in address)
    for address in DEMO_PAGES[who]:
        with subtests.test(page=address):
            problems = _problems_of(page, address, WIDTHS, linked=True)
            assert not problems, "\n".join(problems)
    context.close()


def _problems_of(page: Page, address: str, widths: tuple[int, ...], *, linked: bool) -> list[str]:
    page.set_viewport_size({"width": widths[0], "height": 800})
    with listening(page) as said, weighing(page) as sizes:
        try:
            response = page.goto(address, wait_until="load")
        except Error as error:
            if "Download is starting" in error.message:  # a file, not a page
                return []
            raise
        assert response is not None
        if response.status >= (400 if linked else 500):
            return [f"a link leads to it, and it answers {response.status}"]
        # The browser itself reports an answer of 4xx.
        said[:] = [line for line in said if f"status of {response.status}" not in line]
    found = said + [problem for width in widths for problem in problems_at(page, width)]
    if sum(sizes) > LARGEST:
        found.append(f"transfers {sum(sizes)} bytes")
    return found
