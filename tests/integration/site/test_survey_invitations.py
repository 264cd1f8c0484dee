"""Invitations handed out as lists and as sheets to cut."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta

import fastexcel
import pytest
from django.core.files.storage import default_storage
from pypdf import PdfReader

from cermin.core.contacts import Contacts
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.roster_people import edit_employee
from cermin.web.organisations.models import Employee, Role
from cermin.web.pages import clock
from cermin.web.survey.models import SheetJob, SheetState, Survey, SurveyState
from cermin.web.survey.queries import sheet_files
from cermin.web.survey.rules.codes import shown
from cermin.web.survey.tasks import sheets
from cermin.web.survey.tasks.sheets import forget_sheets, print_sheets
from cycle_factory import employ, scheduled
from site_factory import NOW, as_member, give_role, make_user
from survey_factory import OPEN_DAY, code_for, open_now

HOME = "/i/rawa-bening/periode/2026/undangan/"
EVIL = '=HYPERLINK("http://jahat.example","klik")'


@pytest.fixture
def survey(house):
    """Twelve people in Dinas Kesehatan, three in the puskesmas below, ten in Disdik."""
    with clock.set_to(OPEN_DAY):
        employ(house.structure, 12, "dinkes")
        employ(house.structure, 3, "pkm-timur")
        employ(house.structure, 10, "disdik")
        owner = as_member(house.owner, house.agency)
        one = Employee.objects.get(name="Pegawai 0")
        edit_employee(
            employee=one, name=EVIL, unit=one.unit, employment="Non-ASN", by=owner, now=NOW,
            contacts=Contacts("nol@rawabening.example", "6281234567890"),
        )  # fmt: skip
        yield open_now(scheduled(house.agency, owner), owner)


def hand_out(client, form: str, unit: str = "", **changes: str):
    return client.post(HOME, {"unit": unit, "form": form, "careful": "on"} | changes)


def codes_in(survey: Survey, *units: str) -> list[str]:
    people = survey.invitees.filter(unit_code__in=units).select_related("survey")
    return sorted(code_for(one) for one in people)


def lines_of(response) -> list[list[str]]:
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def texts_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


# ------------------------------------------------------------------ the page


def test_the_page_shows_counts_of_the_units_in_sight(survey, house, browser) -> None:
    page = browser(house.owner).get(HOME).content.decode()
    assert re.search(r'"number">25</span> orang diundang', page)
    assert re.search(r'"number">1</span> memiliki surel', page)
    mine = browser(house.contact).get(HOME).content.decode()
    assert re.search(r'"number">15</span> orang diundang', mine)
    assert "Dinas Pendidikan" not in mine
    assert re.search(r'scope="row" class="level-1">Puskesmas Rawa Timur</th>', mine)
    for code in codes_in(survey, "dinkes"):
        assert code not in page + mine
        assert shown(code) not in page + mine


def test_before_opening_and_after_closing_nothing_is_given(survey, house, browser) -> None:
    client = browser(house.owner)
    for state in (SurveyState.CLOSING, SurveyState.STOPPED):
        Survey.objects.update(state=state)
        assert "tidak dapat diambil lagi" in client.get(HOME).content.decode()
        for form in ("csv", "pdf"):
            refused = hand_out(client, form)
            assert "tidak dapat diambil lagi" in refused.content.decode()
    survey.invitees.all().delete()
    Survey.objects.all().delete()
    assert "Survei belum dibuka" in client.get(HOME).content.decode()
    assert client.get(f"{HOME}orang/").status_code == 404
    assert not SheetJob.objects.exists()


# ------------------------------------------------------------------ lists


def test_the_csv_list_holds_everybody_once_and_no_formula(survey, house, browser) -> None:
    response = hand_out(browser(house.owner), "csv")
    head, *lines = lines_of(response)
    assert head == ["Nama", "Unit", "Surel", "Nomor HP", "Kode", "Tautan", "Pesan"]
    assert sorted(line[4].replace("-", "") for line in lines) == codes_in(
        survey, "dinkes", "pkm-timur", "disdik"
    )
    base = f"http://testserver/survei/{survey.public_id}/#"
    assert all(line[5] == base + line[4].replace("-", "") for line in lines)
    assert all(line[5] in line[6] and "anonim" in line[6] for line in lines)
    assert not any(cell[:1] in "=+-@\t\r" for line in lines for cell in line if cell)
    (evil,) = [line for line in lines if "HYPERLINK" in line[0]]
    assert evil[2:4] == ["nol@rawabening.example", "6281234567890"]
    assert "Pegawai" not in response["Content-Disposition"]


def test_the_excel_list_writes_text_only(survey, house, browser) -> None:
    response = hand_out(browser(house.owner), "xlsx", "dinkes")
    book = zipfile.ZipFile(io.BytesIO(response.content))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    rows = fastexcel.read_excel(response.content).load_sheet(0).to_polars()
    assert EVIL in rows["Nama"].to_list()
    assert sorted(c.replace("-", "") for c in rows["Kode"]) == codes_in(
        survey, "dinkes", "pkm-timur"
    )


def test_the_care_must_be_promised(survey, house, browser) -> None:
    refused = hand_out(browser(house.owner), "csv", careful="")
    assert "text/html" in refused["Content-Type"]
    assert not AuditEvent.objects.filter(action="invitations_exported").exists()


def test_contacts_get_their_units_and_no_other(survey, house, browser) -> None:
    client = browser(house.contact)
    codes = [line[4].replace("-", "") for line in lines_of(hand_out(client, "csv"))[1:]]
    assert sorted(codes) == codes_in(survey, "dinkes", "pkm-timur")
    below = lines_of(hand_out(client, "csv", "pkm-timur"))[1:]
    assert {line[1] for line in below} == {"Puskesmas Rawa Timur"}
    for unit in ("disdik", "setda", "tidak-ada"):
        for form in ("csv", "xlsx", "pdf"):
            assert hand_out(client, form, unit)["Content-Type"].startswith("text/html")
    assert not SheetJob.objects.exists()


def test_every_export_is_in_the_trail_without_names_or_codes(survey, house, browser) -> None:
    hand_out(browser(house.owner), "xlsx", "disdik")
    hand_out(browser(house.contact), "csv")
    hand_out(browser(house.owner), "pdf")
    rows = AuditEvent.objects.filter(action="invitations_exported").order_by("sequence")
    assert [(r.details["n_people"], r.details["unit"], r.details["form"]) for r in rows] == [
        (10, "disdik", "xlsx"), (15, "dinkes", "csv"), (25, "", "pdf"),
    ]  # fmt: skip
    told = str([vars(row) for row in rows])
    assert "Pegawai" not in told
    assert not any(code in told for code in codes_in(survey, "dinkes", "disdik"))


def test_people_of_other_roles_and_agencies_stay_outside(survey, house, browser) -> None:
    for user, status in ((house.head, 403), (house.analyst, 403), (house.evaluator, 403),
                         (house.outsider, 404)):  # fmt: skip
        assert hand_out(browser(user), "csv").status_code == status
        assert browser(user).get(f"{HOME}orang/").status_code == status


def test_lists_say_the_same_whoever_has_drawn(survey, house, browser) -> None:
    before = hand_out(browser(house.owner), "csv").content
    survey.invitees.filter(unit_code="dinkes").update(blinded_hash=b"d" * 32)
    assert hand_out(browser(house.owner), "csv").content == before


# ------------------------------------------------------------------ sheets


def printed(client, unit: str = "") -> SheetJob:
    response = hand_out(client, "pdf", unit)
    assert response.status_code == 302
    job_id = response.url.rstrip("/").rpartition("/")[2]
    print_sheets.call(job_id)
    return SheetJob.objects.get(pk=job_id)


def fetch(client, job: SheetJob) -> bytes:
    response = client.post(f"{HOME}lembar/{job.pk}/unduh/")
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_sheets_hold_every_code_of_the_unit_once(survey, house, browser) -> None:
    client = browser(house.owner)
    job = printed(client, "disdik")
    assert (job.state, job.percent, job.n_people) == (SheetState.READY, 100, 10)
    sealed = (sheet_files.folder_of(job.pk) / "0.sealed").read_bytes()
    assert b"%PDF" not in sealed
    pdf = fetch(client, job)
    texts = texts_of(pdf)
    assert len(texts) == 2  # nine strips, then one
    found = re.findall(
        r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\s+([0-9A-Z]{4}-[0-9A-Z]{4})\b", " ".join(texts)
    )
    assert sorted("".join(pair).replace("-", "") for pair in found) == codes_in(survey, "disdik")
    assert sum("Pegawai" in line for text in texts for line in text.splitlines()) == 10
    assert f"testserver/survei/{survey.public_id}" in texts[0]
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "pdfuaid" in reader.xmp_metadata.stream.get_data().decode()


def test_sheets_of_several_units_are_an_archive_with_a_file_for_each(
    survey, house, browser
) -> None:
    client = browser(house.contact)
    archive = zipfile.ZipFile(io.BytesIO(fetch(client, printed(client))))
    assert archive.testzip() is None
    assert archive.namelist() == ["001-dinas-kesehatan.pdf", "002-puskesmas-rawa-timur.pdf"]
    text = " ".join(texts_of(archive.read("002-puskesmas-rawa-timur.pdf")))
    for code in codes_in(survey, "pkm-timur"):
        assert text.count(shown(code)[:9]) == 1
    for code in codes_in(survey, "dinkes", "disdik"):
        assert shown(code)[:9] not in text


def test_sheets_are_gone_once_fetched_or_after_a_day(survey, house, browser) -> None:
    client = browser(house.owner)
    job, other, cut = printed(client, "disdik"), printed(client), printed(client)
    fetch(client, job)
    assert not sheet_files.folder_of(job.pk).exists()
    assert client.post(f"{HOME}lembar/{job.pk}/unduh/").status_code == 404
    response = client.post(f"{HOME}lembar/{cut.pk}/unduh/")
    next(iter(response.streaming_content))
    response._iterator.close()  # the line is cut: it may be fetched again
    assert sheet_files.folder_of(cut.pk).exists()
    forget_sheets(OPEN_DAY + timedelta(hours=23))
    assert sheet_files.folder_of(other.pk).exists()
    forget_sheets(OPEN_DAY + timedelta(hours=25))
    assert not SheetJob.objects.exists()
    assert not list(sheet_files.leftovers())


def test_sheets_are_gone_when_the_survey_closes_and_folders_without_a_job_too(
    survey, house, browser
) -> None:
    job = printed(browser(house.owner))
    stray = sheet_files.folder_of(job.pk).parent / "0b6ad7a0-0000-4000-8000-000000000000"
    stray.mkdir()
    forget_sheets(OPEN_DAY)
    assert not stray.exists()
    assert sheet_files.folder_of(job.pk).exists()
    Survey.objects.update(state=SurveyState.CLOSING)
    forget_sheets(OPEN_DAY)
    assert not sheet_files.folder_of(job.pk).exists()
    assert default_storage.exists("undangan")


def test_only_who_asked_may_fetch(survey, house, browser) -> None:
    job = printed(browser(house.owner))
    second = make_user("pengelola2@rawabening.example")
    give_role(second, house.agency, Role.OWNER)
    for user, status in ((second, 403), (house.contact, 403), (house.outsider, 404)):
        client = browser(user)
        assert client.post(f"{HOME}lembar/{job.pk}/unduh/").status_code == status
        assert client.get(f"{HOME}lembar/{job.pk}/").status_code == status
    elsewhere = f"/i/tanjung-asri/periode/2026/undangan/lembar/{job.pk}/unduh/"
    assert browser(house.outsider).post(elsewhere).status_code == 404


def test_progress_is_told_and_the_work_goes_on_in_steps(
    survey, house, browser, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr(sheets, "_SECONDS_AT_ONCE", 0.0)
    client = browser(house.owner)
    queued = []
    monkeypatch.setattr(type(print_sheets), "enqueue", lambda _self, *args: queued.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        hand_out(client, "pdf")
    job = SheetJob.objects.get()
    assert queued == [(str(job.pk),)]
    address = f"{HOME}lembar/{job.pk}/"
    assert "0%" in client.get(address).content.decode()
    print_sheets.call(str(job.pk))
    assert queued[1:] == [(str(job.pk), 1)]
    waiting = client.get(f"{address}kemajuan/")
    assert "33%" in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    assert client.post(f"{address}unduh/").status_code == 302
    print_sheets.call(*queued[1])
    print_sheets.call(*queued[1])  # a killed worker's step is done again
    print_sheets.call(str(job.pk), 2)
    assert client.get(f"{address}kemajuan/")["HX-Refresh"] == "true"
    assert "Unduh lembar" in client.get(address).content.decode()
    print_sheets.call(str(job.pk))  # finished: nothing happens


def test_what_goes_wrong_is_told_and_leaves_nothing(
    survey, house, browser, monkeypatch, caplog
) -> None:
    client = browser(house.owner)

    def broken(*_args, **_kwargs):
        raise ValueError("K7MF2QXP9TRA4D5E")

    monkeypatch.setattr(sheets, "render_strips", broken)
    job = printed(client)
    assert job.state == SheetState.FAILED
    assert not sheet_files.folder_of(job.pk).exists()
    assert "gangguan" in client.get(f"{HOME}lembar/{job.pk}/").content.decode()
    assert "K7MF" not in caplog.text


def test_sheets_taken_away_while_they_are_made_stay_away(
    survey, house, browser, monkeypatch
) -> None:
    hand_out(browser(house.owner), "pdf", "disdik")
    job = SheetJob.objects.get()
    real = sheets.render_strips

    def slow(*args, **kwargs):
        SheetJob.objects.all().delete()
        return real(*args, **kwargs)

    monkeypatch.setattr(sheets, "render_strips", slow)
    print_sheets.call(str(job.pk))
    assert not sheet_files.folder_of(job.pk).exists()
