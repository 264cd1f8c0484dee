"""From the closed survey to the index: the same numbers as the command, kept, shown, decided."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from django.db import OperationalError

from cermin.core.scheme import MinimumRule
from cermin.reports.result_file import decode_result
from cermin.web.cycles.actions.running import decide
from cermin.web.cycles.models import Cycle, State
from cermin.web.cycles.rules.set_up import MinimumChoice
from cermin.web.pages import clock
from cermin.web.results.models import ResultRun, RunState
from cermin.web.results.queries.results import frozen_result, result_bytes
from cermin.web.results.tasks import computing
from cermin.web.results.tasks.computing import compute_result, compute_the_rest
from cermin.web.survey.queries.frame import snapshot_path
from cli_calls import caller
from cycle_factory import october
from result_site_factory import (
    PROCESSING_DAY,
    closed,
    computed,
    score,
    worksheet_file,
    worksheet_rows,
    write_inputs,
)
from site_factory import as_member

YEAR = "/i/rawa-bening/periode/2026/"
DECREE = {"decree_number": "1/2026", "decree_date": october(30).date(), "signatory": "Bupati"}


pytestmark = pytest.mark.usefixtures("folder_of_its_own")


@pytest.fixture
def by(house):
    house.agency.name = "Rawa Bening"  # the command makes the agency's code from its name
    house.agency.save(update_fields=["name"])
    return as_member(house.owner, house.agency)


@pytest.fixture
def made(house, by):
    return closed(house.agency, by, crossing="jenis_kelamin")


@pytest.fixture
def now():
    with clock.set_to(PROCESSING_DAY) as moment:
        yield moment


@pytest.fixture
def cermin(capsys, monkeypatch):
    return caller(capsys, monkeypatch)


def by_command(cermin, made, folder: Path, *more: object, crossing: bool = True) -> dict:
    """Compute the same year with ``cermin index`` and return its result file."""
    files = write_inputs(made, folder)
    options = [x for name, path in files.items() for x in (f"--{name}", path)]
    if crossing:
        options += ["--breakdown", "jenis_kelamin"]
    finished = cermin(
        "index", *options, "--year", 2026, "--agency", made.cycle.agency.name, "--agency-class",
        "kabupaten", "--method", made.cycle.method, "--output", folder / "hasil", *more,
    )  # fmt: skip
    assert finished.code == 0, finished.err
    return json.loads((folder / "hasil" / "hasil-rawa-bening-2026.json").read_bytes())


def in_order(result: dict) -> dict:
    """Return a result with its units by code: the file of units lists them level by level."""
    ordered = {
        name: sorted(result[name], key=lambda one: one.get("id") or one["unit"])
        for name in ("units", "suppressed")
    }
    crossings = [
        {**one, "groups": sorted(one["groups"], key=lambda g: (g["unit"] or "", g["group"]))}
        for one in result["breakdowns"]
    ]
    return {**result, **ordered, "breakdowns": crossings}


# The same numbers


def test_site_and_command_compute_the_same_to_the_last_digit(made, by, cermin, tmp_path) -> None:
    score(made.cycle, by)
    run = computed(made.cycle, by)
    assert (run.state, run.problem) == (RunState.DONE, None)
    site = json.loads(result_bytes(made.cycle, run))
    sheet = tmp_path / "lke.csv"
    lines = worksheet_rows(made.cycle, ("setda", "dinkes", "disdik"))
    sheet.write_bytes(worksheet_file(lines).read())
    command = by_command(cermin, made, tmp_path, "--evidence", sheet)
    assert [one["n"] for one in site["breakdowns"][0]["groups"]]
    assert all(site[name] is not None for name in ("evidence", "minimum", "headline_category"))
    assert in_order(site) == in_order(command)  # provenance, too: the snapshots are the same bytes


def test_survey_alone_is_the_implementation_index_in_both(made, by, cermin, tmp_path) -> None:
    run = computed(made.cycle, by, without_evidence=True)
    site = json.loads(result_bytes(made.cycle, run))
    assert (site["index_type"], site["evidence"]) == ("implementation", None)
    assert in_order(site) == in_order(by_command(cermin, made, tmp_path, "--without-evidence"))


def test_merged_units_and_a_threshold_of_its_own(house, by, cermin, tmp_path) -> None:
    """Small units are merged before the snapshot: the agency's figures are those of the command."""
    people = {"setda-organisasi": 30, "setda-umum": 6, "dinkes": 60, "pkm-timur": 5, "disdik": 50}
    made = closed(house.agency, by, people=people, threshold=12)
    run = computed(made.cycle, by, without_evidence=True)
    site = json.loads(result_bytes(made.cycle, run))
    command = by_command(cermin, made, tmp_path, "--without-evidence", crossing=False)
    assert (site["threshold"], command["threshold"]) == (12, 10)
    for name in ("population", "n", "minimum", "minimum_rule", "minimum_met"):
        assert site[name] == command[name]
    assert site["suppressed"]
    assert all(one["n"] >= 12 for one in site["units"])


@pytest.mark.parametrize("rule", MinimumRule)
def test_the_command_can_be_given_the_terms_of_a_cycle(house, by, cermin, tmp_path, rule) -> None:
    entered = 77 if rule is MinimumRule.ENTERED else None
    made = closed(house.agency, by, threshold=20, minimum=MinimumChoice(rule, 0.03, entered))
    run = computed(made.cycle, by, without_evidence=True)
    terms: list[object] = ["--threshold", 20, "--minimum-rule", rule]
    if entered:
        terms += ["--minimum", entered]
    elif rule is not MinimumRule.NONE:
        terms += ["--margin", 0.03]
    command = by_command(cermin, made, tmp_path, "--without-evidence", *terms, crossing=False)
    site = json.loads(result_bytes(made.cycle, run))
    assert (site["threshold"], site["minimum_rule"]) == (20, rule)
    assert in_order(site) == in_order(command)


@pytest.mark.parametrize(
    ("rule", "entered", "said"), [("entered", 77, 77), ("krejcie_morgan", None, 132),
                                  ("none", None, None)]
)  # fmt: skip
def test_the_minimum_is_the_frozen_one_under_its_rule(house, by, rule, entered, said) -> None:
    chosen = MinimumChoice(MinimumRule(rule), 0.05, entered)
    made = closed(house.agency, by, minimum=chosen)
    found = computed(made.cycle, by, without_evidence=True)
    result = decode_result(result_bytes(made.cycle, found), name="x")
    assert (result.minimum_rule, result.minimum) == (rule, made.cycle.frozen["minimum"]["agency"])
    assert result.minimum == said


# What is refused


def test_changed_instruments_and_files_are_refused_in_words(made, by, monkeypatch) -> None:
    def problem() -> str:
        run = computed(made.cycle, by, without_evidence=True)
        assert (run.state, run.result_sha256) == (RunState.FAILED, "")
        return run.problem["template"].format(**run.problem["gaps"])

    kept = Cycle.objects.get(pk=made.cycle.pk).frozen
    for name, at in (("method", None), ("value_set", None), ("worksheet", None),
                     ("questionnaires", 0)):  # fmt: skip
        changed = json.loads(json.dumps(kept))
        one = changed[name] if at is None else changed[name][at]
        one["sha256"] = "0" * 64
        Cycle.objects.filter(pk=made.cycle.pk).update(frozen=changed)
        assert f"Berkas instrumen {one['id']} berbeda" in problem()
    for name, words in (("population", "Jumlah pegawai"), ("minimum", "Minimum responden")):
        changed = json.loads(json.dumps(kept))
        if name == "population":
            changed["population"] += 1
        else:
            changed["minimum"]["agency"] = 3
        Cycle.objects.filter(pk=made.cycle.pk).update(frozen=changed)
        assert words in problem()
    Cycle.objects.filter(pk=made.cycle.pk).update(frozen=kept)
    path = snapshot_path(made.cycle)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    assert "Snapshot jawaban hilang atau berubah" in problem()
    path.unlink()
    assert "Snapshot jawaban hilang atau berubah" in problem()
    path.write_bytes(content)
    monkeypatch.setattr(computing, "result_of", lambda *_a, **_k: 1 / 0)
    assert "gangguan pada situs" in problem()
    monkeypatch.undo()
    assert computed(made.cycle, by, without_evidence=True).state == RunState.DONE


def test_too_few_answers_give_no_figures_and_the_decree_may_come(house, by, browser, now) -> None:
    made = closed(house.agency, by, people={"dinkes": 12}, share=0.75)
    page = browser(house.owner).get(YEAR + "tetapkan/")
    assert page.status_code == 200
    run = computed(made.cycle, by, without_evidence=True)
    assert (run.state, run.result_sha256) == (RunState.NOTHING, "")
    assert frozen_result(made.cycle) is None
    shown = browser(house.owner).get(YEAR + "hasil/").content.decode()
    assert "responden kurang dari 10 orang" in shown
    decide(cycle=made.cycle, by=by, now=october(31), **DECREE)


# Interruptions


def test_a_computation_that_is_done_is_not_done_again(made, by) -> None:
    run = computed(made.cycle, by, without_evidence=True)
    compute_result.call(run.pk)
    compute_result.call(0)
    assert ResultRun.objects.filter(attempts=1).count() == 1


def test_silent_computations_are_queued_again_and_given_up_in_the_end(made, by, settings) -> None:
    run = computed(made.cycle, by, without_evidence=True)
    ResultRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, result_sha256="", computed_at=None, attempts=1
    )
    assert compute_the_rest(PROCESSING_DAY) == 0
    assert compute_the_rest(PROCESSING_DAY + 2 * computing.STALE_AFTER) == 1
    assert compute_the_rest(PROCESSING_DAY + 2 * computing.STALE_AFTER) == 0
    compute_result.call(run.pk)
    again = ResultRun.objects.get(pk=run.pk)
    assert (again.state, again.attempts, again.result_sha256) == ("done", 2, run.result_sha256)
    ResultRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, result_sha256="", computed_at=None, attempts=3
    )
    compute_result.call(run.pk)
    again = ResultRun.objects.get(pk=run.pk)
    assert again.state == RunState.FAILED
    assert "terhenti 3 kali" in again.problem["template"].format(**again.problem["gaps"])


def test_who_was_overtaken_writes_nothing(made, by, monkeypatch) -> None:
    real = computing.result_of

    def overtaken(*args, **kwargs):
        ResultRun.objects.update(state=RunState.FAILED)
        return real(*args, **kwargs)

    monkeypatch.setattr(computing, "result_of", overtaken)
    run = computed(made.cycle, by, without_evidence=True)
    assert (run.state, run.result_sha256, run.problem) == (RunState.FAILED, "", None)


def test_a_busy_database_is_tried_again(made, by, monkeypatch) -> None:
    def busy(*_args, **_kwargs):
        raise OperationalError("locked")

    monkeypatch.setattr(computing, "result_of", busy)
    with pytest.raises(OperationalError):
        computed(made.cycle, by, without_evidence=True)
    assert ResultRun.objects.get().state == RunState.RUNNING


# The year's steps


def test_recomputing_until_the_decree_and_never_after(house, made, by, browser, now) -> None:
    client = browser(house.owner)

    def may_decide() -> bool:
        return "Tetapkan hasil</a>" in client.get(YEAR).content.decode()

    def refused(words: str) -> None:
        form = {**DECREE, "decree_date": "2026-10-27"}
        page = client.post(YEAR + "tetapkan/", form).content.decode()
        assert words in page
        assert Cycle.objects.get().state == State.PROCESSING

    assert not may_decide()
    refused("Hitung indeks lebih dahulu.")
    titles = client.get("/i/rawa-bening/").content.decode()
    assert "Hitung indeks 2026" in titles
    assert "Tetapkan hasil periode 2026" not in titles
    page = client.post(YEAR + "hasil/hitung/")  # no scores, and not said to go without
    assert page.status_code == 400
    assert "memerlukan nilai bukti dukung" in page.content.decode()
    score(made.cycle, by)
    assert client.post(YEAR + "hasil/hitung/").status_code == 302
    refused("Indeks sedang dihitung")
    compute_result.call(ResultRun.objects.get().pk)
    first = ResultRun.objects.get()
    assert may_decide()
    score(made.cycle, by, keteladanan="D")
    assert not may_decide()
    refused("Nilai bukti dukung berubah")
    assert "Hitung ulang indeks 2026" in client.get("/i/rawa-bening/").content.decode()
    second = computed(made.cycle, by)
    assert first.result_sha256 != second.result_sha256
    assert decode_result(result_bytes(made.cycle, first), name="x").evidence > (
        decode_result(result_bytes(made.cycle, second), name="x").evidence
    )
    assert hashlib.sha256(result_bytes(made.cycle, second)).hexdigest() == second.result_sha256
    decide(cycle=made.cycle, by=by, now=october(31), **DECREE)
    for body in ({}, {"tanpa_bukti": "ya"}):
        assert client.post(YEAR + "hasil/hitung/", body).status_code == 400
    assert ResultRun.objects.count() == 2


@pytest.mark.usefixtures("now")
def test_progress_is_told_and_the_page_loads_itself_at_the_end(
    house, made, by, browser, monkeypatch
) -> None:
    client, told = browser(house.owner), []
    real = computing.result_of

    def slow(*args, **kwargs):
        answer = client.get(YEAR + "hasil/kemajuan/")
        told.append((answer.content.decode(), answer.headers.get("HX-Refresh")))
        assert "hx-get" in client.get(YEAR + "hasil/").content.decode()
        assert "Lihat hasil" in client.get(YEAR).content.decode()
        return real(*args, **kwargs)

    monkeypatch.setattr(computing, "result_of", slow)
    computed(made.cycle, by, without_evidence=True)
    assert "Memeriksa data yang dibekukan" in told[0][0]
    assert told[0][1] is None
    assert client.get(YEAR + "hasil/kemajuan/").headers["HX-Refresh"] == "true"
    assert ResultRun.objects.get().percent == 100


def test_a_year_whose_result_file_is_gone_says_so(house, made, by, browser, now) -> None:
    computed(made.cycle, by, without_evidence=True)
    ResultRun.objects.update(result_sha256="0" * 64)
    page = browser(house.owner).get(YEAR + "hasil/")
    assert page.status_code == 400
    assert "hilang atau berubah" in page.content.decode()
