"""The page of a result, its reports and files: what is published, to whom, and nothing beyond."""

from __future__ import annotations

import io
import re
from html import unescape

import openpyxl
import pytest

from cermin.core.result import IndexResult
from cermin.web.audit.models import AuditEvent
from cermin.web.cycles.models import Cycle, PopulationCount
from cermin.web.pages import clock
from cermin.web.results.models import EvidenceScore, ResultRun
from cermin.web.results.presenters.result import narrowed
from cermin.web.results.queries.results import frozen_result, result_bytes, results_before
from cermin.web.survey.models import BallotClass, Comment, Survey, Turnout
from cermin.web.survey.queries.frame import closed_folder, snapshot_path
from cli_calls import caller
from result_site_factory import PROCESSING_DAY, closed, computed, score
from site_factory import as_member

YEAR = "/i/rawa-bening/periode/2026/"
RESULT = YEAR + "hasil/"
PEOPLE = {"setda-organisasi": 40, "setda-umum": 14, "dinkes": 60, "pkm-timur": 36, "disdik": 50}
TABLE = re.compile(r"<caption>(.*?)</caption>.*?<tbody>(.*?)</tbody>", re.DOTALL)


pytestmark = pytest.mark.usefixtures("folder_of_its_own")


@pytest.fixture
def by(house):
    return as_member(house.owner, house.agency)


@pytest.fixture
def made(house, by):
    made = closed(
        house.agency, by, people=PEOPLE, crossing="jenis_kelamin", threshold=11,
        comments={"dinkes": 13, "disdik": 4, "setda-organisasi": 3},
        sections=("kuesioner-keterikatan-2025",),
    )  # fmt: skip
    with clock.set_to(PROCESSING_DAY):
        score(made.cycle, by)
        computed(made.cycle, by)
        yield made


def shown(client, address: str = RESULT) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()[:500]
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return unescape(text)


def tables(page: str) -> dict[str, list[list[str]]]:
    """Return the tables of a page by caption, rows of cells without their marks."""
    found = {}
    for caption, body in TABLE.findall(page):
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
                for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)]  # fmt: skip
        found[caption] = [
            [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in row]
            for row in rows
        ]
    return found


def decided(cycle: Cycle) -> None:
    Cycle.objects.filter(pk=cycle.pk).update(
        state="decided", decree_number="1", decree_date="2026-10-30", signatory="S"
    )


def the_result(made) -> IndexResult:
    found = frozen_result(made.cycle)
    assert found is not None
    return found.result


# What stands on it


def test_the_page_says_what_the_result_says(house, made, browser) -> None:
    page, result = shown(browser(house.owner)), the_result(made)
    for words in (
        "belum ditetapkan", "Indeks gabungan survei dan bukti", "Seberapa pasti kategorinya",
        "pegawai menjawab", "Belum ada hasil tahun sebelumnya", "Selang kepercayaan 95 %",
        result.provenance.snapshot_sha256, result.provenance.method_sha256,
        "Yang tidak ditampilkan dan alasannya", "Indeks menurut jenis kelamin",
    ):  # fmt: skip
        assert words in page, words
    seven = tables(page)["Tujuh nilai inti: indeks 0 sampai 100"]
    assert [row[0] for row in seven[:7]] == [value.name_id for value in result.values]
    for row, value in zip(seven, result.values, strict=False):
        assert row[1].startswith(f"{value.estimate.index:.2f}".replace(".", ","))
    panel = shown(browser(house.head), YEAR)
    assert f"{result.headline.index:.2f}".replace(".", ",") in panel


def test_a_year_without_result(house, browser, by) -> None:
    with clock.set_to(PROCESSING_DAY):
        made = closed(house.agency, by, people={"dinkes": 30})
        for who in ("owner", "head", "evaluator", "analyst"):
            assert "belum dihitung" in shown(browser(getattr(house, who)))
        assert "Hitung indeks" in shown(browser(house.owner), YEAR)
        assert "Hitung indeks" not in shown(browser(house.head), YEAR)
        for part in ("laporan/pdf/", "berkas/"):
            assert browser(house.head).get(RESULT + part).status_code == 400
        assert results_before(house.agency, made.cycle.year) == []


def test_the_year_before_is_compared_in_the_four_words(house, made, by, browser) -> None:
    from dataclasses import replace
    from hashlib import sha256

    from cermin.reports.result_file import encode_result

    past = Cycle.objects.get(pk=made.cycle.pk)
    past.pk, past.year, past.structure = None, 2025, made.cycle.structure
    past.save()
    earlier = replace(the_result(made), year=2025)
    content = encode_result(earlier)
    folder = closed_folder(past)
    folder.mkdir(parents=True)
    name = sha256(content).hexdigest()
    (folder / f"hasil-{name}.json").write_bytes(content)
    ResultRun.objects.create(
        cycle=past, state="done", result_sha256=name, asked_by="x", asked_at=PROCESSING_DAY,
        heartbeat_at=PROCESSING_DAY, computed_at=PROCESSING_DAY,
    )  # fmt: skip
    page = shown(browser(house.owner))
    assert "dari 2025" in page
    assert "Perubahan sejak tahun sebelumnya" in tables(page)
    report = browser(house.owner).get(RESULT + "laporan/html/").content.decode()
    assert "2025" in report


# The same as the command


@pytest.fixture
def cermin(capsys, monkeypatch):
    return caller(capsys, monkeypatch)


def test_reports_are_those_of_the_command(house, made, browser, cermin, tmp_path) -> None:
    source = tmp_path / "hasil.json"
    client = browser(house.analyst)
    source.write_bytes(client.get(RESULT + "berkas/").content)
    assert source.read_bytes() == result_bytes(made.cycle, ResultRun.objects.get())
    assert cermin("report", source, "--output", tmp_path / "laporan").code == 0
    command = {path.suffix[1:]: path for path in (tmp_path / "laporan").iterdir()}
    for form in ("html", "pdf", "xlsx"):
        response = client.get(f"{RESULT}laporan/{form}/")
        assert f'attachment; filename="{command[form].name}"' == response["Content-Disposition"]
        assert cells(form, response.content) == cells(form, command[form].read_bytes()), form
    kept = {path.name: path.stat().st_mtime_ns
            for path in closed_folder(made.cycle).glob("laporan-*")}  # fmt: skip
    assert len(kept) == 3
    assert client.get(RESULT + "laporan/pdf/").content.startswith(b"%PDF")
    assert kept == {path.name: path.stat().st_mtime_ns
                    for path in closed_folder(made.cycle).glob("laporan-*")}  # fmt: skip
    assert client.get(RESULT + "laporan/exe/").status_code == 404


def cells(form: str, content: bytes) -> object:
    """Return what a report holds; workbooks and PDF carry the moment of their making besides."""
    if form == "html":
        return content
    if form == "pdf":
        return len(content) > 10_000 and content[:8]
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}


# Nothing beyond


def test_everything_shown_comes_from_the_published_result_alone(house, made, browser) -> None:
    """Take all counts and answers away: whatever is shown of the result must stay as it was."""
    client = browser(house.head)
    addresses = (RESULT, RESULT + "laporan/html/", RESULT + "berkas/")
    before = [shown(client, address) for address in addresses]
    for path in closed_folder(made.cycle).iterdir():
        if not path.name.startswith("hasil-"):
            path.unlink()
    for model in (Comment, Turnout, BallotClass, PopulationCount, EvidenceScore):
        model.objects.all().delete()
    Survey.objects.update(n_drawn=1, n_invited=1)
    assert [shown(client, address) for address in addresses] == before


def test_small_groups_have_no_figure_anywhere(house, made, browser) -> None:
    result = the_result(made)
    everything = tables(shown(browser(house.owner)))
    published = {(unit.name, unit.n) for unit in result.units}
    heat = everything["Indeks per unit dan nilai; huruf menunjukkan kategori"]
    hidden = {one.name for one in result.suppressed}
    assert hidden
    for name, n, *figures in heat:
        if n == "T":
            assert name in hidden
            assert set(figures) == {"T"}
        else:
            assert int(n) >= 11
    assert all(n >= 11 for _name, n in published)
    for row in everything["Indeks menurut jenis kelamin"]:
        assert int(row[2]) >= 11, row
    for form in ("html", "xlsx"):
        content = browser(house.head).get(f"{RESULT}laporan/{form}/").content
        text = content.decode() if form == "html" else str(cells("xlsx", content))
        for comment in Comment.objects.all():
            assert comment.text not in text


def test_contacts_see_the_agency_and_their_own_units_once_decided(house, made, browser) -> None:
    client = browser(house.contact)  # of dinkes
    assert "sesudah ditetapkan" in shown(client)
    assert "figures" not in shown(client)
    decided(made.cycle)
    own, whole = tables(shown(client)), tables(shown(browser(house.owner)))
    units = {row[0] for row in own["Indeks per unit dan nilai; huruf menunjukkan kategori"]}
    assert "Dinas Kesehatan" in units
    assert "Seluruh instansi" in units
    assert not units & {"Dinas Pendidikan", "Sekretariat Daerah", "Bagian Organisasi"}
    page = shown(client)
    for name in ("Dinas Pendidikan", "Sekretariat Daerah", "Bagian Organisasi"):
        assert name not in page
    for caption, rows in own.items():
        assert [row for row in rows if row not in whole[caption]] == [], caption
    for part in ("laporan/pdf/", "berkas/", "komentar/", "kemajuan/"):
        assert client.get(RESULT + part).status_code == 403
    assert client.post(RESULT + "jawaban/").status_code == 403


def test_contacts_of_units_that_are_not_shown_are_told_so(house, made, browser) -> None:
    decided(made.cycle)
    narrow = narrowed(the_result(made), frozenset({"tidak-ada"}))
    assert narrow.units == narrow.suppressed == ()
    assert all(group.unit is None for one in narrow.breakdowns for group in one.groups)
    house.contact.memberships.update(unit_code="tidak-ada")
    assert "Unit Anda terlalu kecil" in shown(browser(house.contact))


def test_comments_come_in_groups_and_to_few(house, made, browser) -> None:
    for who in ("owner", "head"):
        page = shown(browser(getattr(house, who)), RESULT + "komentar/")
        assert page.count("Kata dari") == 20  # a pool of seven is too small to stand alone
        assert page.count("<h3>") == 1
    Comment.objects.filter(unit_code="dinkes").delete()
    page = shown(browser(house.owner), RESULT + "komentar/")
    assert "Kata dari" not in page
    assert "Komentar kurang dari 11" in page
    Comment.objects.all().delete()
    assert "Tidak ada komentar." in shown(browser(house.head), RESULT + "komentar/")
    for who in ("evaluator", "analyst", "contact"):
        assert browser(getattr(house, who)).get(RESULT + "komentar/").status_code == 403


def test_who_takes_the_answers_is_remembered(house, made, browser) -> None:
    for who in ("owner", "analyst"):
        client = browser(getattr(house, who))
        assert "Unduh data jawaban" in shown(client)
        response = client.post(RESULT + "jawaban/")
        content = b"".join(response.streaming_content)
        assert content == snapshot_path(made.cycle).read_bytes()
        event = AuditEvent.objects.latest("sequence")
        assert (event.action, event.actor_name) == ("answers_taken", getattr(house, who).name)
        assert client.get(RESULT + "jawaban/").status_code == 405
    for who in ("head", "evaluator", "contact"):
        assert "Unduh data jawaban" not in shown(browser(getattr(house, who)))
        assert browser(getattr(house, who)).post(RESULT + "jawaban/").status_code == 403


def test_another_agency_learns_nothing(house, made, browser) -> None:
    outsider = browser(house.outsider)
    for part in ("", "kemajuan/", "laporan/pdf/", "berkas/", "komentar/"):
        assert outsider.get(RESULT + part).status_code == 404
        there = outsider.get((RESULT + part).replace("rawa-bening", "tanjung-asri"))
        assert there.status_code == 404
    for part in ("hitung/", "jawaban/"):
        assert outsider.post(RESULT + part).status_code == 404


def test_in_english(house, made, browser) -> None:
    client = browser(house.analyst)
    client.cookies["bahasa"] = "en"
    assert "Service-oriented" in shown(client)
    assert b"Service-oriented" in client.get(RESULT + "laporan/html/").content
