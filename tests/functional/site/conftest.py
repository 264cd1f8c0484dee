"""One seeded site, one server, one signed-in state per role for all tests in the browser."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served_site import DEMO, DEMO_PASSWORD, INIT, Site, environment_of, run, served
from signing_in import enter
from survey_phone import phone
from survey_server import SurveyServer, survey_server

SignIn = Callable[..., BrowserContext]
expect.set_options(timeout=15_000)  # milliseconds; test machines may be busy


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site as an operator has just made it; copied, since making takes time."""
    folder = tmp_path_factory.mktemp("terpasang") / "situs"
    run(environment_of(folder, demo=False), *INIT, str(folder))
    return folder


@pytest.fixture(scope="session")
def site(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the fictional kabupaten Rawa Bening and a person of every role."""
    folder = tmp_path_factory.mktemp("situs") / "situs"
    shutil.copytree(installed, folder)
    environment = environment_of(folder, demo=True)
    run(environment, str(Path(__file__).parent / "seed_site.py"))
    with served(folder, environment) as site:
        yield site


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo as the command makes it."""
    folder = tmp_path_factory.mktemp("contoh") / "situs"
    shutil.copytree(_demo_of_all(tmp_path_factory), folder)
    with served(folder, environment_of(folder, demo=True)) as site:
        yield site


def _demo_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one demo of this run: making it takes a minute, and every process needs it."""
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent
    folder = common / "demo-untuk-semua"
    with (common / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            begun = tmp_path_factory.mktemp("demo") / "situs"  # one that fails leaves nothing
            told = run(environment_of(begun, demo=True), *DEMO, str(begun))
            assert DEMO_PASSWORD in told, "the accounts are shown"
            assert "/survei/" in told, "an invitation to try is shown"
            begun.rename(folder)
    return folder


@pytest.fixture(scope="session")
def empty_site(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site as an operator has just installed it."""
    folder = tmp_path_factory.mktemp("kosong") / "situs"
    shutil.copytree(installed, folder)
    with served(folder, environment_of(folder, demo=False)) as site:
        yield site


@pytest.fixture(scope="session")
def surveys(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SurveyServer]:
    """Two open surveys, one of statements and one of chosen values, with 40 people each."""
    with survey_server(installed, tmp_path_factory.mktemp("survei") / "situs") as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's chromium. Ends with the module: while it runs, Django refuses its database."""
    executable = shutil.which("chromium")
    assert executable, "Debian's chromium is needed: .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in_states() -> dict[str, object]:
    """Cookies of each role, so that each signs in once."""
    return {}


@pytest.fixture
def sign_in(site: Site, chromium: Browser, signed_in_states: dict[str, object]) -> Iterator[SignIn]:
    """Return a function that gives a browser context for a role, "" for a visitor."""
    contexts: list[BrowserContext] = []

    def open_context(role: str, *, width: int = 1280, **options: object) -> BrowserContext:
        if role and role not in signed_in_states:
            signed_in_states[role] = _sign_in(chromium, site.url, f"{role}@rawabening.example")
        context = chromium.new_context(
            base_url=site.url, viewport={"width": width, "height": 800}, locale="id-ID",
            storage_state=signed_in_states.get(role), **options,
        )  # fmt: skip
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()


def _sign_in(chromium: Browser, url: str, email: str) -> object:
    context = chromium.new_context(base_url=url)
    context.set_default_timeout(20_000)
    enter(context.new_page(), email)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def owner_page(surveys: SurveyServer, chromium: Browser) -> Iterator[Page]:
    """A page of the owner of the surveys, signed in."""
    context = chromium.new_context(base_url=f"http://127.0.0.1:{surveys.port}", locale="id-ID")
    context.set_default_timeout(20_000)
    page = context.new_page()
    enter(page, "pengelola@lebak-jati.example")
    yield page
    context.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A phone."""
    with phone(chromium) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of the phone."""
    return context.new_page()
