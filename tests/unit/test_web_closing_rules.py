"""Truth tables of the box's key and of the closing; classes of what is kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cermin.core.errors import UserError
from cermin.core.population import Unit
from cermin.web.cycles.models import Cycle, PhaseKind, State
from cermin.web.cycles.rules.dates import span_of
from cermin.web.cycles.rules.permissions import check_can_end_survey_early
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Forbidden, Member, permits
from cermin.web.survey.models import BoxKey, KeyHolder, KeyMode, Survey, SurveyState
from cermin.web.survey.rules import closing, keys
from cermin.web.survey.rules.classes import MERGED, SMALL_UNITS, Cell
from cycle_factory import OCTOBER, october

AGENCY = Agency(pk=1, slug="a", name="Kabupaten A", time_zone="Asia/Jakarta")
NOW = datetime(2026, 9, 1, tzinfo=UTC)
SPAN = span_of(OCTOBER[PhaseKind.SURVEY], "Asia/Jakarta")
NOT_OPENED = {State.DRAFT, State.SCHEDULED}


def person(*roles: Role, agency_id: int = 1) -> Member:
    return Member("1", "Ani", "/", agency_id=agency_id, roles=frozenset(roles))


def cycle(state: State = State.DRAFT, **fields: object) -> Cycle:
    return Cycle(agency=AGENCY, year=2026, state=state, **fields)


def holder(*, downloaded: bool = True, tested: bool = True) -> KeyHolder:
    return KeyHolder(
        name="Ani", downloaded_at=NOW if downloaded else None, tested_at=NOW if tested else None
    )


OWNER, STRANGER = person(Role.OWNER), person(Role.OWNER, agency_id=2)
OTHERS = [person(role) for role in Role if role is not Role.OWNER]
HELD = BoxKey(mode=KeyMode.WITNESSED)
HANDED_OVER = BoxKey(mode=KeyMode.WITNESSED, handed_over_at=NOW)
SIMPLE = BoxKey(mode=KeyMode.SIMPLE)
SURVEYS = {state: Survey(state=state) for state in SurveyState}


# ------------------------------------------------------------------ keys


@pytest.mark.parametrize("state", State)
def test_owners_choose_the_key_until_the_survey_opens(state: State) -> None:
    assert permits(keys.check_can_choose_keys, OWNER, cycle(state)) == (state in NOT_OPENED)
    assert not permits(keys.check_can_choose_keys, STRANGER, cycle(state))
    assert not any(permits(keys.check_can_choose_keys, one, cycle(state)) for one in OTHERS)


def test_owners_and_holders_see_keys_and_closing() -> None:
    check = keys.check_can_see_keys
    assert permits(check, OWNER, cycle(), None)
    assert not any(permits(check, one, cycle(), None) for one in [*OTHERS, STRANGER])
    assert all(permits(check, one, cycle(), holder()) for one in OTHERS)
    assert not permits(check, STRANGER, cycle(), holder())


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"1", "2"}, None),
        ({"1", "2", "3"}, None),
        (["1", "1"], "sedikitnya 2"),
        (["1"], "sedikitnya 2"),
        ([], "sedikitnya 2"),
        (["1", "9"], "peran di instansi"),
    ],
)
def test_holders(chosen: list[str], words: str | None) -> None:
    if words is None:
        keys.check_holders(chosen, {"1", "2", "3"})
        return
    with pytest.raises(UserError, match=words):
        keys.check_holders(chosen, {"1", "2", "3"})


def test_copies_are_made_for_holders_while_the_site_has_the_key() -> None:
    head = OTHERS[-1]
    keys.check_can_copy(head, cycle(), HELD, holder(downloaded=False, tested=False))
    with pytest.raises(UserError, match="memusnahkan"):
        keys.check_can_copy(head, cycle(), HANDED_OVER, holder())
    with pytest.raises(Forbidden, match="ditunjuk"):
        keys.check_can_copy(OWNER, cycle(), HELD, None)  # an owner who is no holder
    assert not permits(keys.check_can_copy, STRANGER, cycle(), HELD, holder())


def test_copies_are_tested_until_the_survey_is_closed() -> None:
    head = OTHERS[-1]
    keys.check_can_test(head, cycle(State.SURVEY_OPEN), holder(tested=False), None)
    for who, closed_at, words in (
        (None, None, "ditunjuk"), (holder(downloaded=False), None, "Unduh"),
        (holder(), NOW, "sudah ditutup"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=words):
            keys.check_can_test(head, cycle(), who, closed_at)


READY, UNTESTED, WITHOUT = holder(), holder(tested=False), holder(downloaded=False, tested=False)


@pytest.mark.parametrize(
    ("by", "state", "box_key", "holders", "words"),
    [
        (OWNER, State.DRAFT, HELD, [READY, READY], None),
        (OWNER, State.SCHEDULED, HELD, [READY, READY, WITHOUT], None),
        (OWNER, State.DRAFT, HELD, [READY, UNTESTED], "baru 1"),
        (OWNER, State.DRAFT, HELD, [UNTESTED, WITHOUT], "baru 0"),
        (OWNER, State.DRAFT, HANDED_OVER, [READY, READY], "sudah diserahkan"),
        (OWNER, State.DRAFT, SIMPLE, [READY, READY], "disimpan situs"),
        (OWNER, State.SURVEY_OPEN, HELD, [READY, READY], "tidak dapat diganti"),
        (OTHERS[0], State.DRAFT, HELD, [READY, READY], "Peran"),
    ],
)
def test_handing_over(
    by: Member, state: State, box_key: BoxKey, holders: list[KeyHolder], words: str | None
) -> None:
    if words is None:
        keys.check_can_hand_over(by, cycle(state), box_key, holders)
        return
    with pytest.raises(UserError, match=words):
        keys.check_can_hand_over(by, cycle(state), box_key, holders)


@pytest.mark.parametrize(
    ("passphrase", "words"),
    [
        ("padi hujan jendela kereta sore", None),
        ("aku ibu ayah kami dia", None),
        ("kT7#pQ9!vL2@xW5%", None),  # 16 characters
        ("kT7#pQ9!vL2@xW5", "pendek"),
        ("  kT7#pQ9!vL2@xW5   ", "pendek"),  # blanks around it do not count
        ("a b c d e f g", "pendek"),  # letters are no words
        ("padi hujan sore", "pendek"),
        ("aaaaaaaaaaaaaaaaaaaaaa", "ditebak"),
        ("abab abab abab abab abab", "ditebak"),
    ],
)
def test_passphrases(passphrase: str, words: str | None) -> None:
    if words is None:
        keys.check_passphrase(passphrase)
        return
    with pytest.raises(UserError, match=words):
        keys.check_passphrase(passphrase)


def test_cycle_opens_only_after_the_key_was_handed_over() -> None:
    assert keys.problem_before_opening(None) is None
    assert keys.problem_before_opening(SIMPLE) is None
    assert keys.problem_before_opening(HANDED_OVER) is None
    assert "belum diserahkan" in str(keys.problem_before_opening(HELD))


# ------------------------------------------------------------------ who may close


@pytest.mark.parametrize("state", SurveyState)
def test_states_in_which_the_closing_is_begun_opened_and_tried_again(state: SurveyState) -> None:
    survey, running = SURVEYS[state], cycle(State.SURVEY_OPEN)
    by_hand = permits(closing.check_can_close_by_hand, OWNER, running, survey, " tutup ")
    opened = permits(closing.check_can_open_box, OWNER, running, survey, HANDED_OVER, None)
    again = permits(closing.check_can_try_again, OWNER, running, survey)
    assert by_hand == (state in {SurveyState.PREPARING, SurveyState.OPEN})
    assert opened == (state == SurveyState.CLOSING)
    assert again == (state == SurveyState.STOPPED)


def test_closing_is_refused() -> None:
    running, survey = cycle(State.SURVEY_OPEN), SURVEYS[SurveyState.OPEN]
    with pytest.raises(UserError, match="Ketik TUTUP"):
        closing.check_can_close_by_hand(OWNER, running, survey, "tutp")
    with pytest.raises(UserError, match="tidak sedang berjalan"):
        closing.check_can_close_by_hand(OWNER, running, SURVEYS[SurveyState.CLOSED], "TUTUP")
    ended, stopped = SURVEYS[SurveyState.CLOSING], SURVEYS[SurveyState.STOPPED]
    with pytest.raises(UserError, match="disimpan situs"):
        closing.check_can_open_box(OWNER, running, ended, SIMPLE, None)
    for by in [*OTHERS, STRANGER]:
        assert not permits(closing.check_can_close_by_hand, by, running, survey, "TUTUP")
        assert not permits(closing.check_can_open_box, by, running, ended, HANDED_OVER, None)
        assert not permits(closing.check_can_try_again, by, running, stopped)
    for by in OTHERS:
        closing.check_can_open_box(by, running, ended, HANDED_OVER, holder())


REASON = "Minimum sudah terlampaui"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"now": SPAN.closes_at - timedelta(seconds=1)}, None),
        ({"now": SPAN.closes_at}, "tidak sedang berjalan"),
        ({"now": SPAN.opens_at}, "tidak sedang berjalan"),  # it would have no length
        ({"span": None}, "tidak sedang berjalan"),
        ({"state": State.SCHEDULED}, "tidak sedang berjalan"),
        ({"state": State.EVIDENCE_OPEN}, "tidak sedang berjalan"),
        ({"reason": " singkat "}, "alasan"),
        ({"calendar_id": 7}, "kalender bersama"),
        ({"by": OTHERS[0]}, "Peran"),
        ({"by": STRANGER}, "Peran"),
    ],
)
def test_survey_may_end_early(changes: dict, words: str | None) -> None:
    asked = {"by": OWNER, "state": State.SURVEY_OPEN, "span": SPAN, "reason": REASON,
             "now": october(10), "calendar_id": None} | changes  # fmt: skip
    row = cycle(asked["state"], calendar_id=asked["calendar_id"])

    def check() -> None:
        check_can_end_survey_early(
            asked["by"], row, asked["span"], reason=asked["reason"], now=asked["now"]
        )

    if words is None:
        check()
        return
    with pytest.raises(UserError, match=words):
        check()


# ------------------------------------------------------------------ what stops it


@pytest.mark.parametrize(
    ("boxed", "drawn", "accepted", "words"),
    [
        (0, 0, 0, None),
        (10, 12, 10, None),
        (12, 12, 12, None),
        (13, 12, 13, "hanya 12 yang diambil"),
        (10, 12, 9, "padahal 9 yang diterima"),
        (10, 12, 11, "padahal 11 yang diterima"),
    ],
)
def test_totals(boxed: int, drawn: int, accepted: int, words: str | None) -> None:
    if words is None:
        closing.check_totals(boxed=boxed, drawn=drawn, accepted=accepted)
        return
    with pytest.raises(closing.ClosingStopped, match=words):
        closing.check_totals(boxed=boxed, drawn=drawn, accepted=accepted)


DINKES, SETDA = Cell("dinkes", ()), Cell("setda", ())


def test_forged_classes_are_named() -> None:
    drawn = {DINKES: 5, SETDA: 9}
    closing.check_opened(unreadable=0, ballots={DINKES: 5, SETDA: 2}, drawn=drawn)
    with pytest.raises(closing.ClosingStopped, match="1 kelas") as caught:
        closing.check_opened(unreadable=0, ballots={DINKES: 6, SETDA: 2}, drawn=drawn)
    assert caught.value.classes == ((DINKES, 6, 5),)
    with pytest.raises(closing.ClosingStopped, match="1 kelas"):
        closing.check_opened(unreadable=0, ballots={DINKES: 1}, drawn={})
    with pytest.raises(closing.ClosingStopped, match="1 surat suara"):
        closing.check_opened(unreadable=1, ballots={}, drawn=drawn)


# ------------------------------------------------------------------ classes that are kept

UNITS = (Unit("setda", "Sekda"), Unit("bagian", "Bagian", "setda"), Unit("dinkes", "Dinkes"))


def house(*variables: str) -> closing.House:
    return closing.House("a", "A", "kabupaten", 2026, UNITS, variables, 10)


def test_classes_with_few_ballots_take_their_people_upwards() -> None:
    people = {Cell("setda", ()): 12, Cell("bagian", ()): 20, DINKES: 15}
    kept = closing.classes_kept(people, {Cell("setda", ()): 10, Cell("bagian", ()): 4}, house())
    assert kept == {
        Cell("setda", ()): Cell("setda", ()), Cell("bagian", ()): Cell("setda", ()),
        DINKES: DINKES,  # no ballot at all: its people stay where they are
    }  # fmt: skip
    frame = closing.frame_of(house(), people, kept)
    assert frame.headcount.tolist() == [[32], [0], [15]]


def test_group_of_small_units_and_merged_strata_are_in_the_frame() -> None:
    pns, pppk, rest = (Cell("dinkes", (one,)) for one in ("PNS", "PPPK", "Non-ASN"))
    small = Cell("setda", ("PNS",))
    people = {pns: 30, pppk: 12, rest: 11, small: 14}
    kept = closing.classes_kept(
        people, {pns: 25, pppk: 6, rest: 5, small: 3}, house("jenis_pegawai")
    )
    frame = closing.frame_of(house("jenis_pegawai"), people, kept)
    assert frame.units[-1].id == SMALL_UNITS
    assert frame.population == 67
    assert frame.strata[0] == ("PNS",)
    assert frame.strata[-1] == (MERGED,)


CELLS = [
    Cell(unit, (label,)) for unit in ("setda", "bagian", "dinkes") for label in ("PNS", "PPPK")
]
SIZES = st.lists(st.integers(0, 40), min_size=len(CELLS), max_size=len(CELLS))


@given(people=SIZES, percents=st.lists(st.integers(0, 100), min_size=6, max_size=6))
def test_no_class_in_a_snapshot_is_below_the_threshold(
    people: list[int], percents: list[int]
) -> None:
    invited = {cell: n for cell, n in zip(CELLS, people, strict=True) if n}
    of = dict(zip(CELLS, percents, strict=True))
    ballots = {cell: n * of[cell] // 100 for cell, n in invited.items()}
    kept = closing.classes_kept(invited, ballots, house("jenis_pegawai"))
    rows: Counter[Cell] = Counter()
    for cell, n in ballots.items():
        rows[kept[cell]] += n
    held = [n for n in rows.values() if n]
    assert all(n >= 10 for n in held) or len(held) == 1
    frame = closing.frame_of(house("jenis_pegawai"), invited, kept)
    assert frame.population == sum(invited.values())
    units, strata = [unit.id for unit in frame.units], list(frame.strata)
    for cell, n in rows.items():  # never more answers than people
        assert n <= frame.headcount[units.index(cell.unit), strata.index(cell.strata)]
    assert frame.headcount.dtype == np.int64
