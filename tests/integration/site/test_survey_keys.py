"""The box's key in the hands of witnesses; the rehearsals that the guide describes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.ballot_sealing import locked_copy, make_box_key, unlocked_copy
from cermin.web.cycles.actions.running import open_survey, schedule_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.organisations.rules import Forbidden
from cermin.web.pages import clock
from cermin.web.survey.actions import keys
from cermin.web.survey.actions.closing import close_what_has_ended, give_box_up, open_box
from cermin.web.survey.models import BoxKey, KeyHolder, Survey
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.queries.frame import NotClosed, closed_frame, snapshot_path
from cermin.web.survey.rules.closing import SEARCH
from cermin.web.survey.tasks.closing import finish_closing
from closing_factory import (
    OTHER_PASSPHRASE,
    PASSPHRASE,
    cast_by,
    cost_little,
    drawn,
    end_of_survey,
    handed_over,
)
from cycle_factory import draft, employ
from site_factory import NOW, as_member
from survey_factory import OPEN_DAY, open_now


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch) -> None:
    """Stretching a passphrase takes a second on purpose; not in tests."""
    cost_little(monkeypatch)


@pytest.fixture
def cycle(house, settings, tmp_path) -> Cycle:
    settings.SITE_FOLDER = tmp_path
    employ(house.structure, 30)
    return draft(house.agency, as_member(house.owner, house.agency))


@pytest.fixture
def people(house) -> dict:
    return {
        name: as_member(getattr(house, name), house.agency)
        for name in ("owner", "contact", "head", "analyst")
    }


def page(house, name: str) -> str:
    return f"/i/{house.agency.slug}/periode/2026/{name}/"


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("salinan.kunci", content)


# ------------------------------------------------------------------ over the pages


def test_from_choice_to_handing_over(house, cycle, browser) -> None:
    owner, head, analyst = browser(house.owner), browser(house.head), browser(house.analyst)
    start = owner.get(page(house, "kunci"))
    assert "disimpan situs" in start.content.decode()
    chosen = {"mode": "witnessed", "holders": [str(house.head.pk), str(house.analyst.pk)]}
    assert head.get(page(house, "kunci")).status_code == 403
    owner.post(page(house, "kunci/pilih"), chosen)
    assert head.get(page(house, "kunci")).status_code == 200
    for client in (head, analyst):
        typed = {"passphrase": PASSPHRASE, "again": PASSPHRASE}
        answer = client.post(page(house, "kunci/salinan"), typed)
        assert "no-store" in answer["Cache-Control"]
        assert (
            'filename="kunci-kotak-suara-rawa-bening-2026.kunci"' in answer["Content-Disposition"]
        )
        early = owner.post(page(house, "kunci/serahkan"))
        assert early.status_code == 400
        tested = client.post(
            page(house, "kunci/uji"),
            {"copy": upload(answer.content), "passphrase": PASSPHRASE}, follow=True,
        )  # fmt: skip
        assert "Uji buka berhasil" in tested.content.decode()
    done = owner.post(page(house, "kunci/serahkan"), follow=True)
    assert "Kunci diserahkan" in done.content.decode()
    key = BoxKey.objects.get()
    assert key.handed_over_at is not None
    assert not keys.survey_keys.has_box_key(keys.folder_of(key))
    after = head.post(page(house, "kunci/salinan"), typed)
    assert "memusnahkan kuncinya" in after.content.decode()
    told = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert told[-6:] == [
        "box_key_holders_named", "box_key_copied", "box_key_tested", "box_key_copied",
        "box_key_tested", "box_key_handed_over",
    ]  # fmt: skip


def test_mistakes_are_told_on_the_page(house, cycle, browser, people) -> None:
    owner, head = browser(house.owner), browser(house.head)
    one = owner.post(
        page(house, "kunci/pilih"), {"mode": "witnessed", "holders": [str(house.head.pk)]}
    )
    assert "sedikitnya 2" in one.content.decode()
    keys.name_holders(
        cycle=cycle, users=[people["head"].id, people["contact"].id], by=people["owner"], now=NOW
    )
    for typed, words in (
        ({"passphrase": PASSPHRASE, "again": OTHER_PASSPHRASE}, "tidak sama"),
        ({"passphrase": "pendek", "again": "pendek"}, "terlalu pendek"),
    ):
        answer = head.post(page(house, "kunci/salinan"), typed)
        assert words in answer.content.decode()
        assert typed["passphrase"] not in answer.content.decode().replace("terlalu pendek", "")
    copy = keys.make_copy(cycle=cycle, passphrase=PASSPHRASE, by=people["head"], now=NOW)
    for content, passphrase, words in (
        (copy, OTHER_PASSPHRASE, "tidak cocok"),
        (copy[:-1], PASSPHRASE, "rusak"),
        (b"%PDF-1.7", PASSPHRASE, "bukan salinan kunci"),
        (b"x" * 5000, PASSPHRASE, "bukan salinan kunci"),
        (locked_copy(make_box_key()[0], PASSPHRASE), PASSPHRASE, "periode lain"),
    ):
        typed = {"copy": upload(content), "passphrase": passphrase}
        assert words in head.post(page(house, "kunci/uji"), typed).content.decode()
    assert KeyHolder.objects.filter(tested_at__isnull=False).count() == 0


def test_site_key_is_chosen_again(
    house, cycle, browser, people, django_capture_on_commit_callbacks
):
    users = [people["head"].id, people["contact"].id]
    keys.name_holders(cycle=cycle, users=users, by=people["owner"], now=NOW)
    folder = keys.folder_of(BoxKey.objects.get())
    assert folder.exists()
    with django_capture_on_commit_callbacks(execute=True):
        browser(house.owner).post(page(house, "kunci/pilih"), {"mode": "simple"})
    assert BoxKey.objects.count() == 0
    assert not folder.exists()
    schedule_cycle(cycle=cycle, by=people["owner"], now=NOW)
    survey = open_now(cycle, people["owner"])
    assert survey.cycle.box_key.mode == "simple"
    assert keys.survey_keys.has_box_key(key_folder(survey))


# ------------------------------------------------------------------ rules on the way


def test_witnessed_cycle_waits_for_its_key(cycle, people) -> None:
    owner, head, contact = people["owner"], people["head"], people["contact"]
    keys.name_holders(cycle=cycle, users=[head.id, contact.id], by=owner, now=NOW)
    with pytest.raises(UserError, match="belum diserahkan"):
        schedule_cycle(cycle=cycle, by=owner, now=NOW)
    handed_over(cycle, owner, [head, contact])
    schedule_cycle(cycle=cycle, by=owner, now=NOW)
    # Starting anew while it is scheduled blocks the opening again.
    keys.name_holders(cycle=cycle, users=[head.id, contact.id], by=owner, now=NOW)
    with pytest.raises(UserError, match="belum diserahkan"):
        open_survey(cycle=cycle, by=owner, now=OPEN_DAY)


def test_starting_anew_makes_old_copies_worthless(cycle, people) -> None:
    owner, holders = people["owner"], [people["head"], people["contact"]]
    old, _other = handed_over(cycle, owner, holders)
    keys.name_holders(cycle=cycle, users=[one.id for one in holders], by=owner, now=NOW)
    assert KeyHolder.objects.filter(downloaded_at__isnull=False).count() == 0
    new = keys.make_copy(cycle=cycle, passphrase=PASSPHRASE, by=holders[0], now=NOW)
    with pytest.raises(UserError, match="periode lain, atau dari kunci yang diganti"):
        keys.try_copy(cycle=cycle, copy=old, passphrase=PASSPHRASE, by=holders[0], now=NOW)
    keys.try_copy(cycle=cycle, copy=new, passphrase=PASSPHRASE, by=holders[0], now=NOW)
    # A second copy has to be tested itself.
    keys.make_copy(cycle=cycle, passphrase=OTHER_PASSPHRASE, by=holders[0], now=NOW)
    assert KeyHolder.objects.filter(tested_at__isnull=False).count() == 0


def test_only_holders_make_and_test_copies(cycle, people) -> None:
    owner, holders = people["owner"], [people["head"], people["contact"]]
    with pytest.raises(UserError, match="disimpan situs"):
        keys.make_copy(cycle=cycle, passphrase=PASSPHRASE, by=owner, now=NOW)
    keys.name_holders(cycle=cycle, users=[one.id for one in holders], by=owner, now=NOW)
    for by in (owner, people["analyst"]):
        with pytest.raises(Forbidden):
            keys.make_copy(cycle=cycle, passphrase=PASSPHRASE, by=by, now=NOW)
        with pytest.raises(Forbidden):
            keys.try_copy(cycle=cycle, copy=b"", passphrase="", by=by, now=NOW)


def test_key_that_is_handed_over_while_a_copy_is_made_gives_no_copy(
    cycle, people, monkeypatch
) -> None:
    owner, holders = people["owner"], [people["head"], people["contact"]]
    keys.name_holders(cycle=cycle, users=[one.id for one in holders], by=owner, now=NOW)
    real = keys.locked_copy

    def slow(private_key: bytes, passphrase: str) -> bytes:
        BoxKey.objects.update(handed_over_at=NOW)
        return real(private_key, passphrase)

    monkeypatch.setattr(keys, "locked_copy", slow)
    with pytest.raises(UserError, match="baru saja"):
        keys.make_copy(cycle=cycle, passphrase=PASSPHRASE, by=holders[0], now=NOW)


def test_passphrases_and_keys_are_written_nowhere(house, cycle, browser, people, caplog) -> None:
    """In the database, in sessions, in the trail, in logs: neither, in any form."""
    caplog.set_level(0)
    keys.name_holders(
        cycle=cycle, users=[people["head"].id, people["contact"].id], by=people["owner"], now=NOW
    )
    private_key = keys.survey_keys.box_key(keys.folder_of(BoxKey.objects.get()))
    head = browser(house.head)
    typed = {"passphrase": PASSPHRASE, "again": PASSPHRASE}
    copy = head.post(page(house, "kunci/salinan"), typed).content
    assert unlocked_copy(copy, PASSPHRASE) == private_key
    head.post(page(house, "kunci/uji"), {"copy": upload(copy), "passphrase": PASSPHRASE})
    head.post(page(house, "kunci/uji"), {"copy": upload(copy), "passphrase": OTHER_PASSPHRASE})
    stored = "".join(map(repr, everything_stored()))
    sessions = "".join(repr(one.get_decoded()) for one in Session.objects.all())
    for secret in (PASSPHRASE, OTHER_PASSPHRASE, private_key.hex(), repr(private_key)[2:-1]):
        assert secret not in stored + sessions + caplog.text
    assert "Pegawai 3" in stored  # the search does find what is there


def everything_stored() -> list:
    rows: list = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            rows += [
                bytes(cell) if isinstance(cell, memoryview) else cell
                for row in cursor.fetchall() for cell in row
            ]  # fmt: skip
    return rows


# ------------------------------------------------------------------ rehearsals


@pytest.fixture
def witnessed(cycle, people) -> tuple[Survey, list[bytes]]:
    """A witnessed survey with 15 ballots, and the copies of its two holders."""
    copies = handed_over(cycle, people["owner"], [people["head"], people["contact"]])
    schedule_cycle(cycle=cycle, by=people["owner"], now=NOW)
    survey = open_now(cycle, people["owner"])
    assert not keys.survey_keys.has_box_key(key_folder(survey))
    cast_by(survey, drawn(survey, 15))
    return survey, copies


def test_one_copy_is_lost_and_the_other_opens(house, witnessed, people, browser) -> None:
    survey, (_lost, copy) = witnessed
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    assert not finish_closing(survey_id=survey.pk, now=now)
    with clock.set_to(now):
        owner, contact = browser(house.owner), browser(house.contact)
        assert (
            "menunggu salah satu pemegang" in owner.get(page(house, "penutupan")).content.decode()
        )
        assert "Buka kotak suara 2026" in contact.get(f"/i/{house.agency.slug}/").content.decode()
        wrong = {"copy": upload(copy), "passphrase": OTHER_PASSPHRASE}
        assert "tidak cocok" in contact.post(page(house, "penutupan"), wrong).content.decode()
        right = {"copy": upload(copy), "passphrase": PASSPHRASE}
        opened = contact.post(page(house, "penutupan"), right, follow=True).content.decode()
        assert "Kunci cocok" in opened
        assert "kemajuan-bilah" in opened
        assert finish_closing(survey_id=survey.pk, now=now)
        closed = contact.get(page(house, "penutupan")).content.decode()
    assert "hapus semua salinan sekarang" in closed
    assert not key_folder(survey).exists()
    assert snapshot_path(survey.cycle).exists()


def test_all_copies_are_lost_and_nothing_crashes(house, witnessed, browser) -> None:
    survey, _copies = witnessed
    now = end_of_survey(survey.cycle)
    for _minute in range(3):
        close_what_has_ended(now)
        assert not finish_closing(survey_id=survey.pk, now=now)
    with clock.set_to(now):
        for user in (house.owner, house.head):
            shown = browser(user).get(page(house, "penutupan")).content.decode()
            assert "Bila semua salinan hilang, kotak suara tidak dapat dibuka siapa pun" in shown
        other = {"copy": upload(locked_copy(make_box_key()[0], PASSPHRASE)),
                 "passphrase": PASSPHRASE}  # fmt: skip
        refused = browser(house.owner).post(page(house, "penutupan"), other).content.decode()
    assert "periode lain" in refused
    after = Survey.objects.get(pk=survey.pk)
    assert (after.state, after.boxed.count(), after.invitees.count()) == ("closing", 15, 30)
    with pytest.raises(NotClosed):
        snapshot_path(survey.cycle)


def test_box_is_given_up_once_the_search_is_over(house, witnessed, browser) -> None:
    """Names must not be kept for ever because of a box that nobody can open."""
    survey, _copies = witnessed
    ended = end_of_survey(survey.cycle)
    close_what_has_ended(ended)
    owner, address = browser(house.owner), page(house, "penutupan/tanpa-kotak")
    meant = {"reason": "Berita acara 7/2026.", "confirmation": "musnahkan"}
    with clock.set_to(ended + SEARCH - timedelta(minutes=1)):
        assert "Bila sampai " in owner.get(page(house, "penutupan")).content.decode()
        assert owner.post(address, meant).status_code == 302
    assert survey.boxed.count() == 15
    with clock.set_to(ended + SEARCH):
        assert "tanpa-kotak/" in owner.get(page(house, "penutupan")).content.decode()
        assert (
            "tanpa-kotak/" not in browser(house.head).get(page(house, "penutupan")).content.decode()
        )
        unsure = owner.post(address, meant | {"confirmation": "ya"}).content.decode()
        assert "Ketik MUSNAHKAN" in unsure
        assert owner.post(address, meant | {"reason": " "}).status_code == 200
        assert not Survey.objects.get(pk=survey.pk).box_given_up
        owner.post(address, meant)
        assert "kemajuan-bilah" in owner.get(page(house, "penutupan")).content.decode()
        assert finish_closing(survey_id=survey.pk, now=clock.now())
        closed = owner.get(page(house, "penutupan")).content.decode()
        assert "kotak dimusnahkan tanpa dibuka" in closed
        assert owner.get(address).status_code == 302  # nothing is left to give up
    after = Survey.objects.get(pk=survey.pk)
    assert (after.state, after.n_drawn, after.n_counted, after.n_given_up) == ("closed", 15, 0, 15)
    assert (after.boxed.count(), after.invitees.count(), after.serials.count()) == (0, 0, 0)
    assert not key_folder(survey).exists()
    assert closed_frame(survey.cycle).population == 30
    event = AuditEvent.objects.get(action="survey_box_given_up")
    assert event.details["reason"] == "Berita acara 7/2026."


LOST = "Semua salinan kunci hilang."


def test_the_box_is_given_up_only_with_a_reason(witnessed, people) -> None:
    survey, _copies = witnessed
    ended = end_of_survey(survey.cycle)
    close_what_has_ended(ended)
    with pytest.raises(UserError, match="alasan sedikitnya"):
        give_box_up(
            cycle=survey.cycle, reason="  ", confirmation="MUSNAHKAN", by=people["owner"],
            now=ended + SEARCH,
        )  # fmt: skip
    assert not Survey.objects.get(pk=survey.pk).box_given_up
    give_box_up(
        cycle=survey.cycle, reason=LOST, confirmation="musnahkan", by=people["owner"],
        now=ended + SEARCH,
    )  # fmt: skip
    assert Survey.objects.get(pk=survey.pk).box_given_up


def test_box_with_a_key_is_not_given_up(witnessed, people) -> None:
    survey, (copy, _other) = witnessed
    ended = end_of_survey(survey.cycle)

    def give_up() -> None:
        give_box_up(
            cycle=survey.cycle, reason=LOST, confirmation="MUSNAHKAN", by=people["owner"],
            now=ended + SEARCH,
        )  # fmt: skip

    with pytest.raises(UserError, match="tidak sedang menunggu kunci"):
        give_up()  # it still runs
    close_what_has_ended(ended)
    open_box(cycle=survey.cycle, copy=copy, passphrase=PASSPHRASE, by=people["head"], now=ended)
    with pytest.raises(UserError, match="tidak sedang menunggu kunci"):
        give_up()
    assert finish_closing(survey_id=survey.pk, now=ended)
    assert Survey.objects.get(pk=survey.pk).n_counted == 15


def test_test_opening_is_repeated_while_the_survey_runs(witnessed, people) -> None:
    survey, (copy, _other) = witnessed
    keys.try_copy(
        cycle=survey.cycle, copy=copy, passphrase=PASSPHRASE, by=people["head"], now=OPEN_DAY
    )
    assert KeyHolder.objects.get(user_id=people["head"].id).tested_at == OPEN_DAY
    assert not keys.survey_keys.has_box_key(key_folder(survey))
    assert survey.boxed.count() == 15
    with pytest.raises(UserError, match="hanya saat survei ditutup"):
        open_box(cycle=survey.cycle, copy=copy, passphrase=PASSPHRASE, by=people["head"],
                 now=OPEN_DAY)  # fmt: skip


def test_second_holder_with_a_copy_does_no_harm(witnessed, people) -> None:
    survey, copies = witnessed
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    for who, copy in zip(("head", "contact"), copies, strict=True):
        open_box(cycle=survey.cycle, copy=copy, passphrase=PASSPHRASE, by=people[who], now=now)
    assert finish_closing(survey_id=survey.pk, now=now)


def test_lent_key_that_was_damaged_is_asked_for_again(witnessed, people) -> None:
    survey, (copy, _other) = witnessed
    now = end_of_survey(survey.cycle)
    close_what_has_ended(now)
    (key_folder(survey) / "kotak.key").write_text("00ff")
    assert not finish_closing(survey_id=survey.pk, now=now)
    assert not keys.survey_keys.has_box_key(key_folder(survey))
    open_box(cycle=survey.cycle, copy=copy, passphrase=PASSPHRASE, by=people["owner"], now=now)
    assert finish_closing(survey_id=survey.pk, now=now)
