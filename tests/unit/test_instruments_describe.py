"""What the command line prints about instruments."""

from __future__ import annotations

from pathlib import Path

import pytest

from cermin.instruments.describe import describe, instrument_table
from cermin.instruments.load import list_instruments

GOOD = Path(__file__).parent.parent / "fixtures" / "instruments" / "good"


def printed(instrument: str | Path, language: str = "id") -> list[tuple[int, str, str]]:
    return [(line.depth, line.label, line.text) for line in describe(instrument, language)]


def test_table_has_one_row_per_shipped_instrument() -> None:
    rows = instrument_table()
    assert tuple(row.id for row in rows) == list_instruments()
    by_id = {row.id: row for row in rows}
    assert by_id["metode-2025"].kind == "metode"
    assert by_id["lke-budaya-kerja-2025"].own_draft
    assert not by_id["nilai-berakhlak-2021"].own_draft


def test_table_in_english() -> None:
    titles = {row.id: row.title for row in instrument_table("en")}
    assert titles["kuesioner-perilaku-2025"] == "BerAKHLAK behaviour questionnaire"


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("instrument", list_instruments())
def test_every_instrument_can_be_described(instrument: str, language: str) -> None:
    lines = describe(instrument, language)
    assert len(lines) > 10
    assert all(line.label and line.text for line in lines)


def test_reference_page_lists_exactly_the_shipped_instruments() -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "reference" / "instruments.md"
    section = page.read_text(encoding="utf-8").split("## ")[1]
    listed = [row.split("`")[1] for row in section.splitlines() if row.startswith("| `")]
    assert sorted(listed) == list(list_instruments())


def test_own_draft_is_said_aloud() -> None:
    wanted = (1, "status", "rancangan sendiri, bukan instrumen resmi")
    assert wanted in printed("lke-budaya-kerja-2025")
    assert wanted not in printed("unsur-skm-2017")


def test_method_shows_weights_bands_and_break() -> None:
    lines = printed("metode-2025")
    assert (1, "kuesioner", "kuesioner-perilaku-2025 (0,8)") in lines
    assert (1, "lembar kerja", "lke-budaya-kerja-2025 (0,2)") in lines
    assert (2, "A", "Sehat, mulai 75") in lines
    assert (1, "responden minimum", "rumus Slovin (0,05)") in lines
    assert (1, "tidak sebanding dengan", "metode-2024, metode-2022") in lines
    assert (1, "responden minimum", "diisi oleh penyelenggara") in printed("metode-2024")


def test_questionnaire_shows_items_with_their_answers() -> None:
    lines = printed("kuesioner-skm-2017", "en")
    at = lines.index((2, "u4", "How fair is the cost or fee of the service?"))
    assert lines[at + 1] == (
        3,
        "pilih satu",
        "1 Very expensive; 2 Rather expensive; 3 Cheap; 4 Free of charge",
    )
    assert (1, "tanpa dimensi", "1 butir") in lines


def test_votes_say_how_many_to_choose() -> None:
    labels = [label for _depth, label, _text in printed("kuesioner-votes-2022")]
    assert labels.count("pilih tepat 10") == 3


def test_worksheet_shows_weight_evidence_rubric_and_not_applicable() -> None:
    lines = printed("lke-budaya-kerja-2025")
    assert (1, "kepemimpinan", "Kepemimpinan dan keteladanan (bobot 0,25)") in lines
    assert (3, "bukti", "Naskah komitmen yang ditandatangani") in lines
    assert (3, "D", "Tidak pernah") in lines
    assert (3, "catatan", "boleh dinyatakan tidak berlaku") in lines


def test_local_values_show_what_they_stand_for() -> None:
    lines = printed("nilai-kreatif-kudus-2019")
    assert (1, "dipetakan ke", "nilai-berakhlak-2021") in lines
    assert (2, "mewakili", "adaptif, kompeten") in lines


def test_file_without_note_or_introduction() -> None:
    labels = [label for _depth, label, _text in printed(GOOD / "kuesioner-contoh.yaml")]
    assert "catatan" not in labels
    assert "pengantar" not in labels
