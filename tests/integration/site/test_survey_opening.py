"""Who is invited to a survey that opens, in which class, with which keys."""

from __future__ import annotations

from collections import Counter

import pytest
from django.conf import settings
from django.db import connection

from cermin.web import ballot_sealing, survey_keys
from cermin.web.cycles.actions.running import open_survey
from cermin.web.cycles.models import Crossing
from cermin.web.organisations.models import Employee
from cermin.web.sealing import seal
from cermin.web.survey.actions.opening import UNKNOWN
from cermin.web.survey.models import BallotClass, BoxKey, Invitee, KeyMode, Survey, SurveyState
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.queries.ledger import hash_of_code
from cermin.web.survey.rules.classes import MERGED, SMALL_UNITS
from cermin.web.survey.rules.codes import code_of
from cermin.web.survey.tasks import preparing
from cermin.web.survey.tasks.preparing import prepare_survey, prepare_the_rest
from cycle_factory import employ, scheduled
from survey_factory import OPEN_DAY, code_for, codes_of, opened


def begun(cycle, owner) -> Survey:
    """Return the survey of a cycle that has opened, without its keys."""
    open_survey(cycle=cycle, by=owner, now=OPEN_DAY)
    return Survey.objects.get(cycle=cycle)


def sizes_of(survey: Survey) -> dict[tuple[str, tuple[str, ...]], int]:
    return {
        (one.unit_code, tuple(one.strata)): one.n
        for one in BallotClass.objects.filter(survey=survey)
    }


def test_everybody_of_the_roster_is_invited_with_a_code_of_his_own(house, owner) -> None:
    employ(house.structure, 15, "dinkes")
    person = Employee.objects.earliest("pk")
    person.email_sealed = seal(b"a@b.example", folder=settings.KEY_FOLDER, purpose="contact")
    person.email_index, person.phone_sealed = b"i" * 32, b"p"
    person.save()
    survey = opened(house.agency, owner, people=0)
    assert (survey.state, survey.percent, survey.n_invited) == (SurveyState.OPEN, 100, 15)
    assert Counter(survey.invitees.values_list("name", "unit_code")) == (
        Counter(Employee.objects.values_list("name", "unit__code"))
    )
    invitee = survey.invitees.get(name=person.name)
    assert bytes(invitee.email_sealed) == bytes(person.email_sealed)
    assert (bytes(invitee.email_index), bytes(invitee.phone_sealed)) == (b"i" * 32, b"p")
    codes = codes_of(survey)
    assert len(set(codes)) == 15
    expected = {hash_of_code(survey.public_id, code, folder=settings.KEY_FOLDER) for code in codes}
    assert {bytes(one.code_hash) for one in survey.invitees.all()} == expected
    assert not survey.invitees.exclude(blinded_hash=None).exists()


def test_no_code_and_no_private_key_is_in_the_database(house, owner) -> None:
    survey = opened(house.agency, owner, people=15)
    secrets = [*codes_of(survey)]
    folder = key_folder(survey)
    for key in survey_keys.signing_keys(folder).values():
        secrets += [f"{key.p:x}", f"{key.q:x}"]
    secrets += [survey_keys.box_key(folder).hex(), survey_keys.invitation_secret(folder).hex()]
    rows = [
        repr([bytes(v).hex() if isinstance(v, bytes | memoryview) else v for v in row])
        for model in (Survey, BallotClass, Invitee, BoxKey)
        for row in model.objects.values_list()
    ]
    assert len(rows) >= 18
    assert [one for one in secrets if any(one in row for row in rows)] == []


def test_rows_of_the_ledger_lie_in_no_order_of_the_roster(house, owner) -> None:
    survey = opened(house.agency, owner, people=60)
    order = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM survey_invitee ORDER BY {order}")  # noqa: S608
        table = [name for (name,) in cursor.fetchall()]
    roster = list(Employee.objects.order_by("pk").values_list("name", flat=True))
    assert sorted(table) == sorted(roster)
    assert table != roster
    assert survey.n_invited == 60


def test_units_and_crossing_make_classes_of_at_least_the_threshold(house, owner) -> None:
    employ(house.structure, 26, "dinkes")  # 13 PNS, 13 PPPK: two classes
    employ(house.structure, 14, "disdik")  # 7 and 7: strata are merged
    employ(house.structure, 4, "pkm-timur")  # goes up to dinkes
    employ(house.structure, 3, "setda-umum")  # up to setda, then to the group of small units
    survey = opened(house.agency, owner, people=0, crossing=Crossing.EMPLOYMENT)
    assert survey.strata == ["jenis_pegawai"]
    # The group of small units is short of ten, so the smallest other unit joins it.
    assert sizes_of(survey) == {
        ("dinkes", ("PNS",)): 15, ("dinkes", ("PPPK",)): 15, (SMALL_UNITS, (MERGED,)): 17,
    }  # fmt: skip
    for one in survey.ballot_classes.all():
        assert one.invitees.count() == one.n
    assert set(
        survey.invitees.filter(unit_code="pkm-timur").values_list(
            "ballot_class__unit_code", flat=True
        )
    ) == {"dinkes"}


def test_unknown_sex_is_a_label_like_others(house, owner) -> None:
    employ(house.structure, 24, "dinkes")
    some = Employee.objects.order_by("pk").values_list("pk", flat=True)[:12]
    Employee.objects.filter(pk__in=list(some)).update(sex="")
    survey = opened(house.agency, owner, people=0, crossing=Crossing.SEX)
    assert sizes_of(survey) == {("dinkes", (MERGED,)): 12, ("dinkes", (UNKNOWN,)): 12}


def test_fewer_people_than_the_threshold_are_one_class(house, owner) -> None:
    employ(house.structure, 4, "dinkes")
    employ(house.structure, 3, "disdik")
    cycle = scheduled(house.agency, owner, crossing=Crossing.SEX)
    survey = begun(cycle, owner)
    assert sizes_of(survey) == {(SMALL_UNITS, (MERGED,)): 7}


def test_people_who_come_or_go_after_the_opening_change_nothing(house, owner) -> None:
    survey = opened(house.agency, owner, people=20)
    before = sorted(survey.invitees.values_list("id", "name", "unit_code", "ballot_class_id"))
    employ(house.structure, 5, "dinkes")
    leaving = Employee.objects.earliest("pk")
    Employee.objects.filter(pk=leaving.pk).delete()
    Employee.objects.update(sex="", unit=house.structure.units.get(code="disdik"))
    assert sorted(survey.invitees.values_list("id", "name", "unit_code", "ballot_class_id")) == (
        before
    )
    prepare_survey.call(survey.pk)
    assert Survey.objects.get().n_invited == 20


# ------------------------------------------------------------------ keys
def test_site_keeps_the_box_key_when_nobody_chose_otherwise(house, owner) -> None:
    survey = opened(house.agency, owner)
    key = BoxKey.objects.get(cycle=survey.cycle)
    assert (key.mode, key.folder) == (KeyMode.SIMPLE, survey.public_id)
    private = survey_keys.box_key(key_folder(survey))
    assert ballot_sealing.public_of(private) == bytes(key.public_key)


def test_each_class_has_the_key_of_the_file(house, owner) -> None:
    employ(house.structure, 24, "disdik")
    survey = opened(house.agency, owner, people=24, crossing=Crossing.SEX)
    kept = survey_keys.signing_keys(key_folder(survey))
    told = {one.number: bytes(one.modulus) for one in survey.ballot_classes.all()}
    assert told == {number: key.modulus for number, key in kept.items()}
    assert len(set(told.values())) == len(told) == 4


class Killed(BaseException):
    """The worker is gone."""


@pytest.fixture
def half_prepared(house, owner, monkeypatch) -> Survey:
    """A survey whose worker was killed after it had made two of four keys."""
    employ(house.structure, 24, "disdik")
    employ(house.structure, 24, "dinkes")
    survey = begun(scheduled(house.agency, owner, crossing=Crossing.SEX), owner)
    made: list[int] = []
    with monkeypatch.context() as patch:
        keep = survey_keys.add_signing_keys

        def keep_some(folder, keys) -> None:
            if made:
                raise Killed
            made.extend(number for number, _ in keys)
            keep(folder, keys)

        patch.setattr(preparing, "_AT_ONCE", 2)
        patch.setattr(preparing.survey_keys, "add_signing_keys", keep_some)
        with pytest.raises(Killed):
            prepare_survey.call(survey.pk)
    assert len(made) == 2
    return survey


def test_keys_made_before_a_kill_are_kept(half_prepared) -> None:
    survey = Survey.objects.get(pk=half_prepared.pk)
    assert survey.state == SurveyState.PREPARING
    before = survey_keys.signing_keys(key_folder(survey))
    assert len(before) == 2
    prepare_the_rest(OPEN_DAY)
    after = survey_keys.signing_keys(key_folder(survey))
    assert len(after) == 4
    assert {number: after[number] for number in before} == before
    assert Survey.objects.get(pk=survey.pk).state == SurveyState.OPEN
    told = {one.number: bytes(one.modulus) for one in survey.ballot_classes.all()}
    assert told == {number: key.modulus for number, key in after.items()}


def test_two_that_prepare_at_once_agree_on_the_first_keys(half_prepared, monkeypatch) -> None:
    """The other one has made keys for the same classes in the meantime."""
    survey, add = half_prepared, survey_keys.add_signing_keys

    def after_another(folder, keys) -> None:
        add(folder, [(number, preparing.make_key()) for number, _ in keys])
        add(folder, keys)

    monkeypatch.setattr(preparing.survey_keys, "add_signing_keys", after_another)
    prepare_survey.call(survey.pk)
    kept = survey_keys.signing_keys(key_folder(survey))
    told = {one.number: bytes(one.modulus) for one in survey.ballot_classes.all()}
    assert told == {number: key.modulus for number, key in kept.items()}


def test_preparing_what_is_not_being_prepared_does_nothing(house, owner) -> None:
    survey = opened(house.agency, owner)
    Survey.objects.filter(pk=survey.pk).update(state=SurveyState.CLOSING)
    prepare_survey.call(survey.pk)
    prepare_survey.call(survey.pk + 1)
    assert Survey.objects.get(pk=survey.pk).state == SurveyState.CLOSING


def test_reissued_code_is_another_one(house, owner) -> None:
    survey = opened(house.agency, owner)
    invitee = survey.invitees.first()
    secret = survey_keys.invitation_secret(key_folder(survey))
    assert code_for(invitee) == code_of(secret, invitee.id, 1) != code_of(secret, invitee.id, 2)
