"""The site without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

AGENCY = "/i/rawa-bening/"

FOCUSED = """() => {
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    return {text: (e.textContent || e.name || '').trim(), inMain: !!e.closest('main'),
            ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            seen: box.width > 0 && box.left >= 0 && box.top >= -1}
}"""


def tab_until(page: Page, text: str, *, most: int = 40) -> int:
    """Press Tab until the link or button ``text`` has focus; every stop must be seen."""
    for count in range(1, most + 1):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["ring"], f"focus cannot be seen on {focused['text']!r}"
        assert focused["seen"], f"focus is off the screen on {focused['text']!r}"
        if focused["text"] == text:
            return count
    raise AssertionError(f"{text!r} cannot be reached in {most} steps")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_first_stop_leads_past_the_head_of_the_page(sign_in, width: int) -> None:
    page = sign_in("owner", width=width).new_page()
    page.goto(f"{AGENCY}unit/")
    assert tab_until(page, "Langsung ke isi") == 1
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "isi"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["inMain"]


@pytest.mark.parametrize(
    ("address", "action"),
    [("unit/", "Tambah unit"), ("orang/", "Undang orang"), ("periode/baru/", "Buat konsep"),
     ("pegawai/unggah/", "Unggah dan baca")],
)  # fmt: skip
@pytest.mark.parametrize("width", [360, 1280])
def test_main_actions_are_reached_by_keyboard(sign_in, width: int, address, action) -> None:
    page = sign_in("owner", width=width).new_page()
    page.goto(f"{AGENCY}{address}")
    tab_until(page, action)


def test_menus_open_with_the_keyboard(sign_in) -> None:
    page = sign_in("owner", width=360).new_page()
    page.goto(AGENCY)
    tab_until(page, "Menu")
    page.keyboard.press("Enter")
    tab_until(page, "Pegawai")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/pegawai/$"))


def test_leaving_ends_the_session(site, chromium, sign_in) -> None:
    context = sign_in("")
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=login]", "analyst@rawabening.example")
    page.fill("input[name=password]", "sungai tenang di rawa 42")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: AGENCY in address)
    page.locator(".account-menu summary").click()
    page.get_by_role("button", name="Keluar").click()
    page.wait_for_url(lambda address: "/i/" not in address)
    page.goto(AGENCY)
    expect(page.get_by_role("button", name="Masuk", exact=True)).to_be_visible()
