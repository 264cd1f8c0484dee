"""Truth tables of evidence, computing and seeing results; which comments may be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cermin.core.errors import UserError
from cermin.web.cycles.models import Cycle, State
from cermin.web.organisations.models import Agency, Role
from cermin.web.organisations.rules import Forbidden, Member, permits
from cermin.web.results.models import RunState
from cermin.web.results.rules import permissions
from cermin.web.results.rules.comments import readable
from cermin.web.results.rules.permissions import Standing, undecided

AGENCY = Agency(pk=1, slug="a", name="Kabupaten A")
RUNNING = {State.SURVEY_OPEN, State.EVIDENCE_OPEN, State.VERIFICATION, State.PROCESSING}
WITH_DECREE = {State.DECIDED, State.PUBLISHED, State.ARCHIVED}
READY = Standing(has_ballots=True, is_closed=True, scores_evidence=True, evidence_sha256="a")
ALONE = replace(READY, scores_evidence=False, evidence_sha256="")


def person(*roles: Role, agency_id: int = 1) -> Member:
    return Member("1", "Ani", "/", agency_id=agency_id, roles=frozenset(roles))


def cycle(state: State, worksheet: str = "lke") -> Cycle:
    return Cycle(agency=AGENCY, year=2026, state=state, worksheet=worksheet)


PEOPLE = {role.value: person(role) for role in Role}
PEOPLE |= {"stranger": person(*Role, agency_id=2), "nobody": person()}
everybody = pytest.mark.parametrize("who", PEOPLE)
every_state = pytest.mark.parametrize("state", State)


@everybody
@every_state
@pytest.mark.parametrize("evaluating", [False, True])
def test_uploading_evidence(who: str, state: State, evaluating: bool) -> None:
    allowed = state in RUNNING and (who == "owner" or (who == "evaluator" and evaluating))
    check = permissions.check_can_upload_evidence
    assert permits(check, PEOPLE[who], cycle(state), evaluating=evaluating) is allowed
    assert not permits(check, PEOPLE[who], cycle(state, ""), evaluating=evaluating)


@everybody
@every_state
def test_computing(who: str, state: State) -> None:
    def may(standing: Standing, *, without_evidence: bool = False) -> bool:
        return permits(
            permissions.check_can_compute, PEOPLE[who], cycle(state), standing,
            without_evidence=without_evidence,
        )  # fmt: skip

    allowed = who == "owner" and state in RUNNING
    assert may(READY) is allowed
    assert may(READY, without_evidence=True) is allowed
    assert may(ALONE) is allowed
    assert not may(ALONE, without_evidence=True)
    assert not may(replace(READY, evidence_sha256=""))
    assert may(replace(READY, evidence_sha256=""), without_evidence=True) is allowed
    assert not may(replace(READY, is_closed=False))
    for run in RunState:
        again = run not in {RunState.QUEUED, RunState.RUNNING}
        assert may(replace(READY, run=run)) is (allowed and again)


@everybody
@every_state
def test_seeing_and_taking(who: str, state: State) -> None:
    here = who not in {"stranger", "nobody"}
    sees = here and (who != "contact" or state in WITH_DECREE)
    assert permits(permissions.check_can_see_result, PEOPLE[who], cycle(state)) is sees
    for standing in (READY, replace(READY, is_closed=False)):
        takes = who in {"owner", "analyst"} and standing.is_closed
        reads = who in {"owner", "head"} and standing.is_closed
        asked = (PEOPLE[who], cycle(state), standing)
        assert permits(permissions.check_can_take_answers, *asked) is takes
        assert permits(permissions.check_can_read_comments, *asked) is reads


def test_refusals_for_roles_are_forbidden() -> None:
    contact = PEOPLE["contact"]
    with pytest.raises(Forbidden):
        permissions.check_can_read_comments(contact, cycle(State.PROCESSING), READY)
    with pytest.raises(Forbidden):
        permissions.check_can_take_answers(contact, cycle(State.PROCESSING), READY)


DONE = replace(READY, run=RunState.DONE, run_evidence_sha256="a")


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(has_ballots=False, is_closed=False, scores_evidence=True), ""),
        (Standing(has_ballots=False, is_closed=True, scores_evidence=True), ""),
        (replace(READY, is_closed=False), "belum selesai ditutup"),
        (READY, "Hitung indeks lebih dahulu"),
        (replace(READY, run=RunState.FAILED), "Hitung indeks lebih dahulu"),
        (replace(READY, run=RunState.QUEUED), "sedang dihitung"),
        (replace(READY, run=RunState.RUNNING), "sedang dihitung"),
        (DONE, ""),
        (replace(DONE, run=RunState.NOTHING), ""),
        (replace(DONE, evidence_sha256="b"), "berubah sesudah"),
        (replace(DONE, run_evidence_sha256=""), "berubah sesudah"),
        (replace(DONE, run_evidence_sha256="", run_without_evidence=True), ""),
        (replace(ALONE, run=RunState.DONE), ""),
    ],
)
def test_what_the_decree_waits_for(standing: Standing, words: str) -> None:
    problems = undecided(standing)
    assert [words in str(problem) for problem in problems] == ([True] if words else [])
    assert all(isinstance(problem, UserError) for problem in problems)


# Comments

sizes = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40))


@given(sizes, st.integers(10, 30))
def test_no_group_of_comments_is_small_and_none_can_be_subtracted(sizes, threshold: int) -> None:
    texts = {unit: [f"{unit}{i}" for i in range(n)] for unit, n in sizes.items()}
    groups = readable(texts, threshold=threshold)
    assert all(len(group.texts) >= threshold for group in groups)
    shown = Counter(text for group in groups for text in group.texts)
    everything = Counter(text for found in texts.values() for text in found)
    assert shown == (everything if everything.total() >= threshold else Counter())
    assert len({group.unit for group in groups}) == len(groups)
    for group in groups:
        if group.unit:
            assert sorted(group.texts) == sorted(texts[group.unit])


def test_the_threshold_of_the_site_holds_for_comments_too() -> None:
    assert readable({"a": ["x"] * 9}, threshold=2) == []
    [group] = readable({"a": ["b", "A", *"x" * 8]}, threshold=2)
    assert group.texts[:2] == ("A", "b")
