"""The shipped blind.js in a browser: the vector of RFC 9474; ballots with the server's side."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cermin.web import blind_signatures as server

TESTS = Path(__file__).parents[2]
SHIPPED = TESTS.parent / "src/cermin/web/survey/static/survey/blind.js"
VECTOR = json.loads((TESTS / "fixtures/rfc9474/rsabssa_sha384_pss_randomized.json").read_text())
ORIGIN = "http://localhost:9/"  # never reached: every request is answered by the test

HELPERS = """
    const bytes = hex => Uint8Array.from(hex.match(/../g), one => parseInt(one, 16));
    const hex = all => [...all].map(one => one.toString(16).padStart(2, '0')).join('');
    const key = n => crypto.subtle.importKey(
        'jwk', {kty: 'RSA', alg: 'PS384', ext: true, e: 'AQAB', n},
        {name: 'RSA-PSS', hash: 'SHA-384'}, true, ['verify']);
"""


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    page = chromium.new_page()

    def give(route) -> None:
        script = route.request.url.endswith("blind.js")
        kind = "text/javascript" if script else "text/html"
        route.fulfill(content_type=kind, body=SHIPPED.read_text() if script else "<title>-</title>")

    page.route("**/*", give)
    page.goto(ORIGIN)
    yield page
    page.close()


def in_browser(page: Page, body: str, argument: object) -> object:
    """Run ``body`` with the shipped suite."""
    script = f"""async given => {{
        {HELPERS}
        const {{suite}} = await import('/blind.js');
        {body}
    }}"""
    return page.evaluate(script, argument)


def text_of(name: str) -> str:
    """Return a byte string of the vector as hexadecimal digits."""
    return VECTOR[name].removeprefix("0x")


def number(name: str) -> int:
    """Return a number of the vector."""
    return int(text_of(name), 16)


def jwk(modulus: bytes) -> str:
    """Return a modulus as it stands in a JSON web key."""
    return base64.urlsafe_b64encode(modulus).decode().rstrip("=")


def test_vector_of_the_rfc(page: Page) -> None:
    n = number("n")
    r = pow(number("inv"), -1, n)
    given = {
        "n": jwk(n.to_bytes(512, "big")),
        "random": [text_of("msg_prefix"), text_of("salt"), f"{r:01024x}"],
        **{name: text_of(name) for name in ("msg", "blind_sig", "sig")},
    }
    found = in_browser(
        page,
        """
        crypto.getRandomValues = all => (all.set(bytes(given.random.shift())), all);
        const signer = await key(given.n);
        const prepared = suite.prepare(bytes(given.msg));
        const {blindedMsg, inv} = await suite.blind(signer, prepared);
        const signature = await suite.finalize(signer, prepared, bytes(given.blind_sig), inv);
        const forged = bytes(given.sig);
        forged[100] ^= 1;
        return {
            name: String(suite), input_msg: hex(prepared), blinded_msg: hex(blindedMsg),
            inv: hex(inv), sig: hex(signature),
            verified: await suite.verify(signer, bytes(given.sig), prepared),
            forged: await suite.verify(signer, forged, prepared),
        };
        """,
        given,
    )
    names = ("input_msg", "blinded_msg", "inv", "sig")
    assert found == {name: text_of(name) for name in names} | {
        "name": VECTOR["name"], "verified": True, "forged": False,
    }  # fmt: skip


def test_fifty_ballots_with_the_server(page: Page) -> None:
    key = server.make_key()
    blinded = in_browser(
        page,
        """
        const signer = await key(given);
        return Promise.all([...Array(50)].map(async () => {
            const prepared = suite.prepare(crypto.getRandomValues(new Uint8Array(32)));
            const {blindedMsg, inv} = await suite.blind(signer, prepared);
            return [hex(prepared), hex(blindedMsg), hex(inv)];
        }));
        """,
        jwk(key.modulus),
    )
    assert len({message for _, message, _ in blinded}) == 50
    signed = [
        [prepared, server.blind_sign(key, bytes.fromhex(message)).hex(), inverse]
        for prepared, message, inverse in blinded
    ]
    for prepared, signature, inverse in (_blinded_by_the_server(key) for _ in range(10)):
        signed.append([prepared, signature, inverse])
    signatures = in_browser(
        page,
        """
        const signer = await key(given.n);
        return Promise.all(given.signed.map(async all => {
            const [prepared, signature, inverse] = all.map(bytes);
            return hex(await suite.finalize(signer, prepared, signature, inverse));
        }));
        """,
        {"n": jwk(key.modulus), "signed": signed},
    )
    assert all(
        server.verify(key.modulus, bytes.fromhex(prepared), bytes.fromhex(signature))
        for (prepared, _, _), signature in zip(signed, signatures, strict=True)
    )


def test_signature_of_another_key_is_refused(page: Page) -> None:
    key, other = server.make_key(), server.make_key()
    prepared, _, inverse = _blinded_by_the_server(key)
    message = server.blind(key.modulus, bytes.fromhex(prepared)).message
    smaller = (int.from_bytes(message, "big") % 2**2000).to_bytes(256, "big")
    wrong = server.blind_sign(other, smaller).hex()
    refused = in_browser(
        page,
        """
        const [prepared, signature, inverse] = given.all.map(bytes);
        return suite.finalize(await key(given.n), prepared, signature, inverse).then(
            () => 'accepted', error => error.message);
        """,
        {"n": jwk(key.modulus), "all": [prepared, wrong, inverse]},
    )
    assert refused == "invalid signature"


def _blinded_by_the_server(key: server.SigningKey) -> tuple[str, str, str]:
    prepared = server.prepare(bytes(32))
    blinded = server.blind(key.modulus, prepared)
    signature = server.blind_sign(key, blinded.message)
    return prepared.hex(), signature.hex(), f"{blinded.inverse:0512x}"
