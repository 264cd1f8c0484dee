"""Evidence scores: the template filled in, all problems at once, nothing stored by halves."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cermin.core.worksheet import score_worksheet
from cermin.instruments.load import load_worksheet
from cermin.intake.problems import BadInput
from cermin.web.audit.models import AuditEvent
from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.cycles.actions.running import open_survey
from cermin.web.cycles.models import Cycle
from cermin.web.pages import clock
from cermin.web.results.actions.evidence import accept_evidence, upload_evidence
from cermin.web.results.models import EvidenceScore, EvidenceUpload
from cermin.web.results.queries.evidence import accepted_evidence, answers_of, digest
from cycle_factory import employ, october, scheduled
from result_site_factory import worksheet_file, worksheet_rows
from site_factory import as_member
from survey_factory import OPEN_DAY

PAGE = "/i/rawa-bening/periode/2026/bukti-dukung/"
UNITS = ("setda", "dinkes", "disdik")


@pytest.fixture(autouse=True)
def folder_of_its_own(settings, tmp_path) -> None:
    settings.SITE_FOLDER = tmp_path / "situs"


@pytest.fixture
def cycle(house):
    employ(house.structure, 12)
    by = as_member(house.owner, house.agency)
    with clock.set_to(OPEN_DAY):
        made = scheduled(house.agency, by)
        open_survey(cycle=made, by=by, now=OPEN_DAY)
        yield Cycle.objects.select_related("agency", "structure").get(pk=made.pk)


def send(client, lines, name: str = "lke.csv"):
    return client.post(PAGE, {"file": worksheet_file(lines, name)})


def accept(client):
    return client.post(PAGE + "terima/", {"unggahan": EvidenceUpload.objects.first().pk})


def test_the_template_goes_out_and_comes_back(house, cycle, browser) -> None:
    client = browser(house.owner)
    book = openpyxl.load_workbook(io.BytesIO(client.get(PAGE + "templat/").content))
    sheet = book.worksheets[0]
    heading = [cell.value for cell in sheet[1]]
    answer, unit = heading.index("Jawaban"), heading.index("Kode Unit")
    choices = {row[1]: row[2] for row in worksheet_rows(cycle, ["x"])[1:]}
    for row in sheet.iter_rows(min_row=2):
        if row[unit].value in UNITS:
            row[answer].value = choices[row[heading.index("Kode Kriteria")].value]
    stream = io.BytesIO()
    book.save(stream)
    file = SimpleUploadedFile("lembar kerja.xlsx", stream.getvalue())
    assert client.post(PAGE, {"file": file}).status_code == 302
    shown = client.get(PAGE).content.decode()
    assert "3 dari 6 unit dinilai" in shown
    assert "Belum ada nilai bukti dukung" in shown
    assert accepted_evidence(cycle) is None  # a preview counts for nothing
    assert accept(client).status_code == 302
    upload = accepted_evidence(cycle)
    answers = answers_of(upload)
    worksheet = load_worksheet(cycle.worksheet)
    for row in EvidenceScore.objects.filter(upload=upload):
        assert row.percent == score_worksheet(worksheet, row.answers).percent
    assert upload.answers_sha256 == digest(json.loads(json.dumps(answers)))
    assert upload.n_units == 3
    table = openpyxl.load_workbook(io.BytesIO(client.get(PAGE + "unduh/").content)).worksheets[0]
    scores = {row[0].value: row[2].value for row in table.iter_rows(min_row=2)}
    assert {unit for unit, percent in scores.items() if percent} == set(UNITS)


def test_all_problems_come_at_once_and_nothing_is_kept(house, cycle, browser) -> None:
    client = browser(house.owner)
    send(client, worksheet_rows(cycle, UNITS))
    accept(client)
    before = accepted_evidence(cycle)
    lines = worksheet_rows(cycle, ["setda", "dinkes"])
    lines[1][2] = "Mungkin"  # not an answer
    lines[2][2] = ""  # not answered
    lines[3][1] = "tidak_ada"  # no criterion: its own is lacking then
    lines[-1][0] = "dinas-hantu"
    page = send(client, lines)
    assert page.status_code == 200
    shown = page.content.decode()
    for words in ("dinas-hantu", "Mungkin", "tidak_ada", "belum menjawab kriteria", "Jawaban"):
        assert words in shown, words
    assert "Tidak ada yang disimpan" in shown
    rows = page.context["problems"].rows
    assert page.context["problems"].total == len(rows) == 6
    assert {one.row for one in rows if one.row} == {2, 3, 4, len(lines)}
    assert all(one.what and one.remedy and one.column for one in rows)
    assert EvidenceUpload.objects.count() == 1
    assert accepted_evidence(cycle) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Berkas"),
        (b"bukan tabel", "Tidak ada baris judul yang dikenal"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, "Excel lama"),
        (b"PK\x03\x04 rusak", "masalah dalam berkas"),
    ],
)
def test_files_that_are_no_worksheets(house, cycle, browser, content, words) -> None:
    page = browser(house.owner).post(PAGE, {"file": SimpleUploadedFile("x.xlsx", content)})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert not EvidenceUpload.objects.exists()


def test_an_empty_worksheet_and_a_large_file(house, cycle, browser, settings) -> None:
    client = browser(house.owner)
    empty = [[*line[:2], ""] for line in worksheet_rows(cycle, UNITS)]
    empty[0][2] = "Jawaban"
    assert "belum berisi satu jawaban pun" in send(client, empty).content.decode()
    settings.UPLOAD_LIMIT_MB = 0
    assert "lebih besar dari 0 MB" in send(client, empty).content.decode()
    assert not EvidenceUpload.objects.exists()


def test_replacing_keeps_the_history_and_the_trail(house, cycle, browser) -> None:
    client = browser(house.owner)
    send(client, worksheet_rows(cycle, UNITS), "pertama.csv")
    accept(client)
    send(client, worksheet_rows(cycle, UNITS, keteladanan="D"), "kedua.csv")
    send(client, worksheet_rows(cycle, UNITS[:2], keteladanan="D"), "ketiga.csv")
    assert EvidenceUpload.objects.count() == 2  # one preview at a time
    shown = client.get(PAGE).content.decode()
    assert "Ganti nilai yang berlaku" in shown
    old = EvidenceUpload.objects.last()
    assert client.post(PAGE + "terima/", {"unggahan": old.pk}).status_code == 400
    assert client.post(PAGE + "terima/", {"unggahan": "x"}).status_code == 400
    accept(client)
    assert accepted_evidence(cycle).file_name == "ketiga.csv"
    history = client.get(PAGE).content.decode()
    assert "pertama.csv" in history
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    uploaded = "evidence_scores_uploaded"
    assert actions[-5:] == [
        uploaded, "evidence_scores_accepted", uploaded, uploaded, "evidence_scores_replaced"
    ]  # fmt: skip
    send(client, worksheet_rows(cycle, UNITS), "keempat.csv")
    assert client.post(PAGE + "batal/").status_code == 302
    assert client.post(PAGE + "batal/").status_code == 302  # nothing is left to drop
    assert accepted_evidence(cycle).file_name == "ketiga.csv"
    dropped = AuditEvent.objects.filter(action="evidence_scores_discarded")
    assert [event.details["file"] for event in dropped] == ["keempat.csv"]


def test_when_and_by_whom(house, cycle, browser) -> None:
    owner, evaluator = browser(house.owner), browser(house.evaluator)
    lines = worksheet_rows(cycle, UNITS)
    for day, by_evaluator in ((3, True), (16, True), (20, True), (27, False)):
        with clock.set_to(october(day)):
            run_due_phases(now=october(day))
            assert send(owner, lines).status_code == 302
            page = send(evaluator, lines)
            assert page.status_code == (302 if by_evaluator else 200), day
            if not by_evaluator:
                assert "sampaikan perubahan kepada pengelola" in page.content.decode()
                assert "tidak dapat Anda ubah" in evaluator.get(PAGE).content.decode()
    Cycle.objects.filter(pk=cycle.pk).update(
        state="decided", decree_number="1", decree_date="2026-10-30", signatory="S"
    )
    assert "sampai hasil ditetapkan" in send(owner, lines).content.decode()
    assert accept(owner).status_code == owner.post(PAGE + "batal/").status_code == 400
    assert not EvidenceUpload.objects.exclude(accepted_at=None).exists()


def test_another_agency_and_a_year_without_worksheet(house, cycle, browser) -> None:
    outsider = browser(house.outsider)
    for address in (PAGE, PAGE + "templat/", PAGE + "unduh/"):
        assert outsider.get(address).status_code == 404
        assert outsider.get(address.replace("rawa-bening", "tanjung-asri")).status_code == 404
    Cycle.objects.filter(pk=cycle.pk).update(worksheet="")
    assert browser(house.owner).get(PAGE).status_code == 404


def test_who_is_refused_late_leaves_nothing(house, cycle, monkeypatch) -> None:
    """The rule is asked again under the lock: meanwhile the result may have been decided."""
    by = as_member(house.owner, house.agency)
    file = worksheet_file(worksheet_rows(cycle, ["dinkes"]))
    with pytest.raises(BadInput) as bad:
        upload_evidence(
            cycle=cycle, file=worksheet_file([["Kode Unit", "Kode Kriteria", "Jawaban"],
                                              ["x", "y", "z"]]), by=by, now=OPEN_DAY,
        )  # fmt: skip
    assert bad.value.report.total == 2
    upload = upload_evidence(cycle=cycle, file=file, by=by, now=OPEN_DAY)
    accept_evidence(cycle=cycle, upload_id=upload.pk, by=by, now=OPEN_DAY)
    assert Path(upload.file_name).name == "lke.csv"
