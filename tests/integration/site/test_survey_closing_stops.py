"""Closings that stop: what stops them, that nothing is lost then, and how they go on."""

from __future__ import annotations

import pytest

from cermin.web import survey_keys
from cermin.web.audit.models import AuditEvent
from cermin.web.ballot_sealing import make_box_key, seal_ballot
from cermin.web.pages import clock
from cermin.web.survey.actions.closing import try_again
from cermin.web.survey.models import BoxedBallot, CastSerial, Invitee, Survey
from cermin.web.survey.queries.facts import key_folder, paper_of
from cermin.web.survey.queries.frame import NotClosed, snapshot_path
from cermin.web.survey.tasks.closing import finish_closing
from closing_factory import cast_by, close, drawn, end_of_survey, opened_wide
from cycle_factory import DAY
from site_factory import as_member
from survey_factory import opened

pytestmark = pytest.mark.usefixtures("folder_of_its_own")


@pytest.fixture
def survey(house, owner) -> Survey:
    return opened(house.agency, owner, people=30)


@pytest.fixture
def wide(house, owner) -> Survey:
    return opened_wide(house.agency, owner)


def stopped(survey: Survey, house, browser, words: str) -> str:
    """Close; check that it stopped, that nothing is gone, and return what the page says."""
    before = {model: model._base_manager.count() for model in (BoxedBallot, CastSerial, Invitee)}
    after = close(survey)
    assert after.state == "stopped"
    assert {model: model._base_manager.count() for model in before} == before
    assert survey_keys.has_box_key(key_folder(survey))
    assert AuditEvent.objects.order_by("-sequence").first().action == "survey_closing_stopped"
    with pytest.raises(NotClosed):
        snapshot_path(survey.cycle)
    with clock.set_to(end_of_survey(survey.cycle)):
        home = browser(house.owner).get("/i/rawa-bening/")
        shown = browser(house.owner).get("/i/rawa-bening/periode/2026/penutupan/").content.decode()
    assert "Penutupan survei 2026 dihentikan" in home.content.decode()
    assert words in shown
    assert not finish_closing(survey_id=survey.pk, now=end_of_survey(survey.cycle))
    return shown


def test_more_ballots_than_were_drawn(survey, house, browser, owner) -> None:
    people = drawn(survey, 12)
    cast_by(survey, [*people, people[0]])
    stopped(survey, house, browser, "berisi 13 surat suara, padahal hanya 12 yang diambil")
    BoxedBallot.objects.order_by("pk").last().delete()  # the cause is found and removed
    CastSerial.objects.first().delete()
    now = end_of_survey(survey.cycle) + DAY
    with clock.set_to(now):
        answer = browser(house.owner).post(
            "/i/rawa-bening/periode/2026/penutupan/lanjutkan/", follow=True
        )
    assert "Penutupan dilanjutkan" in answer.content.decode()
    assert finish_closing(survey_id=survey.pk, now=now)


def test_more_ballots_than_serials(survey, house, browser) -> None:
    people = drawn(survey, 12)
    cast_by(survey, people[:8])
    cast_by(survey, people[8:9], accepted=False)  # put in past the counter
    stopped(survey, house, browser, "berisi 9 surat suara, padahal 8 yang diterima")


def test_surplus_in_one_class_although_the_total_fits(wide, house, browser) -> None:
    drawn(wide, 20, unit_code="dinkes")
    people = drawn(wide, 12, unit_code="disdik", employment="PNS")
    cast_by(wide, [*people, *people[:3]])
    shown = stopped(wide, house, browser, "Pada 1 kelas ada lebih banyak surat suara")
    assert "Dinas Pendidikan" in shown
    assert ">15<" in shown
    assert ">12<" in shown


@pytest.mark.parametrize("what", ["noise", "other key", "unknown class", "wrong code", "short"])
def test_ballots_that_cannot_be_read(survey, house, browser, what) -> None:
    people = drawn(survey, 12)
    cast_by(survey, people[:11])
    paper, public_key = paper_of(survey.cycle), bytes(survey.cycle.box_key.public_key)
    number = people[0].ballot_class.number.to_bytes(4, "big")
    good = bytes([3]) * len(paper.columns)
    contents = {
        "other key": number + good, "unknown class": b"\0\0\xff\xff" + good,
        "wrong code": number + bytes([9]) + good[1:], "short": number + good[1:],
    }  # fmt: skip
    if what == "noise":
        sealed = b"x" * 200
    else:
        key = make_box_key()[1] if what == "other key" else public_key
        sealed = seal_ballot(contents[what], key, length=paper.length)
    BoxedBallot.objects.create(survey=survey, sealed=sealed)
    CastSerial.objects.create(survey=survey, hash=b"h" * 32)
    stopped(survey, house, browser, "1 surat suara di kotak tidak dapat dibaca")


def test_owner_goes_on_without_what_cannot_be_read(survey, house, browser) -> None:
    """A backup of the middle of a survey was restored: the key of what waited then is gone."""
    people = drawn(survey, 13)
    cast_by(survey, people[:12])
    BoxedBallot.objects.create(survey=survey, sealed=b"x" * 200)
    CastSerial.objects.create(survey=survey, hash=b"h" * 32)
    shown = stopped(survey, house, browser, "1 surat suara di kotak tidak dapat dibaca")
    assert "Lanjutkan tanpa 1 surat suara" in shown
    owner, page = browser(house.owner), "/i/rawa-bening/periode/2026/penutupan/"
    address = f"{page}tanpa-yang-rusak/"
    assert owner.post(address, {"reason": " "}).status_code == 200  # a reason is asked for
    assert Survey.objects.get(pk=survey.pk).state == "stopped"
    owner.post(address, {"reason": "Cadangan 3 Oktober dipulihkan."})
    finish_closing(survey_id=survey.pk, now=end_of_survey(survey.cycle))
    closed = Survey.objects.get(pk=survey.pk)
    assert (closed.state, closed.n_counted, closed.n_given_up) == ("closed", 12, 1)
    assert "tidak terbaca, tidak dihitung" in owner.get(page).content.decode()
    event = AuditEvent.objects.get(action="survey_closing_goes_on_without")
    assert event.details["reason"] == "Cadangan 3 Oktober dipulihkan."
    assert owner.get(address).status_code == 302  # nothing is left to give up


def test_more_that_cannot_be_read_than_was_given_up_stops_again(survey, house, browser) -> None:
    cast_by(survey, drawn(survey, 14)[:12])
    for n in range(2):
        BoxedBallot.objects.create(survey=survey, sealed=b"x" * 200)
        CastSerial.objects.create(survey=survey, hash=bytes([n]) * 32)
    Survey.objects.filter(pk=survey.pk).update(n_given_up=1)
    stopped(survey, house, browser, "2 surat suara di kotak tidak dapat dibaca")


def test_site_key_that_is_damaged_stops_and_one_that_is_missing_waits(
    survey, house, browser
) -> None:
    cast_by(survey, drawn(survey, 12))
    path = key_folder(survey) / "kotak.key"
    kept = path.read_text()
    path.unlink()
    now = end_of_survey(survey.cycle)
    assert close(survey).state == "closing"
    with clock.set_to(now):
        shown = browser(house.owner).get("/i/rawa-bening/periode/2026/penutupan/")
        assert "tidak ada di folder kunci situs" in shown.content.decode()
    path.write_text("00" * 32)
    assert close(survey).state == "stopped"
    assert "rusak" in Survey.objects.get(pk=survey.pk).problem["template"]
    path.write_text(kept)
    try_again(cycle=survey.cycle, by=as_member(house.owner, house.agency), now=now)
    assert finish_closing(survey_id=survey.pk, now=now)
