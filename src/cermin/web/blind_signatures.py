"""RSA blind signatures, RFC 9474, variant RSABSSA-SHA384-PSS-Randomized.

Whoever holds the key signs a blinded message without seeing it; the signature that the other side
finishes is a plain RSASSA-PSS signature (RFC 8017 §8.1) of a message that the signer has never
seen. A signed serial therefore proves that somebody with the right to it drew a ballot, and
nothing else. Byte strings are big-endian; names follow the RFC.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cached_property

import gmpy2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

from cermin.web.raw_rsa import PrivateKey

MODULUS_BITS = 2048
PREFIX_BYTES = 32
_SALT_BYTES = 48
_SURPLUS_BYTES = 16
_PUBLIC_EXPONENT = 65537
_PSS = padding.PSS(mgf=padding.MGF1(SHA384()), salt_length=_SALT_BYTES)


class BlindSignatureError(Exception):
    """A value that no honest other side would have sent."""


@dataclass(frozen=True)
class SigningKey:
    """A private key as its two primes; everything else follows from them."""

    p: int
    q: int

    @property
    def modulus(self) -> bytes:
        """The public key: its modulus, 256 bytes; the exponent is always 65537."""
        n = self.p * self.q
        return n.to_bytes(n.bit_length() // 8, "big")

    @cached_property
    def private(self) -> PrivateKey:
        """The key as OpenSSL knows it, from its first signature on."""
        p, q = self.p, self.q
        d = int(gmpy2.invert(_PUBLIC_EXPONENT, (p - 1) * (q - 1)))
        numbers = rsa.RSAPrivateNumbers(
            p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q),
            rsa.RSAPublicNumbers(_PUBLIC_EXPONENT, p * q),
        )  # fmt: skip
        # Every signature is checked, so the key need not be, which takes far longer.
        return PrivateKey(numbers.private_key(unsafe_skip_rsa_key_validation=True))


@dataclass(frozen=True)
class Blinded:
    """What the drawing side keeps (``inverse``) and what it sends (``message``)."""

    message: bytes
    inverse: int


def make_key() -> SigningKey:
    """Return a new 2048-bit key (FIPS 186-5 generation by OpenSSL)."""
    key = rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=MODULUS_BITS)
    numbers = key.private_numbers()
    return SigningKey(numbers.p, numbers.q)


def prepare(message: bytes) -> bytes:
    """Put 32 random bytes before ``message`` (RFC 9474 §4.1, randomized preparation)."""
    return secrets.token_bytes(PREFIX_BYTES) + message


def blind(modulus: bytes, prepared: bytes, *, seed: bytes | None = None) -> Blinded:
    """Blind ``prepared`` for the key with this modulus (RFC 9474 §4.2).

    Salt and blinding factor are random, or follow from a secret random ``seed`` of at least 32
    bytes: whoever has the seed can do the same again after an answer was lost.

    Raises
    ------
    BlindSignatureError
        When the modulus has fewer than 2048 bits.
    """
    n = _modulus(modulus)
    source = hashlib.shake_256(b"blind\0" + (seed or secrets.token_bytes(32)))
    stream = source.digest(_SALT_BYTES + _size(n) + _SURPLUS_BYTES)
    # With 128 bits more than the modulus has, the remainder is as good as uniform.
    r = 1 + int.from_bytes(stream[_SALT_BYTES:], "big") % (int(n) - 1)
    return _blind_with(n, prepared, salt=stream[:_SALT_BYTES], r=r)


def _blind_with(n: gmpy2.mpz, prepared: bytes, *, salt: bytes, r: int) -> Blinded:
    m = gmpy2.mpz(int.from_bytes(_emsa_pss(prepared, salt, _size(n)), "big"))
    if gmpy2.gcd(m, n) != 1 or gmpy2.gcd(r, n) != 1:
        raise BlindSignatureError("not invertible")
    x = gmpy2.powmod(r, _PUBLIC_EXPONENT, n)
    return Blinded(_to_bytes(m * x % n, n), int(gmpy2.invert(r, n)))


def can_be_signed(modulus: bytes, blinded: bytes) -> bool:
    """Whether ``blinded`` is a number below the modulus, in as many bytes."""
    number = int.from_bytes(blinded, "big")
    return len(blinded) == len(modulus) and 1 < number < int.from_bytes(modulus, "big")


def blind_sign(key: SigningKey, blinded: bytes) -> bytes:
    """Sign without seeing (RFC 9474 §4.3); the exponentiation takes the same time for all inputs.

    The result is checked before it leaves, so that a faulty computation cannot give the key away.

    Raises
    ------
    BlindSignatureError
        When ``blinded`` is not a number below the modulus, in as many bytes.
    """
    if not can_be_signed(key.modulus, blinded):
        raise BlindSignatureError("blinded message out of range")
    signature = key.private.apply(blinded)
    n, s = (gmpy2.mpz(int.from_bytes(one, "big")) for one in (key.modulus, signature))
    if _to_bytes(gmpy2.powmod(s, _PUBLIC_EXPONENT, n), n) != blinded:
        raise BlindSignatureError("signing failed")
    return signature


def finalize(modulus: bytes, prepared: bytes, blind_signature: bytes, inverse: int) -> bytes:
    """Take the blinding off and return the signature (RFC 9474 §4.4).

    Raises
    ------
    BlindSignatureError
        When what came back is no signature of ``prepared``.
    """
    n = _modulus(modulus)
    if len(blind_signature) != _size(n):
        raise BlindSignatureError("wrong length")
    signature = _to_bytes(gmpy2.mpz(int.from_bytes(blind_signature, "big")) * inverse % n, n)
    if not verify(modulus, prepared, signature):
        raise BlindSignatureError("not a signature")
    return signature


def verify(modulus: bytes, prepared: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is one of ``prepared`` under this key (RSASSA-PSS, RFC 8017 §8.1.2)."""
    public = rsa.RSAPublicNumbers(_PUBLIC_EXPONENT, int.from_bytes(modulus, "big")).public_key()
    try:
        public.verify(signature, prepared, _PSS, SHA384())
    except InvalidSignature:
        return False
    return True


def _emsa_pss(message: bytes, salt: bytes, size: int) -> bytes:
    """Encode ``message`` in ``8 * size - 1`` bits (RFC 8017 §9.1.1) with SHA-384 and MGF1."""
    digest = hashlib.sha384(b"\0" * 8 + hashlib.sha384(message).digest() + salt).digest()
    length = size - len(digest) - 1
    padded = (b"\x01" + salt).rjust(length, b"\0")
    masked = bytearray(a ^ b for a, b in zip(padded, _mgf1(digest, length), strict=True))
    masked[0] &= 0x7F
    return bytes(masked) + digest + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    blocks = range(-(-length // hashlib.sha384().digest_size))
    mask = b"".join(hashlib.sha384(seed + i.to_bytes(4, "big")).digest() for i in blocks)
    return mask[:length]


def _modulus(modulus: bytes) -> gmpy2.mpz:
    n = gmpy2.mpz(int.from_bytes(modulus, "big"))
    if n.bit_length() < MODULUS_BITS or n.bit_length() % 8:
        raise BlindSignatureError("modulus too short")
    return n


def _size(n: gmpy2.mpz) -> int:
    return int(n.bit_length()) // 8


def _to_bytes(number: gmpy2.mpz, n: gmpy2.mpz) -> bytes:
    return int(number).to_bytes(_size(n), "big")
