"""Every page of every role, found by walking its links, on a phone and on a desk."""

from __future__ import annotations

from collections import deque

import pytest
from page_checks import LARGEST, WIDTHS, links_of, listening, problems_at, shape_of, weighing
from playwright.sync_api import Error, Page

AGENCY = "/i/rawa-bening/"
ROLES = ("owner", "contact", "evaluator", "head", "analyst", "")
# Pages that no link leads to, or only after something has gone wrong.
BESIDE = (AGENCY, "/bantuan/", "/akun/password/reset/", "/tidak-ada/")


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
