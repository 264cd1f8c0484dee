"""Addresses and numbers as people write them."""

from __future__ import annotations

import pytest

from cermin.core.contacts import is_nothing, mask_email, mask_phone, read_email, read_phone


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("sari@rawabening.example", "sari@rawabening.example"),
        ("  Sari.R+x@RawaBening.Example ", "Sari.R+x@rawabening.example"),
        ("mailto:sari@rawabening.example", "sari@rawabening.example"),
        ("<sari@rawabening.example>", "sari@rawabening.example"),
        ("rusak, sari@rawabening.example; lain@rawabening.example", "sari@rawabening.example"),
        ("sari@rawabening", None),
        ("sari@@rawabening.example", None),
        ("sari.@rawabening.example", None),
        ("sari@-rawa.example", None),
        ("sari@rawabening.example\nBcc:x", "sari@rawabening.example"),
        ("ṣari@rawabening.example", None),
        ("x" * 65 + "@rawabening.example", None),
        ("x@" + ".".join(["rawa" * 15] * 5) + ".example", None),
        ("08123456789", None),
        ("", None),
    ],
)
def test_addresses_are_read(written: str, read: str | None) -> None:
    assert read_email(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0812-3456-7890", "6281234567890"),
        ("812 3456 7890", "6281234567890"),  # a spreadsheet has dropped the zero
        ("+62 812 3456 7890", "6281234567890"),
        ("6281234567890", "6281234567890"),
        ("+62 0812 3456 7890", "6281234567890"),
        ("(0519) 123456", "62519123456"),
        ("'081234567890", "6281234567890"),
        ("\u202a+62 812-3456-7890\u202c", "6281234567890"),  # as copied from an address book
        ("rumah, 081234567890/081234567891", "6281234567890"),
        ("+60 12 345 6789", "60123456789"),
        ("0060123456789", "60123456789"),
        ("0812345", None),
        ("08123456789012345", None),
        ("+62 112 3456", None),
        ("123456789", None),
        ("8.12E+10", None),
        ("٠٨١٢٣٤٥٦٧٨٩٠", None),
        ("", None),
    ],
)
def test_numbers_are_read(written: str, read: str | None) -> None:
    assert read_phone(written) == read


@pytest.mark.parametrize("text", ["", " - ", "n/a", "Tidak ada", "NIHIL", "0", "..", "belum punya"])
def test_cells_that_say_nothing(text: str) -> None:
    assert is_nothing(text)
    assert not is_nothing(text + "a@b.example")


def test_masks_hide_who_it_is() -> None:
    assert mask_email("sari.rembulan@rawabening.example") == "s•••@rawabening.example"
    assert mask_phone("6281234567890") == "62•••890"
    assert mask_email("") == mask_phone("") == ""
