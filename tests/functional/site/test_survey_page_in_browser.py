"""The survey page in a real browser: accessible, narrow, and complete without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_checks import WIDTHS, listening, problems_at, weighing
from playwright.sync_api import Browser, Page, expect
from served_site import Site, run

SEED = Path(__file__).parent / "seed_survey.py"
MOST_BYTES = 40_000
NARROW = 360
TARGETS = """() => [...document.querySelectorAll('label:has(input), button, summary, .bad a')]
    .filter(e => e.checkVisibility()).map(e => [e.getBoundingClientRect(), e.textContent.trim()])
    .filter(([box]) => box.height < 43.5 || box.width < 43.5).map(([, text]) => text)"""


@pytest.fixture(scope="module")
def surveys(site: Site) -> dict[str, dict[str, object]]:
    """Open surveys by the id of their method, with codes of their people."""
    return json.loads(run(site.environment, str(SEED)).splitlines()[-1])


@pytest.fixture
def phone(site: Site, chromium: Browser) -> Iterator[Page]:
    """A browser without scripts on a narrow screen."""
    context = chromium.new_context(
        base_url=site.url, viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_pages_are_accessible_narrow_and_silent(site, chromium, surveys) -> None:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    votes, behaviours = surveys["metode-2022"], surveys["metode-2025"]
    addresses = (
        f"/survei/{behaviours['survey']}/", f"/survei/{behaviours['survey']}/en/",
        f"/survei/{votes['survey']}/tanpa-skrip/", "/survei/tidakada/",
    )  # fmt: skip
    with listening(page) as said:
        for address in addresses:
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            widths = WIDTHS if address == addresses[0] else (NARROW,)
            assert [one for width in widths for one in problems_at(page, width)] == []
            assert page.evaluate(TARGETS) == []
        page.goto(addresses[2])
        page.fill("#code", votes["codes"][5])
        page.click("form button")
        page.locator("fieldset").nth(1).locator("label").first.click()
        page.get_by_role("button", name="Kirim jawaban").click()
        expect(page.get_by_role("alert")).to_contain_text("Pertanyaan 2")
        assert problems_at(page, NARROW) == []
        assert page.evaluate(TARGETS) == []
    # The browser itself notes the answers 404 and 422; nothing else may be said.
    assert [one for one in said if "Failed to load resource" not in one] == []
    assert context.cookies() == []
    context.close()


def test_the_first_visit_costs_three_small_requests(site, chromium, surveys) -> None:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with weighing(page) as sizes:
        page.goto(f"/survei/{surveys['metode-2025']['survey']}/")
        page.wait_for_selector("#survey-app", state="visible")
        page.wait_for_load_state("networkidle")
    over_the_wire = [one for one in asked if one.startswith("http")]
    assert len(over_the_wire) == 3, over_the_wire
    assert sum(sizes) <= MOST_BYTES
    context.close()


def test_a_phone_without_scripts_goes_all_the_way(phone, surveys) -> None:
    votes = surveys["metode-2022"]
    phone.goto(f"/survei/{votes['survey']}/#{votes['codes'][0]}")
    expect(phone.locator("#loading")).to_be_hidden()
    expect(phone.locator("noscript p").first).to_be_visible()
    phone.fill("#code-ns", "salah")
    phone.click("noscript button")
    expect(phone.get_by_role("alert")).to_contain_text("tidak dikenal")
    phone.get_by_label("Kode undangan").fill(votes["codes"][0].lower())
    phone.get_by_role("button", name="Lanjutkan").click()
    lists = phone.locator("fieldset[data-kind=choose_k]")
    for number in range(9):
        lists.nth(0).get_by_role("checkbox").nth(number).check()
    phone.get_by_role("radio", name="Sangat setuju").first.check()
    phone.get_by_role("radio", name="10", exact=True).check()
    phone.get_by_role("textbox").fill("Ruang rapat\nperlu diperbaiki.")
    phone.get_by_role("button", name="Kirim jawaban").click()
    expect(phone.get_by_role("alert")).to_contain_text("yang Anda pilih 9")
    phone.get_by_role("link", name="Pertanyaan 1", exact=True).click()
    assert phone.url.endswith("#q-0.diri")
    expect(lists.nth(0)).to_be_in_viewport()
    expect(phone.get_by_role("textbox")).to_have_value("Ruang rapat\nperlu diperbaiki.")
    lists.nth(0).get_by_role("checkbox").nth(20).check()
    phone.get_by_role("button", name="Kirim jawaban").click()
    expect(phone.get_by_role("heading", name="Terkirim")).to_be_visible()
    phone.reload()  # sends the same form once more
    expect(phone.get_by_role("heading", name="Terkirim")).to_be_visible()


def test_the_page_prints_and_shows_in_forced_colours(phone, surveys) -> None:
    phone.emulate_media(forced_colors="active", contrast="more")
    phone.goto(f"/survei/{surveys['metode-2025']['survey']}/")
    expect(phone.get_by_role("button", name="Lanjutkan")).to_be_visible()
    phone.emulate_media(media="print")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    expect(phone.get_by_role("link", name="English")).to_be_hidden()
