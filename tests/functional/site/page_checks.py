"""What every page must keep: no accessibility rule broken, no sideways scroll, small, silent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (1280, 360)
PICTURES = os.environ.get("CERMIN_PICTURES", "")  # a folder for whoever wants to look
LARGEST = 60_000  # bytes transferred by a page on a cold cache
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = Axe().axe_script
_VARIABLE = re.compile(r"/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})(?=/|$)")
# Instruments and phases stand in addresses by name: one page for each kind.
_NAMED = re.compile(r"(/instrumen/[a-z]+-|/perpanjang/)[^/]+")


def shape_of(address: str) -> str:
    """Return the path of ``address`` with numbers and identifiers left out: one kind of page."""
    return _NAMED.sub(r"\1…", _VARIABLE.sub("/…", urlsplit(address).path))


def problems_at(page: Page, width: int) -> list[str]:
    """Return what is wrong with the page that is shown, at ``width``."""
    page.emulate_media(reduced_motion="reduce")  # colours are looked at, not their fading
    page.set_viewport_size({"width": width, "height": 800})
    found = []
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"at {width} px the page is {wide} px wide: {page.evaluate(_WIDE, width)}")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    for violation in page.evaluate(_RUN_AXE, _RULES):
        found.append(f"at {width} px axe: {violation}")
    if unreachable := page.evaluate(_UNREACHABLE):
        found.append(f"at {width} px scrolls but cannot be focused: {unreachable}")
    return found


def looked_at(page: Page, name: str) -> None:
    """Check the page at both widths."""
    for width in WIDTHS:
        found = problems_at(page, width)
        assert not found, f"{name}: {found}"
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


@contextmanager
def listening(page: Page) -> Iterator[list[str]]:
    """Collect errors that the page says in the console, CSP refusals among them."""
    said: list[str] = []

    def hear(message: object) -> None:
        if message.type in ("error", "warning"):
            said.append(f"console: {message.text}")

    def crash(error: object) -> None:
        said.append(f"script: {error}")

    page.on("console", hear)
    page.on("pageerror", crash)
    yield said
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", crash)


@contextmanager
def weighing(page: Page) -> Iterator[list[int]]:
    """Collect the bytes of every response as they came over the wire, with a cold cache."""
    sizes: list[int] = []
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    yield sizes
    wire.detach()


def links_of(page: Page) -> list[str]:
    """Return the addresses of this site that the page links to, files to save left out."""
    return page.eval_on_selector_all(
        "a[href]:not([download])",
        "all => all.map(a => a.href.split('#')[0]).filter(h => h.startsWith(location.origin))",
    )


_RUN_AXE = """rules => axe.run(
    {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']}
).then(result => result.violations.map(
    one => `${one.id} (${one.help}): ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 150))}`
))"""
_WIDE = """width => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll'))
    .slice(0, 4).map(e => e.tagName + '.' + e.className)"""
_UNREACHABLE = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1
        && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0)
    .map(e => e.className || e.tagName)"""
