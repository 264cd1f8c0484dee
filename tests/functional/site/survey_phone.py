"""One phone in the browser: what a person does on the survey page, and what is seen there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from page_checks import listening, problems_at
from playwright.sync_api import Browser, BrowserContext, Page, expect

SIZE = {"width": 360, "height": 740}


@contextmanager
def phone(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Give a phone of 360 px; nothing is left of it afterwards."""
    context = chromium.new_context(
        **{"viewport": SIZE, "has_touch": True, "is_mobile": True, "locale": "id-ID"} | options
    )
    context.set_default_timeout(15_000)
    try:
        yield context
    finally:
        context.close()


def begin(page: Page, address: str, code: str, *, layout: str = "groups") -> None:
    """Open the link of an invitation and start to answer."""
    page.goto(f"{address}#{code}")
    page.locator(f"input[name=layout][value={layout}]").check()
    page.locator("#start").tap()
    expect(page.locator("#ballot")).to_be_visible()


def answer(page: Page, number: int = 0, *, choice: int = 3) -> None:
    """Tap an answer of a question of the screen."""
    field = page.locator("section[data-group]:visible fieldset").nth(number)
    field.locator("label").nth(choice).tap()


def to_review(page: Page) -> None:
    """Go on until the answers can be looked over."""
    while not page.locator("#review").is_visible():
        page.locator("#next").tap()
    page.locator("#review").tap()


def press_send(page: Page) -> None:
    """Press send, from whatever screen of the ballot."""
    to_review(page)
    page.locator("#send").tap()


def fill_and_send(page: Page, address: str, code: str) -> None:
    """Answer one question and press send, all on one page."""
    begin(page, address, code, layout="all")
    answer(page)
    press_send(page)


def expect_done(page: Page) -> None:
    """The page says that the answers were taken in."""
    expect(page.locator("#done")).to_be_visible()
    assert page.locator("#done h2").inner_text() in ("Terkirim", "Sent")


def expect_waiting(page: Page) -> None:
    """The page says that nothing was taken in yet, and does not say that it was."""
    expect(page.locator("#waiting")).to_be_visible()
    assert not page.locator("#done").is_visible()


def kept_on(page: Page) -> dict[str, Any]:
    """Return what the phone keeps of this site, read as JSON."""
    kept = page.evaluate("({...localStorage, ...sessionStorage})")
    return {name: _read(text) for name, text in kept.items()}


def record_on(page: Page) -> dict[str, Any]:
    """Return the one draft or ballot that the phone keeps."""
    (record,) = (one for one in kept_on(page).values() if isinstance(one, dict) and len(one) > 1)
    return record


def kept_offline(page: Page) -> None:
    """Wait until the page can be opened without a line."""
    expect(page.locator("body")).to_have_attribute("data-kept", "kept")


@contextmanager
def without_complaints(page: Page) -> Iterator[None]:
    """Fail when the page says anything in the console."""
    with listening(page) as said:
        yield
    assert not said


def check(page: Page) -> None:
    """The screen breaks no rule of accessibility and is no wider than the phone."""
    assert not problems_at(page, SIZE["width"])
    page.set_viewport_size(SIZE)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
