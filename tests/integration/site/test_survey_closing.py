"""Closing a survey: what is kept, in which classes, and what is destroyed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cermin.engines.snapshot import read_metadata, verify_snapshot
from cermin.web import survey_keys
from cermin.web.audit.models import AuditEvent
from cermin.web.pages import clock
from cermin.web.survey.models import (
    BoxedBallot,
    CastSerial,
    Comment,
    Invitee,
    StagedBallot,
    Survey,
    Turnout,
)
from cermin.web.survey.queries.facts import key_folder, paper_of
from cermin.web.survey.queries.frame import (
    NotClosed,
    closed_folder,
    closed_frame,
    kept_of,
    snapshot_path,
)
from cermin.web.survey.tasks import closing as task
from closing_factory import SECTIONS, cast_by, close, drawn, end_of_survey, opened_wide, put_in_box
from survey_factory import opened, some_answers

pytestmark = pytest.mark.usefixtures("folder_of_its_own")


@pytest.fixture
def survey(house, owner) -> Survey:
    return opened(house.agency, owner, people=30)


@pytest.fixture
def wide(house, owner) -> Survey:
    return opened_wide(house.agency, owner)


def rows_of(path: Path) -> Counter:
    table = pq.read_table(path)
    return Counter(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


# ------------------------------------------------------------------ what is kept and destroyed


def test_box_becomes_a_snapshot_and_nothing_else_is_left(survey) -> None:
    cast_by(survey, drawn(survey, 12), level=2)
    cast_by(survey, drawn(survey, 8), level=4, staged=True)
    drawn(survey, 3)  # drawn and never cast
    after = close(survey)
    assert (after.state, after.n_invited, after.n_drawn, after.n_counted) == ("closed", 30, 23, 20)
    path = snapshot_path(survey.cycle)
    assert path.name == f"snapshot-{after.snapshot_sha256}.parquet"
    assert verify_snapshot(path) == []
    assert read_metadata(path).description.strata == ()
    items = len(pq.read_schema(path).names) - 2
    assert rows_of(path) == {
        ("rawa-bening", "dinkes", *[2] * items): 12, ("rawa-bening", "dinkes", *[4] * items): 8,
    }  # fmt: skip
    assert closed_frame(survey.cycle).population == 30
    assert [*Turnout.objects.values_list("unit_code", "n_invited", "n_drawn")] == [
        ("dinkes", 30, 23)
    ]
    for model in (BoxedBallot, StagedBallot, CastSerial, Invitee):
        assert model._base_manager.count() == 0
    assert not key_folder(survey).exists()
    told = AuditEvent.objects.order_by("-sequence").first()
    assert (told.action, told.details["counted"]) == ("survey_closed", 20)


def test_files_are_for_the_site_only(survey) -> None:
    cast_by(survey, drawn(survey, 10))
    close(survey)
    folder = closed_folder(survey.cycle)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700


def test_snapshot_frame_and_comments_say_nothing_of_order(survey) -> None:
    """The same ballots in another order give the same files, byte for byte."""
    cast_by(survey, drawn(survey, 10), level=1)
    cast_by(survey, drawn(survey, 10), level=5)
    ballots = list(BoxedBallot.objects.order_by("pk").values_list("sealed", flat=True))
    paper, key = paper_of(survey.cycle), survey_keys.box_key(key_folder(survey))
    kept = []
    for order in (ballots, ballots[::-1]):
        BoxedBallot.objects.all().delete()
        BoxedBallot.objects.bulk_create(BoxedBallot(survey=survey, sealed=one) for one in order)
        classes = task.classes_of(survey)
        box = task.opened_box(
            survey, paper, key, numbers=frozenset(classes.cells), told=lambda _part: None
        )
        task.write_files(survey, paper, box, classes, task._house(survey))
        folder = closed_folder(survey.cycle)
        kept.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert kept[0] == kept[1]
    names = set(pq.read_schema(snapshot_path(survey.cycle)).names)
    assert names.isdisjoint({"id", "serial", "time", "at", "order"})


def test_empty_survey_closes_with_a_statement(survey, house, browser) -> None:
    drawn(survey, 2)
    after = close(survey)
    assert (after.state, after.n_drawn, after.n_counted) == ("closed", 2, 0)
    assert verify_snapshot(snapshot_path(survey.cycle)) == []
    assert closed_frame(survey.cycle).population == 30
    with clock.set_to(end_of_survey(survey.cycle)):
        shown = browser(house.owner).get("/i/rawa-bening/periode/2026/penutupan/")
    assert "Tidak ada satu surat suara pun yang dikirim" in shown.content.decode()


def test_few_ballots_are_one_class_and_the_page_says_that_nothing_is_shown(
    survey, house, browser
) -> None:
    cast_by(survey, drawn(survey, 4))
    close(survey)
    assert sum(rows_of(snapshot_path(survey.cycle)).values()) == 4
    assert [unit.id for unit in closed_frame(survey.cycle).units][-1] == "unit-kecil"
    with clock.set_to(end_of_survey(survey.cycle)):
        shown = browser(house.owner).get("/i/rawa-bening/periode/2026/penutupan/")
    assert "Hasilnya tidak dapat ditampilkan" in shown.content.decode()


def test_frame_file_is_plain_json(survey) -> None:
    cast_by(survey, drawn(survey, 12))
    close(survey)
    stored = json.loads((closed_folder(survey.cycle) / "kerangka.json").read_text())
    assert (stored["agency"], stored["year"]) == ("rawa-bening", 2026)
    assert [one["rows"] for one in stored["questionnaires"]] == [12]


def test_no_row_refers_to_what_is_deleted_at_once() -> None:
    """The mass deletion relies on it."""
    for model in (BoxedBallot, StagedBallot, CastSerial, Invitee):
        assert not model._meta.related_objects


# ------------------------------------------------------------------ classes, sections, comments


def test_classes_are_merged_again_on_the_ballots(wide) -> None:
    cast_by(wide, drawn(wide, 20, unit_code="disdik"))
    cast_by(wide, drawn(wide, 14, unit_code="dinkes"))
    cast_by(wide, drawn(wide, 3, unit_code="pkm-timur", employment="PNS"))
    after = close(wide)
    assert after.n_counted == 37
    for one in kept_of(wide.cycle):
        table = pq.read_table(closed_folder(wide.cycle) / one.snapshot)
        sizes = Counter(zip(table["unit"].to_pylist(), table["jenis_pegawai"].to_pylist(),
                            strict=True))  # fmt: skip
        assert all(n >= wide.cycle.threshold for n in sizes.values()), sizes
        assert "pkm-timur" not in {unit for unit, _label in sizes}
        units, strata = [u.id for u in one.frame.units], list(one.frame.strata)
        for (unit, label), n in sizes.items():
            assert n <= one.frame.headcount[units.index(unit), strata.index((label,))]
        assert one.frame.population == 96


def test_sections_cannot_be_joined_to_the_main_answers(wide) -> None:
    paper = paper_of(wide.cycle)
    people = drawn(wide, 30, unit_code="disdik")
    whole = some_answers(paper, 3)
    main = {name: answer for name, answer in whole.items() if name.startswith("0.")}
    put_in_box(wide, [(one.ballot_class.number, whole if i < 12 else main)
                      for i, one in enumerate(people)])  # fmt: skip
    close(wide)
    first, *sections = kept_of(wide.cycle)
    assert first.rows == 30
    assert [(one.questionnaire, one.rows) for one in sections] == [(name, 12) for name in SECTIONS]
    assert snapshot_path(wide.cycle, SECTIONS[0]).name == sections[0].snapshot
    assert len({one.snapshot for one in (first, *sections)}) == 3
    columns = [set(pq.read_schema(closed_folder(wide.cycle) / one.snapshot).names)
               for one in (first, *sections)]  # fmt: skip
    assert set.intersection(*columns) == {"agency", "unit", "jenis_pegawai"}
    with pytest.raises(NotClosed, match="tidak memuat"):
        closed_frame(wide.cycle, "lain")


def test_comments_stand_alone_with_their_class(wide, monkeypatch) -> None:
    paper = paper_of(wide.cycle)
    assert paper.comments, "a section asks for words"
    name = paper.comments[0].name
    people = drawn(wide, 24, unit_code="disdik")
    put_in_box(wide, [(one.ballot_class.number, {name: f"Usul {i}"})
                      for i, one in enumerate(people)])  # fmt: skip
    close(wide)
    rows = list(Comment.objects.order_by("pk").values_list("text", "unit_code", "questionnaire"))
    assert {row[0] for row in rows} == {f"Usul {i}" for i in range(24)}
    assert [row[0] for row in rows] != [f"Usul {i}" for i in range(24)]  # 1 in 24! by chance
    assert {row[1] for row in rows} <= {"disdik", "unit-kecil"}
    assert kept_of(wide.cycle)[0].rows == 0  # nobody answered the main questions
