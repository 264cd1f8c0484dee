"""Blind signatures against the vector of RFC 9474, and against values nobody honest would send."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gmpy2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cermin.web import blind_signatures as blind
from cermin.web import raw_rsa
from cermin.web.blind_signatures import Blinded, BlindSignatureError, SigningKey

VECTOR = json.loads(
    (Path(__file__).parents[1] / "fixtures/rfc9474/rsabssa_sha384_pss_randomized.json").read_text()
)
SIZE = blind.MODULUS_BITS // 8


def number(name: str) -> int:
    return int(VECTOR[name], 16)


def octets(name: str) -> bytes:
    return bytes.fromhex(VECTOR[name].removeprefix("0x"))


@pytest.fixture(scope="module")
def vector_key() -> SigningKey:
    return SigningKey(number("p"), number("q"))


@pytest.fixture(scope="module")
def keys() -> tuple[SigningKey, SigningKey]:
    return blind.make_key(), blind.make_key()


def test_vector_of_the_rfc_byte_for_byte(vector_key) -> None:
    n = gmpy2.mpz(number("n"))
    assert vector_key.modulus == octets("n")
    assert octets("msg_prefix") + octets("msg") == octets("input_msg")
    r = int(gmpy2.invert(number("inv"), n))
    blinded = blind._blind_with(n, octets("input_msg"), salt=octets("salt"), r=r)
    assert blinded == Blinded(octets("blinded_msg"), number("inv"))
    assert blind.blind_sign(vector_key, blinded.message) == octets("blind_sig")
    signed = blind.finalize(
        octets("n"), octets("input_msg"), octets("blind_sig"), blinded.inverse
    )  # fmt: skip
    assert signed == octets("sig")
    assert blind.verify(octets("n"), octets("input_msg"), octets("sig"))


def test_whoever_has_the_seed_blinds_the_same_again(keys) -> None:
    message = blind.prepare(b"serial")
    assert len(message) == blind.PREFIX_BYTES + len(b"serial")
    modulus = keys[0].modulus
    first, again = (blind.blind(modulus, message, seed=b"s" * 32) for _ in range(2))
    assert first == again
    assert blind.blind(modulus, message, seed=b"t" * 32) != first
    assert blind.blind(modulus, message) != blind.blind(modulus, message)
    signature = blind.finalize(
        modulus, message, blind.blind_sign(keys[0], first.message), first.inverse
    )
    assert blind.verify(modulus, message, signature)


def test_what_was_signed_has_nothing_of_the_message(keys) -> None:
    """Any signed blinded message fits any signature: some blinding factor joins the two."""
    n = gmpy2.mpz(keys[0].p) * keys[0].q
    ballots = []
    for _ in range(2):
        message = blind.prepare(b"x")
        blinded = blind.blind(keys[0].modulus, message)
        signed = blind.blind_sign(keys[0], blinded.message)
        ballots.append((blinded, blind.finalize(keys[0].modulus, message, signed, blinded.inverse)))
    (mine, my_signature), (theirs, _) = ballots
    m = gmpy2.powmod(int.from_bytes(my_signature, "big"), 65537, n)
    r_to_65537 = int.from_bytes(theirs.message, "big") * gmpy2.invert(m, n) % n
    factor = int.from_bytes(blind.blind_sign(keys[0], int(r_to_65537).to_bytes(SIZE, "big")), "big")
    again = m * gmpy2.powmod(factor, 65537, n) % n
    assert int(again) == int.from_bytes(theirs.message, "big") != int.from_bytes(mine.message)


@pytest.mark.parametrize(
    "message",
    [b"", b"\1", bytes(SIZE), b"\0" * (SIZE - 1) + b"\1", b"\xff" * SIZE, b"\2" + bytes(SIZE),
     b"\1" * (SIZE - 1), b"\0" + b"\1" * SIZE],
)  # fmt: skip
def test_no_signature_of_a_number_out_of_range(keys, message) -> None:
    assert not blind.can_be_signed(keys[0].modulus, message)
    with pytest.raises(BlindSignatureError):
        blind.blind_sign(keys[0], message)


def test_modulus_itself_is_out_of_range(keys) -> None:
    n = int.from_bytes(keys[0].modulus, "big")
    with pytest.raises(BlindSignatureError):
        blind.blind_sign(keys[0], n.to_bytes(SIZE, "big"))
    assert blind.can_be_signed(keys[0].modulus, (n - 1).to_bytes(SIZE, "big"))


def test_faulty_computation_gives_nothing_away(keys, monkeypatch) -> None:
    """One wrong half of the Chinese remainder would give a factor of the modulus away."""
    key = keys[0]
    right = int.from_bytes(blind.blind_sign(key, b"\1" * SIZE), "big")
    wrong = (right + key.p) % (key.p * key.q)  # right modulo p, wrong modulo q
    assert gmpy2.gcd(pow(wrong, 65537, key.p * key.q) - int.from_bytes(b"\1" * SIZE, "big"),
                     key.p * key.q) == key.p  # fmt: skip
    monkeypatch.setattr(raw_rsa.PrivateKey, "apply", lambda *_: wrong.to_bytes(SIZE, "big"))
    with pytest.raises(BlindSignatureError, match="signing failed"):
        blind.blind_sign(key, b"\1" * SIZE)


def test_bare_exponentiation_is_that_of_arithmetic(keys) -> None:
    """Also of small numbers, whose results must keep their leading zeros, and in many threads."""
    key = keys[0]
    n, d = key.p * key.q, int(gmpy2.invert(65537, (key.p - 1) * (key.q - 1)))
    with ThreadPoolExecutor(4) as pool:
        numbers = [1, 2, n - 1, *(secrets.randbelow(n) for _ in range(40))]
        found = pool.map(lambda one: key.private.apply(one.to_bytes(SIZE, "big")), numbers)
        for number, result in zip(numbers, found, strict=True):
            assert result == int(gmpy2.powmod(number, d, n)).to_bytes(SIZE, "big")
    root = pow(3, 65537, n).to_bytes(SIZE, "big")
    assert key.private.apply(root) == (3).to_bytes(SIZE, "big")


def test_bare_exponentiation_refuses_what_is_no_number_below_the_modulus(keys) -> None:
    for wrong in (b"\xff" * SIZE, b"\1" * (SIZE + 1)):
        with pytest.raises(raw_rsa.RawRsaError):
            keys[0].private.apply(wrong)


def test_forged_truncated_and_foreign_signatures(keys) -> None:
    mine, foreign = keys
    message = blind.prepare(b"serial")
    blinded = blind.blind(mine.modulus, message)
    signed = blind.blind_sign(mine, blinded.message)
    signature = blind.finalize(mine.modulus, message, signed, blinded.inverse)
    flipped = signature[:-1] + bytes([signature[-1] ^ 1])
    for wrong in (b"", signature[:-1], signature + b"\0", b"\0" + signature, flipped, bytes(SIZE)):
        assert not blind.verify(mine.modulus, message, wrong)
    assert not blind.verify(mine.modulus, message + b"\0", signature)
    assert not blind.verify(foreign.modulus, message, signature)
    for wrong in (signed[:-1], signed + b"\0", blind.blind_sign(foreign, b"\1" * SIZE), b""):
        with pytest.raises(BlindSignatureError):
            blind.finalize(mine.modulus, message, wrong, blinded.inverse)
    with pytest.raises(BlindSignatureError):
        blind.finalize(mine.modulus, message, signed, blinded.inverse + 1)


@pytest.mark.parametrize("modulus", [b"", b"\xff" * (SIZE - 1), b"\x01" + b"\xff" * SIZE])
def test_short_or_odd_moduli_are_refused(modulus) -> None:
    with pytest.raises(BlindSignatureError):
        blind.blind(modulus, b"message")


def test_message_that_shares_a_factor_cannot_be_blinded(keys, monkeypatch) -> None:
    monkeypatch.setattr(blind, "_emsa_pss", lambda *_: keys[0].p.to_bytes(SIZE, "big"))
    with pytest.raises(BlindSignatureError, match="not invertible"):
        blind.blind(keys[0].modulus, b"message")


@pytest.mark.parametrize("name", ["libcrypto.so.none", "libc.so.6"])
def test_without_openssl_it_is_said_at_once(name: str) -> None:
    with pytest.raises(ImportError, match="libssl3"):
        raw_rsa.loaded(name)


def test_what_is_no_key_is_refused(monkeypatch) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    monkeypatch.setattr(raw_rsa._LIBRARY, "d2i_AutoPrivateKey", lambda *_: None)
    with pytest.raises(raw_rsa.RawRsaError, match="unusable"):
        raw_rsa.PrivateKey(key)
