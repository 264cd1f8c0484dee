"""The HTML report in a real browser, on a phone and on a desk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from cermin.reports.document import build_document
from cermin.reports.html import render_html
from result_factory import make_instruments, make_methods, make_years


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    document = build_document(
        make_years(), methods=make_methods(), instruments=make_instruments(), language="id"
    )
    path = tmp_path_factory.mktemp("report") / "laporan.html"
    path.write_text(render_html(document), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "Debian's chromium is needed: .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_report_fits_the_screen_and_fetches_nothing(
    report: Path, browser: Browser, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert said == []
    # Wide tables may scroll inside their own box; the page itself may not.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == "id"
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_report_breaks_no_accessibility_rule(report: Path, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(report.as_uri())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert found.violations_count == 0, found.generate_report()
    page.close()


def test_wide_tables_can_be_reached_by_keyboard(report: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(report.as_uri())
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll('*')]
            .filter(e => e.scrollWidth > e.clientWidth + 1
                && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
                && e.tabIndex < 0)
            .map(e => e.className || e.tagName)"""
    )
    assert unreachable == []
    page.close()


def test_every_chart_has_a_name_and_its_numbers(report: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    charts = page.locator("svg[role=img]")
    assert charts.count() >= 10
    names = charts.evaluate_all("all => all.map(e => e.querySelector('title')?.textContent)")
    assert all(names)
    page.close()
