"""When a survey is closed and by whom: by its date, by the owner, by one worker at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from cermin.core.errors import UserError
from cermin.web import survey_keys
from cermin.web.audit.models import AuditEvent
from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.cycles.actions.running import extend_phase
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.files import alone
from cermin.web.pages import clock
from cermin.web.survey.actions.closing import (
    begin_closing,
    close_by_hand,
    close_what_has_ended,
    open_box,
    try_again,
)
from cermin.web.survey.models import BoxedBallot, StagedBallot, Survey
from cermin.web.survey.queries import facts
from cermin.web.survey.queries.facts import key_folder, paper_of
from cermin.web.survey.tasks import closing as task
from cermin.web.survey.tasks.closing import close_survey, finish_closing
from cermin.web.survey.tasks.closing_files import make_folder
from closing_factory import cast_by, drawn, end_of_survey
from cycle_factory import DAY, OCTOBER, draft
from survey_factory import OPEN_DAY, Phone, Refused, codes_of, opened, posting, some_answers

pytestmark = pytest.mark.usefixtures("folder_of_its_own")


@pytest.fixture
def survey(house, owner) -> Survey:
    return opened(house.agency, owner, people=30)


def test_late_ballots_are_refused_in_plain_words(survey, client) -> None:
    codes, answers = codes_of(survey), some_answers(paper_of(survey.cycle))
    now = end_of_survey(survey.cycle)
    with clock.set_to(OPEN_DAY):
        phone = Phone(survey.public_id, codes[0], posting(client))
        phone.draw()
    for closed in (False, True):  # by its date, and when it is closed wholly
        with clock.set_to(now if closed else now - timedelta(seconds=1)):
            if not closed:
                begin_closing_as_if_ended(survey)
            with pytest.raises(Refused) as caught:
                phone.cast(answers)
            with pytest.raises(Refused):
                Phone(survey.public_id, codes[1], posting(client)).draw()
        assert (caught.value.status, caught.value.reason) == (410, "closed")
        assert "tidak sedang menerima jawaban" in str(caught.value)
        if not closed:
            close_what_has_ended(now)
            assert finish_closing(survey_id=survey.pk, now=now)


def begin_closing_as_if_ended(survey: Survey) -> None:
    """Close in the database only: a server process may still hold that it is open."""
    facts.facts_of(survey.public_id)
    Survey.objects.filter(pk=survey.pk).update(state="closing")


def test_owner_closes_before_the_date(survey, house, browser, owner) -> None:
    cast_by(survey, drawn(survey, 12), staged=True)
    client, url = browser(house.owner), "/i/rawa-bening/periode/2026/tutup-survei/"
    with clock.set_to(OPEN_DAY):
        assert "Ketik TUTUP" in client.get(url).content.decode()
        wrong = client.post(url, {"reason": "Semua sudah mengisi", "confirmation": "ya"})
        assert "untuk memastikan" in wrong.content.decode()
        right = {"reason": "Semua sudah mengisi", "confirmation": "tutup"}
        shown = client.post(url, right, follow=True).content.decode()
        assert "surat suara tidak diterima lagi" in shown
        assert "kemajuan-bilah" in shown
        poll = client.get("/i/rawa-bening/periode/2026/penutupan/kemajuan/")
        assert "HX-Refresh" not in poll.headers
        assert client.get(url).status_code == 302
    assert DBTaskResult.objects.filter(task_path=close_survey.module_path).count() == 1
    assert StagedBallot.objects.count() == 0
    cycle = Cycle.objects.get(pk=survey.cycle_id)
    assert cycle.phases.get(kind=PhaseKind.SURVEY).closes_at == OPEN_DAY
    told = AuditEvent.objects.get(action="survey_ended_early").details
    assert told["reason"] == "Semua sudah mengisi"
    with clock.set_to(OPEN_DAY):
        close_survey.call(survey.pk)
        assert client.get("/i/rawa-bening/periode/2026/penutupan/kemajuan/")["HX-Refresh"] == "true"
        assert "12" in client.get("/i/rawa-bening/periode/2026/penutupan/").content.decode()
    assert Survey.objects.get(pk=survey.pk).state == "closed"


def test_no_gap_in_the_year_when_a_survey_ends_early(house, owner) -> None:
    plan = OCTOBER | {
        PhaseKind.EVIDENCE: type(OCTOBER[PhaseKind.SURVEY])(
            OCTOBER[PhaseKind.SURVEY].last + DAY, OCTOBER[PhaseKind.EVIDENCE].last
        )
    }
    survey = opened(house.agency, owner, people=12, plan=plan)
    now = OPEN_DAY + DAY
    close_by_hand(
        cycle=survey.cycle, reason="Semua sudah mengisi", confirmation="TUTUP", by=owner, now=now
    )
    run_due_phases(now=now)
    cycle = Cycle.objects.get(pk=survey.cycle_id)
    assert cycle.state == "evidence_open"
    assert cycle.phases.get(kind=PhaseKind.EVIDENCE).opens_at == now
    with pytest.raises(UserError, match="sudah ditutup"):
        extend_phase(
            cycle=cycle, kind=PhaseKind.SURVEY, last_day=OCTOBER[PhaseKind.SURVEY].last,
            reason="Ternyata belum semua", by=owner, now=now,
        )  # fmt: skip


def test_extension_before_the_end_keeps_it_open(survey, owner) -> None:
    first_end = end_of_survey(survey.cycle)
    last_day = OCTOBER[PhaseKind.SURVEY].last + 2 * DAY
    extend_phase(
        cycle=survey.cycle, kind=PhaseKind.SURVEY, last_day=last_day,
        reason="Jaringan putus tiga hari", by=owner, now=first_end - timedelta(seconds=1),
    )  # fmt: skip
    close_what_has_ended(first_end)
    assert Survey.objects.get(pk=survey.pk).state == "open"
    assert not begin_closing(survey=survey, by=owner, now=first_end)
    close_what_has_ended(first_end + 2 * DAY)
    assert Survey.objects.get(pk=survey.pk).state == "closing"


def test_duty_queues_once_and_tidies_up(survey, folder_of_its_own) -> None:
    cast_by(survey, drawn(survey, 12))
    now = end_of_survey(survey.cycle)
    for _minute in range(3):
        close_what_has_ended(now)
    assert DBTaskResult.objects.count() == 1
    folder = key_folder(survey)
    assert finish_closing(survey_id=survey.pk, now=now)
    survey_keys.make_invitation_secret(folder)  # as if a crash had left it
    close_what_has_ended(now)
    assert not folder.exists()


def test_of_two_who_close_one_does(survey) -> None:
    cast_by(survey, drawn(survey, 12))
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    with alone(make_folder(survey.cycle) / ".penutupan"):
        assert not finish_closing(survey_id=survey.pk, now=now)
    assert finish_closing(survey_id=survey.pk, now=now)
    assert finish_closing(survey_id=survey.pk, now=now)  # once more does no harm
    assert AuditEvent.objects.filter(action="survey_closed").count() == 1


def test_ballots_in_staging_are_waited_for(survey) -> None:
    cast_by(survey, drawn(survey, 12))
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    StagedBallot.objects.create(survey=survey, sealed=b"x")
    assert not finish_closing(survey_id=survey.pk, now=now)


def test_closing_that_was_finished_elsewhere_changes_nothing(survey, monkeypatch) -> None:
    cast_by(survey, drawn(survey, 12))
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    real = task.write_files

    def meanwhile(*args):
        Survey.objects.filter(pk=survey.pk).update(state="stopped")
        return real(*args)

    monkeypatch.setattr(task, "write_files", meanwhile)
    finish_closing(survey_id=survey.pk, now=now)
    assert BoxedBallot.objects.count() == 12


def test_pages_before_and_while_it_runs(survey, house, browser) -> None:
    with clock.set_to(OPEN_DAY):
        client = browser(house.owner)
        shown = client.get("/i/rawa-bening/periode/2026/penutupan/").content.decode()
        assert "Sesudah itu penutupan dimulai sendiri" in shown
        assert client.get("/i/rawa-bening/periode/2026/").status_code == 200
        assert browser(house.head).get("/i/rawa-bening/periode/2026/penutupan/").status_code == 403


def test_cycle_without_a_survey_has_nothing_to_close(house, owner, browser) -> None:
    cycle = draft(house.agency, owner)
    for action in (
        lambda: try_again(cycle=cycle, by=owner, now=OPEN_DAY),
        lambda: open_box(cycle=cycle, copy=b"", passphrase="", by=owner, now=OPEN_DAY),
    ):
        with pytest.raises(UserError, match="belum dibuka"):
            action()
    shown = browser(house.owner).get("/i/rawa-bening/periode/2026/penutupan/")
    assert "belum dibuka" in shown.content.decode()
