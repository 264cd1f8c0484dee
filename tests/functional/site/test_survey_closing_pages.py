"""The faces of the closing that the demo's years never show, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from page_checks import listening, looked_at
from playwright.sync_api import Page, expect
from served_site import run
from survey_server import LIKERT, SurveyServer, survey_server

PAGE = f"/i/lebak-jati/periode/{datetime.now(UTC).year}/penutupan/"
# The key is gone and the survey has ended, some days ago.
ENDED = """import django
django.setup()
from datetime import timedelta
from cermin.web import survey_keys
from cermin.web.cycles.models import Phase, PhaseKind
from cermin.web.pages import clock
from cermin.web.survey.models import BoxKey, Survey
from cermin.web.survey.queries.facts import key_folder
survey = Survey.objects.get(public_id={survey!r})
survey_keys.destroy_box_key(key_folder(survey))
BoxKey.objects.filter(cycle=survey.cycle).update(mode={mode!r})
ended = clock.now() - timedelta(days={days})
Phase.objects.filter(cycle=survey.cycle, kind=PhaseKind.SURVEY).update(
    opens_at=ended - timedelta(days=10), closes_at=ended)
Survey.objects.filter(pk=survey.pk).update(state={state!r}, problem={problem!r})
"""
FORGED = {
    "template": "Pada {n} kelas ada lebih banyak surat suara daripada yang diambil.",
    "gaps": {"n": 1}, "unreadable": 0,
    "classes": [{"unit": "dinkes", "strata": ["PNS"], "ballots": 41, "drawn": 40}],
}  # fmt: skip
UNREADABLE = {
    "template": "{n} surat suara di kotak tidak dapat dibaca dengan kunci periode ini.",
    "gaps": {"n": 3}, "unreadable": 3, "classes": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def surveys(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SurveyServer]:
    """Surveys of this module's own: they are not open any more afterwards."""
    with survey_server(installed, tmp_path_factory.mktemp("penutupan") / "situs") as server:
        yield server


def put(surveys: SurveyServer, *, state: str = "closing", mode: str = "site", days: int = 2,
        problem: dict | None = None) -> None:  # fmt: skip
    script = ENDED.format(
        survey=surveys.public_ids[LIKERT], state=state, mode=mode, days=days, problem=problem
    )
    run(surveys.environment, "-c", script)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("menunggu-pemegang", {"mode": "witnessed"}, "menunggu salah satu pemegang"),
        ("kunci-hilang", {}, "tidak ada di folder kunci situs"),
        ("terhenti", {"state": "stopped", "problem": FORGED}, "Penutupan dihentikan"),
        ("tidak-terbaca", {"state": "stopped", "problem": UNREADABLE}, "3 surat suara"),
    ],
)
def test_closing_that_waits_or_was_stopped(
    surveys: SurveyServer, owner_page: Page, name: str, given: dict, words: str
) -> None:
    put(surveys, **given)
    with listening(owner_page) as said:
        owner_page.goto(PAGE)
        expect(owner_page.locator("main")).to_contain_text(words)
        for details in owner_page.locator("main details").all():
            details.locator("summary").click()
        looked_at(owner_page, name)
    assert said == []


def test_box_is_given_up_by_an_owner(surveys: SurveyServer, owner_page: Page) -> None:
    put(surveys, days=31)
    with listening(owner_page) as said:
        owner_page.goto(PAGE)
        owner_page.get_by_role("link", name="Tutup tanpa membuka kotak suara").click()
        looked_at(owner_page, "musnahkan")
        owner_page.get_by_label("Alasan").fill("Berita acara 7/2026")
        owner_page.get_by_label("Ketik MUSNAHKAN").fill("tutup")
        owner_page.get_by_role("button", name="Musnahkan kotak suara").click()
        expect(owner_page.get_by_role("alert")).to_contain_text("Ketik MUSNAHKAN")
        looked_at(owner_page, "musnahkan-salah")
        expect(owner_page.get_by_label("Alasan")).to_have_value("Berita acara 7/2026")
        owner_page.get_by_label("Ketik MUSNAHKAN").fill("MUSNAHKAN")
        owner_page.get_by_role("button", name="Musnahkan kotak suara").click()
        expect(owner_page.get_by_role("status")).to_contain_text("tanpa membuka kotak suara")
        looked_at(owner_page, "musnahkan-berjalan")
    assert said == []
