from __future__ import annotations

from datetime import date

import pytest

from cermin.core.nip import Employment, Nip, NipProblem, Sex, mask, parse_nip

PNS = "196805121990031002"
PPPK = "199001012023212014"


def test_pns_number_tells_birth_appointment_sex_and_serial() -> None:
    assert parse_nip(PNS) == Nip(
        digits=PNS,
        birth_date=date(1968, 5, 12),
        appointment_year=1990,
        appointment_month=3,
        sex=Sex.MALE,
        serial="002",
        employment=Employment.PNS,
    )
    assert parse_nip(PNS).valid


def test_pppk_number_has_contracts_instead_of_a_month() -> None:
    nip = parse_nip(PPPK)
    assert nip.valid
    assert (nip.employment, nip.contracts, nip.appointment_month) == (Employment.PPPK, 21, None)
    assert (nip.appointment_year, nip.sex) == (2023, Sex.FEMALE)


@pytest.mark.parametrize(
    "cell",
    [
        "19680512 199003 1 002",
        " 196805121990031002 ",
        "'196805121990031002",
        "’196805121990031002",
        "19680512.199003.1.002",
        "19680512-199003-1-002",
        "19680512\u00a0199003\u00a01\u00a0002",
        196805121990031002,
    ],
)
def test_ways_people_type_it(cell: object) -> None:
    assert parse_nip(cell) == parse_nip(PNS)


@pytest.mark.parametrize("cell", ["1.96805E+17", "1,97E+17", "1.9E17", "2e17", "'1.96805E+17"])
def test_scientific_notation_has_lost_everything(cell: str) -> None:
    assert parse_nip(cell) == Nip(digits="", problems=(NipProblem.SPREADSHEET_NUMBER,))


@pytest.mark.parametrize("cell", [196805121990031000, "196805121990031000"])
def test_a_number_cut_to_fifteen_digits_is_noticed(cell: object) -> None:
    nip = parse_nip(cell)
    assert nip.problems == (NipProblem.LOST_DIGITS,)
    assert nip.sex is Sex.MALE  # digit 15 survived


@pytest.mark.parametrize("cell", [196805121990031000.0, "196805121990031000.0"])
def test_a_float_is_noticed(cell: object) -> None:
    assert parse_nip(cell).problems[0] is NipProblem.SPREADSHEET_NUMBER


def test_a_float_is_noticed_even_when_its_digits_look_whole() -> None:
    assert parse_nip(float(PNS)).problems[0] is NipProblem.SPREADSHEET_NUMBER
    assert parse_nip(float("inf")).problems == (
        NipProblem.SPREADSHEET_NUMBER,
        NipProblem.NOT_DIGITS,
    )


@pytest.mark.parametrize("cell", [None, "", "  ", "'", float("nan")])
def test_empty(cell: object) -> None:
    assert parse_nip(cell).problems == (NipProblem.EMPTY,)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("19680512199003100", NipProblem.WRONG_LENGTH),
        ("1968051219900310021", NipProblem.WRONG_LENGTH),
        ("19680512199003100X", NipProblem.NOT_DIGITS),
        ("١٩٦٨٠٥١٢١٩٩٠٠٣١٠٠٢", NipProblem.NOT_DIGITS),
        (True, NipProblem.NOT_DIGITS),
        ("196813121990031002", NipProblem.BAD_BIRTH_DATE),
        ("196902291990031002", NipProblem.BAD_BIRTH_DATE),
        ("196805121990001002", NipProblem.BAD_APPOINTMENT),
        ("196805122990031002", NipProblem.BAD_APPOINTMENT),
        ("198805121990031002", NipProblem.APPOINTED_TOO_YOUNG),
        ("196805121990033002", NipProblem.BAD_SEX),
        ("196805121990030002", NipProblem.BAD_SEX),
    ],
)
def test_problems_are_codes(cell: object, problem: NipProblem) -> None:
    nip = parse_nip(cell)
    assert nip.problems == (problem,)
    assert not nip.valid


def test_leap_day_is_a_birthday() -> None:
    assert parse_nip("196802291990031002").birth_date == date(1968, 2, 29)


@pytest.mark.parametrize(
    ("middle", "employment"), [("12", Employment.PNS), ("13", Employment.PPPK)]
)
def test_digits_beyond_december_are_not_a_month(middle: str, employment: Employment) -> None:
    assert parse_nip(f"196805121990{middle}1002").employment is employment


def test_month_zero_gives_no_hint_of_employment() -> None:
    nip = parse_nip("196805121990001002")
    assert (nip.employment, nip.appointment_month, nip.contracts) == (None, None, None)


def test_youngest_age_is_a_setting() -> None:
    assert parse_nip("197405121990031002", youngest=17).problems == (
        NipProblem.APPOINTED_TOO_YOUNG,
    )
    assert parse_nip("197405121990031002").valid


def test_all_problems_are_listed() -> None:
    assert parse_nip("196813121990003000").problems == (
        NipProblem.LOST_DIGITS,
        NipProblem.BAD_BIRTH_DATE,
        NipProblem.BAD_APPOINTMENT,
        NipProblem.BAD_SEX,
    )


@pytest.mark.parametrize(
    ("digits", "shown"),
    [(PNS, "•" * 15 + "002"), ("1234567", "••••567"), ("123456", "••••••"), ("12", "••"), ("", "")],
)
def test_mask_shows_three_digits_at_most(digits: str, shown: str) -> None:
    assert mask(digits) == shown
