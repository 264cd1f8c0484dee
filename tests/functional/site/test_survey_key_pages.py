"""The box's key from the owner's choice into the hands of two holders, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from page_checks import listening, looked_at
from playwright.sync_api import Browser, BrowserContext, Page, expect
from served_site import Site, run
from signing_in import enter

YEAR = datetime.now(UTC).year + 1
PAGE = f"/i/batu-kawi/periode/{YEAR}/kunci/"
FIRST, SECOND = "lampu rakit kemiri dalang pesisir", "sawah menara gerimis tembaga lesung"
AGENCY = f"""import django
django.setup()
from datetime import UTC, datetime
from cermin.web.cycles.actions.set_up import create_cycle
from cermin.web.organisations.models import Role
from cycle_factory import employ
from site_factory import as_member, give_role, make_agency, make_structure, make_user
agency = make_agency("batu-kawi", name="Kabupaten Batu Kawi")
employ(make_structure(agency, {YEAR}), 30)
for role, name in ((Role.OWNER, "Sari"), (Role.HEAD, "Ratna"), (Role.ANALYST, "Bayu")):
    user = make_user(f"{{role.value}}@batu-kawi.example", name=name)
    give_role(user, agency, role)
    if role is Role.OWNER:
        create_cycle(agency=agency, year={YEAR}, name="Evaluasi {YEAR}",
                     by=as_member(user, agency), now=datetime.now(UTC))
"""


@pytest.fixture
def page_of(site: Site, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Return a function that signs somebody of the agency in and shows the page of the key."""
    run(site.environment, "-c", AGENCY)
    contexts: list[BrowserContext] = []

    def sign_in(role: str) -> Page:
        context = chromium.new_context(base_url=site.url, locale="id-ID")
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        enter(page, f"{role}@batu-kawi.example")
        page.goto(PAGE)
        return page

    yield sign_in
    for context in contexts:
        context.close()


def test_key_goes_into_the_hands_of_two_holders(
    page_of: Callable[[str], Page], tmp_path: Path
) -> None:
    owner = page_of("owner")
    with listening(owner) as said:
        looked_at(owner, "kunci-belum-dipilih")
        choose(owner, "Ratna")
        expect(owner.get_by_role("alert")).to_contain_text("sedikitnya 2")
        choose(owner, "Bayu")
        expect(owner.locator("main")).to_contain_text("Kunci belum diserahkan")
        expect(owner.locator("main")).to_contain_text("Baru 0 dari 2 pemegang yang siap")
        looked_at(owner, "kunci-dipilih")
    for role, passphrase in (("head", FIRST), ("analyst", SECOND)):
        holder = page_of(role)
        with listening(holder) as told:
            copy = take_copy(holder, passphrase, tmp_path / f"{role}.kunci")
            try_copy(holder, copy, passphrase)
        said += told
    with listening(owner) as told:
        owner.reload()
        looked_at(owner, "kunci-siap-diserahkan")
        owner.get_by_role("button", name="Serahkan kunci").click()
        expect(owner.locator("main")).to_contain_text("Situs tidak lagi memilikinya")
        looked_at(owner, "kunci-diserahkan")
    assert said + told == []


def choose(owner: Page, holder: str) -> None:
    """Have witnesses hold the key, this one among them."""
    owner.get_by_label("Dipegang para saksi").check()
    owner.get_by_label(holder).check()
    owner.get_by_role("button", name="Simpan pilihan").click()


def take_copy(holder: Page, passphrase: str, path: Path) -> Path:
    """Download a copy, after a slip of the finger."""
    looked_at(holder, "kunci-pemegang")
    for again in (passphrase[:-1], passphrase):
        holder.get_by_label("Frasa sandi baru").fill(passphrase)
        holder.get_by_label("Ketik sekali lagi").fill(again)
        button = holder.get_by_role("button", name="Unduh salinan kunci")
        if again == passphrase:
            with holder.expect_download() as download:
                button.click()
            download.value.save_as(path)
        else:
            button.click()
            expect(holder.get_by_role("alert")).to_contain_text("tidak sama")
    return path


def try_copy(holder: Page, copy: Path, passphrase: str) -> None:
    """Open the test ballot, after a wrong passphrase."""
    holder.goto(PAGE)
    for typed in (passphrase.upper(), passphrase):
        holder.get_by_label("Salinan kunci").set_input_files(copy)
        holder.get_by_label("Frasa sandi", exact=True).fill(typed)
        holder.get_by_role("button", name="Uji buka").click()
        if typed != passphrase:
            expect(holder.get_by_role("alert")).to_contain_text("tidak cocok")
            looked_at(holder, "kunci-frasa-salah")
    expect(holder.get_by_role("status")).to_contain_text("Uji buka berhasil")
    looked_at(holder, "kunci-teruji")
