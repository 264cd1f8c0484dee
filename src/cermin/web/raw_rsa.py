"""The private operation of RSA on a bare number, by OpenSSL.

`cryptography`, which brings OpenSSL along, offers it only together with a padding that a blind
signature must not have; so the system's own library is called. It takes a quarter of the time of
gmpy2's exponentiation in constant time, and other threads work meanwhile (ADR 0019). OpenSSL
computes in constant time too, blinds every operation, and wipes a key when it is freed.
"""

from __future__ import annotations

import ctypes
import weakref

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_NO_PADDING = 3  # RSA_NO_PADDING of openssl/rsa.h
_SIGNATURES = {
    "d2i_AutoPrivateKey": (
        ctypes.c_void_p, [ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long]
    ),
    "EVP_PKEY_free": (None, [ctypes.c_void_p]),
    "EVP_PKEY_CTX_new": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_void_p]),
    "EVP_PKEY_CTX_free": (None, [ctypes.c_void_p]),
    "EVP_PKEY_decrypt_init": (ctypes.c_int, [ctypes.c_void_p]),
    "EVP_PKEY_CTX_set_rsa_padding": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]),
    "EVP_PKEY_decrypt": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_size_t), ctypes.c_char_p,
         ctypes.c_size_t],
    ),
}  # fmt: skip


def loaded(name: str = "libcrypto.so.3") -> ctypes.CDLL:
    """Return OpenSSL 3, which Debian's Python itself needs; fail at once where it is not."""
    try:
        library = ctypes.CDLL(name)
        for function, (result, arguments) in _SIGNATURES.items():
            known = getattr(library, function)
            known.restype, known.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise ImportError(
            "OpenSSL 3 (libcrypto) is needed; on Debian: apt install libssl3"
        ) from error
    return library


_LIBRARY = loaded()


class RawRsaError(Exception):
    """OpenSSL has refused a key or a number."""


class PrivateKey:
    """An RSA key inside OpenSSL, freed together with this object; threads may share it."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        content = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        start = ctypes.c_char_p(content)
        self._key = _LIBRARY.d2i_AutoPrivateKey(None, ctypes.byref(start), len(content))
        if not self._key:
            raise RawRsaError("unusable key")
        self._size = key.key_size // 8
        weakref.finalize(self, _LIBRARY.EVP_PKEY_free, self._key)

    def apply(self, number: bytes) -> bytes:
        """Return ``number`` to the power of the private exponent, in as many bytes."""
        context = _LIBRARY.EVP_PKEY_CTX_new(self._key, None)
        try:
            result, length = ctypes.create_string_buffer(self._size), ctypes.c_size_t(self._size)
            done = (
                _LIBRARY.EVP_PKEY_decrypt_init(context) > 0
                and _LIBRARY.EVP_PKEY_CTX_set_rsa_padding(context, _NO_PADDING) > 0
                and _LIBRARY.EVP_PKEY_decrypt(
                    context, result, ctypes.byref(length), number, len(number)
                ) > 0
            )  # fmt: skip
        finally:
            _LIBRARY.EVP_PKEY_CTX_free(context)
        if not done or length.value != self._size:
            raise RawRsaError("refused")
        return result.raw
