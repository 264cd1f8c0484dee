"""A real OpenID Connect provider (npm oidc-provider) on this machine, and a person at its pages."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import requests

FOLDER = Path(__file__).parent / "oidc"
CALLBACK = "http://testserver/akun/sso/{provider}/login/callback/"


@contextmanager
def running(clients: dict[str, str], people: dict[str, dict[str, object]]) -> Iterator[str]:
    """Start the provider for ``clients`` (id -> secret) and ``people``; give its address."""
    if not (FOLDER / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)
    description = {
        "clients": [
            {"id": name, "secret": secret, "redirect": CALLBACK.format(provider=name)}
            for name, secret in clients.items()
        ],
        "people": people,
    }
    process = subprocess.Popen(
        ["node", "provider.mjs", json.dumps(description)],
        cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the identity provider did not start"
        yield address
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def sign_in_there(address: str, subject: str) -> str:
    """Go through the provider's own pages as ``subject``; return where it sends the browser."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=20)
        for prompt in ({"prompt": "login", "login": subject, "password": "x"},
                       {"prompt": "consent"}):  # fmt: skip
            page = _submit(browser, page, prompt)
            if page.is_redirect:
                return page.headers["Location"]
    raise AssertionError("the provider never sent the browser back")


def give_up_there(address: str) -> str:
    """Press “Cancel” at the provider; return where it sends the browser."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=20)
        cancel = re.search(r'href="([^"]*/abort)"', page.text)
        assert cancel
        return _follow(browser, browser.get(
            urljoin(page.url, cancel[1]), allow_redirects=False, timeout=20
        )).headers["Location"]  # fmt: skip


def _submit(
    browser: requests.Session, page: requests.Response, fields: dict[str, str]
) -> requests.Response:
    action = re.search(r'action="([^"]+)"', page.text)
    assert action, page.text
    answer = browser.post(
        urljoin(page.url, action[1]), data=fields, allow_redirects=False, timeout=20
    )
    return _follow(browser, answer)


def _follow(browser: requests.Session, answer: requests.Response) -> requests.Response:
    """Follow redirects until a page of the provider, or one that leads away from it."""
    while answer.is_redirect:
        target = urljoin(answer.url, answer.headers["Location"])
        if not target.startswith("http://127.0.0.1:"):
            answer.headers["Location"] = target
            return answer
        answer = browser.get(target, allow_redirects=False, timeout=20)
    return answer
