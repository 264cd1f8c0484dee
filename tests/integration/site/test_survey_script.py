"""What the server gives to the script of the survey page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from cermin.web.pages import clock
from cermin.web.survey import views
from cermin.web.survey.presenters.script_words import script_words
from site_factory import as_member
from survey_factory import OPEN_DAY, Phone, codes_of, opened, paper_for, posting, some_answers

STATIC = Path(views.__file__).parents[1] / "static" / "survey"
SCRIPT = (STATIC / "survey.js").read_text(encoding="utf-8")


@pytest.fixture
def survey(house):
    with clock.set_to(OPEN_DAY):
        yield opened(house.agency, as_member(house.owner, house.agency), people=12)


def test_worker_stands_below_its_survey_and_is_asked_for_anew(survey, client) -> None:
    answer = client.get(f"/survei/{survey.public_id}/pekerja.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert answer.content == (STATIC / "worker.js").read_bytes()
    assert not answer.cookies


def test_there_is_no_worker_of_an_unknown_survey(client, db) -> None:
    assert client.get("/survei/tidakada00/pekerja.js").status_code == 404


def test_worker_cannot_be_posted_to(survey, client) -> None:
    assert client.post(f"/survei/{survey.public_id}/pekerja.js").status_code == 405


def test_every_sentence_of_the_script_is_given_and_none_is_given_in_vain() -> None:
    used = set(re.findall(r"\bwords\.([a-z_]+)", SCRIPT))
    given = {name for name in script_words() if not name.startswith("reason_")}
    # A refusal of the server brings its own `words`; those stand in objects called said and error.
    assert used == given


def test_gaps_of_the_sentences_are_filled_by_the_script() -> None:
    gaps = {gap for said in script_words().values() for gap in re.findall(r"\{(\w+)\}", said)}
    assert gaps == {"n", "k", "total", "group", "groups", "title"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_sentences_have_the_same_gaps_in_both_languages(language) -> None:
    with translation.override(language):
        found = {
            name: sorted(re.findall(r"\{\w+\}", said)) for name, said in script_words().items()
        }
    assert found == {
        name: sorted(re.findall(r"\{\w+\}", said)) for name, said in script_words().items()
    }


def test_refused_answer_names_its_question(survey, client) -> None:
    phone = Phone(survey.public_id, codes_of(survey)[0], posting(client))
    phone.draw()
    answers = some_answers(paper_for(survey))
    wrong = list(answers)[3]
    status, told = posting(client)(
        f"/survei/{survey.public_id}/kirim/", phone.ballot(answers | {wrong: 99})
    )
    assert (status, told["field"]) == (422, wrong)
    status, told = posting(client)(f"/survei/{survey.public_id}/kirim/", phone.ballot({"9.x": 1}))
    assert status == 422
    assert "field" not in told


def test_scripts_are_small_and_log_nothing() -> None:
    for name in ("survey.js", "sending.js", "worker.js"):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert not re.search(r"console\.|eval\(|document\.cookie|innerHTML =(?! ')", text), name
