"""Shipped instruments say what the sources say, in both languages, and load as frozen objects."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cermin.core.errors import UserError
from cermin.core.scheme import (
    CriterionKind,
    IndexType,
    ItemKind,
    MinimumRule,
    Questionnaire,
    Scoring,
)
from cermin.instruments.load import (
    InstrumentError,
    list_instruments,
    load,
    load_method,
    load_questionnaire,
    load_value_set,
    load_worksheet,
    method_for_year,
    own_drafts,
    vote_options,
)
from cermin.instruments.references import DATA

GOOD = Path(__file__).parent.parent / "fixtures" / "instruments" / "good"
SEVEN = [
    "berorientasi_pelayanan",
    "akuntabel",
    "kompeten",
    "harmonis",
    "loyal",
    "adaptif",
    "kolaboratif",
]
SAME_IN_BOTH = {"Loyal"}  # a name; every other text must be translated


def texts(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if set(node) == {"id", "en"}:
            yield node["id"], node["en"]
        for child in node.values():
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)


@pytest.mark.parametrize("instrument", list_instruments())
def test_hash_is_of_the_bytes_and_is_published(instrument: str) -> None:
    file = DATA / f"{instrument}.yaml"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert load(instrument).sha256 == digest
    lock = (DATA / "PUBLISHED.sha256").read_text(encoding="utf-8").splitlines()
    assert f"{digest}  {instrument}.yaml" in lock


@pytest.mark.parametrize("instrument", list_instruments())
def test_english_is_a_translation(instrument: str) -> None:
    content = yaml.safe_load((DATA / f"{instrument}.yaml").read_text(encoding="utf-8"))
    pairs = list(texts(content))
    assert pairs
    same = {indonesian for indonesian, english in pairs if indonesian == english}
    assert same <= SAME_IN_BOTH


@pytest.mark.parametrize("instrument", list_instruments())
def test_one_indonesian_text_has_one_english_text(instrument: str) -> None:
    content = yaml.safe_load((DATA / f"{instrument}.yaml").read_text(encoding="utf-8"))
    english: dict[str, set[str]] = {}
    for indonesian, translated in texts(content):
        english.setdefault(indonesian, set()).add(translated)
    assert {text: found for text, found in english.items() if len(found) > 1} == {}


def test_seven_values_with_three_behaviours_each() -> None:
    values = load_value_set("nilai-berakhlak-2021")
    assert [value.id for value in values.values] == SEVEN
    assert [len(value.behaviours) for value in values.values] == [3] * 7
    assert values.value("kompeten").name.in_language("en") == "Competent"


def test_kudus_maps_its_four_values_onto_all_seven() -> None:
    local = load_value_set("nilai-kreatif-kudus-2019")
    assert [value.name.id for value in local.values] == [
        "Komunikatif",
        "Religius",
        "Akuntabel",
        "Inovatif",
    ]
    assert local.national == "nilai-berakhlak-2021"
    assert {target for value in local.values for target in value.maps_to} == set(SEVEN)
    assert local.source.own_draft


def test_behaviour_questionnaire_asks_every_behaviour_once() -> None:
    questionnaire = load_questionnaire("kuesioner-perilaku-2025")
    national = load_value_set("nilai-berakhlak-2021")
    wanted = [(v.id, b.id) for v in national.values for b in v.behaviours]
    assert [(i.dimension, i.behaviour) for i in questionnaire.items] == wanted
    assert {i.kind for i in questionnaire.items} == {ItemKind.LIKERT}
    assert {tuple(o.code for o in i.options) for i in questionnaire.items} == {(1, 2, 3, 4, 5)}
    first = questionnaire.columns[0]
    assert (first.name, first.low, first.high) == ("bp1", 1, 5)
    assert first.dimension == "berorientasi_pelayanan"


def test_votes_list_is_asked_three_times_and_covers_behaviours_and_areas() -> None:
    questionnaire = load_questionnaire("kuesioner-votes-2022")
    assert [(i.occasion, i.choose) for i in questionnaire.items] == [
        ("personal", 10),
        ("current", 10),
        ("desired", 10),
    ]
    options = questionnaire.items[0].options
    national = load_value_set("nilai-berakhlak-2021")
    pairs = [(v.id, b.id) for v in national.values for b in v.behaviours]
    assert [(o.value, o.behaviour) for o in options if o.value] == pairs
    assert Counter(o.tone for o in options) == {"positive": 30, "limiting": 12}
    assert len(questionnaire.areas) == 6
    assert {o.area for o in options} == {area.id for area in questionnaire.areas}


def test_votes_become_one_column_per_option_and_only_the_current_list_scores() -> None:
    questionnaire = load_questionnaire("kuesioner-votes-2022")
    columns = questionnaire.columns
    assert len(columns) == len({column.name for column in columns}) == 3 * 42
    assert {(column.low, column.high) for column in columns} == {(0, 1)}
    scored = [column for column in columns if column.dimension]
    assert len(scored) == 21
    assert {column.item for column in scored} == {"kini"}
    assert scored[0].name == "kini_memahami_kebutuhan"
    assert scored[0].option is not None


def test_vote_options_feed_the_sub_indices() -> None:
    options = vote_options(load_questionnaire("kuesioner-votes-2022"))
    assert len(options.options) == 42
    assert options.values["adaptif"] == (15, 16, 17)
    assert options.n_areas == 6
    assert sum(options.positive) == 30
    assert options.areas[0] == 5


def test_vote_option_outside_the_areas_has_none() -> None:
    options = vote_options(load_questionnaire(GOOD / "kuesioner-pilihan-contoh.yaml"))
    assert options.areas == (0, 1, None)


def test_vote_options_of_a_likert_questionnaire_are_refused() -> None:
    with pytest.raises(UserError, match="tidak berisi pilihan nilai"):
        vote_options(load_questionnaire("kuesioner-perilaku-2025"))


@pytest.mark.parametrize(
    ("instrument", "dimensions", "scored"),
    [
        ("kuesioner-keterikatan-2025", 5, 15),
        ("kuesioner-employer-branding-2025", 4, 12),
        ("kuesioner-sosio-emosional-2025", 5, 15),
        ("kuesioner-skm-2017", 9, 9),
    ],
)
def test_other_questionnaires_are_balanced(instrument: str, dimensions: int, scored: int) -> None:
    questionnaire = load_questionnaire(instrument)
    per_dimension = [len(questionnaire.items_of(d.id)) for d in questionnaire.dimensions]
    assert len(per_dimension) == dimensions
    assert set(per_dimension) == {scored // dimensions}


def test_scale_runs_from_0_to_10_and_comments_have_no_column() -> None:
    questionnaire = load_questionnaire("kuesioner-keterikatan-2025")
    columns = {column.name: column for column in questionnaire.columns}
    assert (columns["ke3"].low, columns["ke3"].high) == (0, 10)
    assert "saran" not in columns


def test_satisfaction_survey_has_four_answers_for_each_of_nine_elements() -> None:
    questionnaire = load_questionnaire("kuesioner-skm-2017")
    scored = [item for item in questionnaire.items if item.dimension]
    assert [item.dimension for item in scored] == [f"u{i}" for i in range(1, 10)]
    assert {tuple(o.code for o in item.options) for item in scored} == {(1, 2, 3, 4)}


def test_method_2025_is_the_published_composite() -> None:
    method = load_method("metode-2025")
    assert method.index_type is IndexType.COMPOSITE
    assert (method.survey_weight, method.evidence_weight) == (0.8, 0.2)
    assert method.decimals == 2
    assert [(band.id, band.lower) for band in method.bands] == [
        ("A", 75),
        ("B", 50),
        ("C", 25),
        ("D", 0),
    ]
    assert (method.minimum_rule, method.minimum_parameter) == (MinimumRule.SLOVIN, 0.05)
    assert method.threshold == 10
    assert method.breaks_from == ("metode-2024", "metode-2022")
    assert method.worksheet == "lke-budaya-kerja-2025"


def test_methods_before_are_other_kinds_of_number() -> None:
    before, oldest = load_method("metode-2024"), load_method("metode-2022")
    assert before.scoring is Scoring.PERCENT_OF_RANGE
    assert before.breaks_from == ("metode-2022",)
    assert oldest.scoring is Scoring.SHARE_OF_VOTES
    assert oldest.years == (2022, 2023)
    assert {before.decimals, oldest.decimals} == {1}
    assert {before.index_type, oldest.index_type} == {IndexType.IMPLEMENTATION}


def test_satisfaction_bands_are_those_of_the_regulation() -> None:
    method = load_method("metode-skm-2017")
    assert [band.lower for band in method.bands] == [88.31, 76.61, 65.0, 0]
    assert method.scoring is Scoring.PERCENT_OF_MAXIMUM
    assert method.index_type is IndexType.SATISFACTION


@pytest.mark.parametrize(
    ("year", "method"),
    [(2022, "2022"), (2023, "2022"), (2024, "2024"), (2025, "2025"), (2031, "2025")],
)
def test_method_for_year(year: int, method: str) -> None:
    assert method_for_year(year).id == f"metode-{method}"


def test_method_for_year_of_another_index() -> None:
    assert method_for_year(2024, value_set="unsur-skm-2017").id == "metode-skm-2017"


def test_no_method_before_the_first() -> None:
    with pytest.raises(UserError, match="tahun 2021"):
        method_for_year(2021)


def test_zona_integritas_weights_are_the_published_points() -> None:
    worksheet = load_worksheet("lke-zi-manajemen-perubahan")
    points = {
        child.id: 8 * aspect.weight * child.weight
        for aspect in worksheet.aspects
        for child in aspect.aspects
    }
    assert points == {
        "tim_kerja": 0.5,
        "rencana": 1,
        "pemantauan": 1,
        "pola_pikir": 1.5,
        "komitmen_perubahan": 2,
        "komitmen_pimpinan": 1,
        "membangun_budaya": 1,
    }
    criteria = [c for a in worksheet.aspects for child in a.aspects for c in child.criteria]
    assert len(criteria) == 16
    assert Counter(c.kind for c in criteria)[CriterionKind.PERCENT] == 2


def test_example_worksheet_uses_every_kind_of_answer() -> None:
    worksheet = load_worksheet("lke-budaya-kerja-2025")
    criteria = [criterion for aspect in worksheet.aspects for criterion in aspect.criteria]
    assert {criterion.kind for criterion in criteria} == set(CriterionKind)
    assert math.isclose(sum(aspect.weight for aspect in worksheet.aspects), 1)
    assert [c.id for c in criteria if c.may_be_not_applicable] == [
        "agen_berkontribusi",
        "rencana_aksi",
    ]
    assert worksheet.source.own_draft


def test_weights_in_percent_become_shares(tmp_path: Path) -> None:
    text = (GOOD / "lke-contoh.yaml").read_text(encoding="utf-8")
    text = text.replace("weight: 0.4", "weight: 40").replace("weight: 0.6", "weight: 60")
    file = tmp_path / "lke-contoh.yaml"
    file.write_text(text, encoding="utf-8")
    worksheet = load_worksheet(file)
    assert [aspect.weight for aspect in worksheet.aspects] == [0.4, 0.6]
    assert worksheet.aspects[1].aspects[0].weight == 1


def test_own_drafts_are_collected_in_order() -> None:
    method = load_method("metode-2025")
    found = own_drafts(
        method, load_questionnaire(method.questionnaire), None, load_value_set(method.value_set)
    )
    assert found == ("metode-2025", "kuesioner-perilaku-2025")


def test_user_files_load_by_path_and_find_their_neighbours() -> None:
    method = load_method(str(GOOD / "metode-contoh.yaml"))
    assert method.worksheet is None
    questionnaire = load_questionnaire(method.questionnaire, near=GOOD / "metode-contoh.yaml")
    assert isinstance(questionnaire, Questionnaire)
    assert questionnaire.introduction is None


def test_bad_file_tells_every_problem(tmp_path: Path) -> None:
    file = tmp_path / "lke-contoh.yaml"
    text = (GOOD / "lke-contoh.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("weight:", "bobot:"), encoding="utf-8")
    with pytest.raises(InstrumentError) as caught:
        load(file)
    rules = Counter(problem.rule for problem in caught.value.problems)
    assert rules == {"missing_key": 3, "unknown_key": 3}
    assert "memuat 6 kesalahan" in str(caught.value)


def test_unreadable_file_is_an_instrument_error() -> None:
    with pytest.raises(InstrumentError, match="tidak dapat dibaca"):
        load(Path("tidak-ada.yaml"))


def test_unknown_id_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match="metode-2025"):
        load("metode-1999")


@pytest.mark.parametrize(
    ("loader", "wrong", "word"),
    [
        (load_value_set, "metode-2025", "set nilai"),
        (load_questionnaire, "metode-2025", "kuesioner"),
        (load_worksheet, "metode-2025", "lembar kerja"),
        (load_method, "nilai-berakhlak-2021", "metode"),
    ],
)
def test_another_kind_is_refused(loader: Any, wrong: str, word: str) -> None:
    with pytest.raises(UserError, match=f"{wrong} bukan {word}"):
        loader(wrong)


def test_every_own_draft_says_what_is_drafted() -> None:
    for instrument in map(load, list_instruments()):
        assert instrument.source.reference
        assert not instrument.source.own_draft or instrument.source.note is not None
