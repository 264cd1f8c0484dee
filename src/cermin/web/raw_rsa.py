"""The private operation of RSA on a bare number, by OpenSSL.

`cryptography`, which brings OpenSSL along, offers it only together with a padding that a blind
signature must not have; so the system's own library is called. It takes a quarter of the time of
gmpy2's exponentiation in constant time, and other threads work meanwhile (ADR 0019). OpenSSL
computes in constant time too, blinds every operation, and wipes a key when it is freed.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import weakref
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_NO_PADDING = 3  # RSA_NO_PADDING of openssl/rsa.h
_Bytes = ctypes.POINTER(ctypes.c_ubyte)
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
        library, start = _library(), ctypes.c_char_p(content)
        self._key = library.d2i_AutoPrivateKey(None, ctypes.byref(start), len(content))
        if not self._key:
            raise RawRsaError("unusable key")
        self._size = key.key_size // 8
        weakref.finalize(self, library.EVP_PKEY_free, self._key)

    def apply(self, number: bytes) -> bytes:
        """Return ``number`` to the power of the private exponent, in as many bytes."""
        library = _library()
        context = library.EVP_PKEY_CTX_new(self._key, None)
        try:
            result, length = ctypes.create_string_buffer(self._size), ctypes.c_size_t(self._size)
            done = (
                library.EVP_PKEY_decrypt_init(context) > 0
                and library.EVP_PKEY_CTX_set_rsa_padding(context, _NO_PADDING) > 0
                and library.EVP_PKEY_decrypt(
                    context, result, ctypes.byref(length), number, len(number)
                ) > 0
            )  # fmt: skip
        finally:
            library.EVP_PKEY_CTX_free(context)
        if not done or length.value != self._size:
            raise RawRsaError("refused")
        return result.raw


@cache
def _library() -> ctypes.CDLL:
    """Return the system's OpenSSL 3, which Debian's Python itself needs."""
    library = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
