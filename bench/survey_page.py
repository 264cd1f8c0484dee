"""First visit to the survey page on a cheap phone and a poor line: requests, bytes, first text.

A site of its own is served by its real server; Chromium is slowed down to 400 kbit/s, 400 ms per
request and a quarter of the processor, with an empty cache. Floor: the page of the same server
that says that there is no such survey. Aims: 3 requests, 40 kB, first text within 2.5 s.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rows import Row

SECTION = (
    "Survey page: 21 behaviours and two optional parts, first visit at 400 kbit/s, 400 ms, "
    "processor ÷ 4 (Chromium); seconds until the first text"
)
ROUNDS = 5
MOST_REQUESTS, MOST_BYTES, MOST_SECONDS = 3, 40_000, 2.5
BITS_PER_SECOND, LATENCY_MS, SLOWER = 400_000, 400, 4
TESTS = Path(__file__).parent.parent / "tests"
FIRST_TEXT = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0]"


@dataclass(frozen=True)
class Visit:
    """One page, opened once."""

    first_text: float  # seconds
    usable: float  # until the form of the script is there; 0 where there is none
    requests: int
    bytes: int


def run() -> list[Row]:
    """Serve a site and visit it."""
    sys.path[:0] = [str(TESTS), str(TESTS / "functional" / "site")]
    from served_site import INIT, environment_of, served  # noqa: PLC0415 - of the tests
    from served_site import run as run_python  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "situs"
        run_python(environment_of(folder, demo=False), *INIT, str(folder))
        environment = environment_of(folder, demo=True)
        seed = str(TESTS / "functional" / "site" / "seed_survey.py")
        told = json.loads(run_python(environment, seed).splitlines()[-1])
        survey = told["metode-2025"]["survey"]
        with served(folder, environment) as site:
            addresses = {
                "floor": f"{site.url}/survei/tidakada/",
                "page": f"{site.url}/survei/{survey}/",
            }
            return list(_rows(_visits(addresses)))


def _visits(addresses: dict[str, str]) -> dict[str, list[Visit]]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this bench needs it

    found: dict[str, list[Visit]] = {name: [] for name in addresses}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(ROUNDS):
            for name, address in addresses.items():
                found[name].append(_visit(browser, address))
        browser.close()
    return found


def _visit(browser: Any, address: str) -> Visit:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    asked: list[str] = []
    sizes: list[int] = []
    wire.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    bytes_per_second = BITS_PER_SECOND / 8
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": bytes_per_second,
         "uploadThroughput": bytes_per_second},
    )  # fmt: skip
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    usable = 0.0
    if page.query_selector("#survey-app"):
        page.wait_for_selector("#code", state="visible")
        usable = page.evaluate("performance.now()") / 1000
    first_text = page.wait_for_function(FIRST_TEXT).json_value() / 1000
    context.close()
    over_the_wire = [one for one in asked if one.startswith("http")]
    return Visit(first_text, usable, len(over_the_wire), int(sum(sizes)))


def _rows(found: dict[str, list[Visit]]) -> list[Row]:
    floor, page = found["floor"], found["page"]
    quickest = min(one.first_text for one in floor)
    usable = [one.usable for one in page]
    return [
        _row("floor: the page that there is no such survey", floor, quickest),
        _row("the survey page", page, quickest, aimed=True),
        Row(SECTION, "– until its code can be typed", min(usable), statistics.median(usable)),
    ]


def _row(step: str, visits: list[Visit], floor: float, *, aimed: bool = False) -> Row:
    seconds = [one.first_text for one in visits]
    n, size = max(one.requests for one in visits), max(one.bytes for one in visits)
    missed = n > MOST_REQUESTS or size > MOST_BYTES or statistics.median(seconds) > MOST_SECONDS
    note = f"{n} requests, {size / 1000:.1f} kB with headers" + (
        "; over the aim" if aimed and missed else ""
    )
    return Row(
        section=SECTION, step=step, seconds_min=min(seconds),
        seconds_median=statistics.median(seconds), ratio=min(seconds) / floor, note=note,
    )  # fmt: skip
