"""Cells of answers: labels, codes, and the codes of survey tools."""

from __future__ import annotations

import pytest

from cermin.core.scheme import Item, ItemKind, Option, Text
from cermin.intake.categories import employment_of, has_left, sex_of
from cermin.intake.labels import chosen_of, code_of, shown_choices, tick_of

LABELS = ("Tidak pernah", "Jarang, sekali", "Sering", "Selalu")
OPTIONS = tuple(Option(n + 1, Text(label, f"en {n}"), id=f"o{n}") for n, label in enumerate(LABELS))
LIKERT = Item("q", ItemKind.LIKERT, Text("T?", "Q?"), options=OPTIONS)
SCALE = Item("s", ItemKind.SCALE_0_10, Text("T?", "Q?"))
VOTE = Item("v", ItemKind.CHOOSE_K, Text("T?", "Q?"), options=OPTIONS, choose=2)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3", 3), ("3.0", 3), ("3,0", 3), ("SERING", 3), ("en 2", 3), ("tidak_pernah", 1),
        ("A3", 3), ("AO03", 3), ("3 - Sering", 3), ("3. Sering", 3), ("(3", None), ("0", None),
        ("5", None), ("A5", None), ("A0", None), ("3 - Selalu", None), ("9 - Lain", None),
        ("Kadang", None), ("3.5", None), ("-3", None),
    ],
)  # fmt: skip
def test_code_of_a_cell(cell, code):
    assert code_of(LIKERT, cell) == code


@pytest.mark.parametrize(("cell", "code"), [("0", 0), ("10", 10), ("11", None), ("A1", None)])
def test_scale_from_0_to_10_needs_no_options(cell, code):
    assert code_of(SCALE, cell) == code
    assert shown_choices(SCALE) == "0-10"


@pytest.mark.parametrize(
    ("cell", "chosen", "unknown"),
    [
        ("Sering, Jarang, sekali", {"o2", "o1"}, ()),  # a comma inside a label
        ("1;2", {"o0", "o1"}, ()),
        ("o0 o3", {"o0", "o3"}, ()),
        ("Selalu; Entah", {"o3"}, ("Entah",)),
        ("", set(), ()),
    ],
)
def test_choices_in_one_cell(cell, chosen, unknown):
    assert chosen_of(VOTE, cell) == (frozenset(chosen), unknown)


def test_ticks():
    assert [tick_of(c) for c in ("Y", "1", "Tidak", None, "mungkin")] == [1, 1, 0, 0, None]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("PPPK Paruh Waktu", "PPPK Paruh Waktu"), ("P3K", "PPPK"), ("Daftar PNS 2025", "PNS"),
        ("Calon PNS", "CPNS"), ("Non PNS", "Non-ASN"), ("Tenaga honorer", "Non-ASN"),
        ("Sheet1", None),
    ],
)  # fmt: skip
def test_employment_is_read_however_it_is_written(text, label):
    assert employment_of(text) == label


def test_sex_and_status():
    assert [sex_of(t) for t in ("L", "wanita", "F", "x")] == [
        "Laki-laki", "Perempuan", "Perempuan", None,
    ]  # fmt: skip
    assert has_left("Pemberhentian sementara")
    assert not has_left("Aktif")
