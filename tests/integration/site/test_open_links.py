"""Public questionnaires: the form without script, days, closing, the owner's pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from django.test import Client
from openpyxl import load_workbook

from cermin.core.errors import UserError
from cermin.web.organisations.rules import Forbidden
from cermin.web.pages import clock
from cermin.web.survey.actions.open_links import close_open_survey, close_what_is_over
from cermin.web.survey.models import OpenAnswer, OpenSurvey
from cermin.web.survey.queries.open_links import paper_of_open
from cermin.web.survey.queries.open_tokens import new_token
from cermin.web.survey.rules.answers import checked, encoded
from cermin.web.survey.views.public import open_links as pages
from cermin.web.survey.views.public.rate_limit import RateLimit
from cycle_factory import october
from open_link_factory import BRANDING, NOON, SKM, fetch, open_link, seconds, send, stored, token_in
from site_factory import as_member
from survey_factory import some_answers


@pytest.fixture(autouse=True)
def fresh_limit(monkeypatch) -> None:
    monkeypatch.setattr(pages, "limit", RateLimit())


@pytest.fixture
def opened(house, owner) -> Callable[..., OpenSurvey]:
    return partial(open_link, house.agency, owner)


# ------------------------------------------------------------------ the form
@pytest.mark.parametrize("questionnaire", [SKM, BRANDING])
def test_form_without_script_is_taken_in(opened, questionnaire: str) -> None:
    survey = opened(questionnaire)
    page = fetch(survey)
    assert page.status_code == 200
    assert not page.cookies
    text = page.content.decode()
    for field in paper_of_open(survey).fields:
        assert f'name="{field.name}"' in text
    assert 'method="post"' in text
    assert "Pelayanan KTP" in text
    answer = send(survey, token_in(page.content))
    assert (answer.status_code, stored()) == (200, (1, 1))
    assert "Terkirim" in answer.content.decode()
    assert not answer.cookies


def test_english_page(opened) -> None:
    page = fetch(opened(), path="en/")
    assert 'lang="en"' in page.content.decode()
    assert "Requirements" in page.content.decode()


def test_mistakes_are_told_and_nothing_is_lost(opened) -> None:
    survey = opened()
    token = token_in(fetch(survey).content)
    answer = send(survey, token, answers={"0.u1": "9", "0.u2": "2"})
    name = paper_of_open(survey).fields[0].name
    answer = send(survey, token, answers={name: "9"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert token_in(answer.content) == token
    assert f"#q-{name}" in text
    assert text.count(" checked") >= 8
    assert send(survey, token).status_code == 200
    assert stored() == (1, 1)


def test_empty_form_is_refused_and_may_be_sent_again(opened) -> None:
    survey = opened()
    token = token_in(fetch(survey).content)
    with clock.set_to(NOON + seconds(60)):
        answer = Client().post(f"/survei/p/{survey.public_id}/", f"token={token}",
                               content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status_code == 422
    assert send(survey, token).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "length"),
    [(b"{}", "application/json", None), (b"a" * 100_000, "application/x-www-form-urlencoded", None),
     (b"\0\xff=%ff%00&&&==", "application/x-www-form-urlencoded", None),
     (b"a=1", "multipart/form-data", None),
     (b"a=1", "application/x-www-form-urlencoded", "9" * 5000),
     (b"a=1&" * 5000, "application/x-www-form-urlencoded", None),
     (b"", "", None), (b"x", "application/x-www-form-urlencoded", "-1")],
)  # fmt: skip
def test_any_body_is_answered_in_words(opened, body, content_type, length) -> None:
    survey, extra = opened(), {} if length is None else {"CONTENT_LENGTH": length}
    with clock.set_to(NOON):
        answer = Client().generic(
            "POST", f"/survei/p/{survey.public_id}/", body, content_type=content_type, **extra
        )
    assert 400 <= answer.status_code < 500
    assert answer.content
    assert stored() == (0, 0)


def test_unknown_address_and_other_methods(opened) -> None:
    assert Client().get("/survei/p/tidakada99/").status_code == 404
    assert Client().put(f"/survei/p/{opened().public_id}/").status_code == 405


# ------------------------------------------------------------------ days, opening, closing
@pytest.mark.parametrize(
    ("moment", "takes"),
    [(october(1) - seconds(1), False), (october(1), True), (october(32) - seconds(30), True),
     (october(32), False)],
)  # fmt: skip
def test_takes_answers_on_its_days_only(opened, moment, *, takes: bool) -> None:
    survey = opened()
    page = fetch(survey, at=moment)
    assert page.status_code == 200
    assert (b"open-form" in page.content) is takes
    token = new_token(survey.public_id, now=moment - seconds(25))
    assert (send(survey, token, at=moment).status_code == 200) is takes
    assert stored()[0] == int(takes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"title": " "}, "judul"), ({"questionnaire": "kuesioner-perilaku-2025"}, "masyarakat"),
     ({"unit_code": "tidak-ada"}, "tidak ada"), ({"closes_on": date(2026, 9, 1)}, "pertama"),
     ({"opens_on": date(2026, 9, 1), "closes_on": date(2026, 10, 2)}, "lewat"),
     ({"closes_on": date(2028, 1, 1)}, "paling lama")],
)  # fmt: skip
def test_nonsense_is_not_opened(opened, changes, words) -> None:
    with pytest.raises(UserError, match=words):
        opened(**changes)
    assert not OpenSurvey.objects.exists()


def test_only_the_owner_of_this_agency_opens_and_closes(house, opened) -> None:
    survey = opened(unit_code="dinkes")
    assert survey.unit_name == "Dinas Kesehatan"
    for user, agency in ((house.head, house.agency), (house.outsider, house.other)):
        stranger = as_member(user, agency)
        with pytest.raises(Forbidden):
            opened(by=stranger)
        with pytest.raises(Forbidden):
            close_open_survey(survey=survey, by=stranger, now=NOON)


def answered(survey: OpenSurvey, many: list[dict[str, object]]) -> None:
    paper = paper_of_open(survey)
    OpenAnswer.objects.bulk_create(
        OpenAnswer(open_survey=survey, content=encoded(paper, 0, checked(paper, answers)))
        for answers in many
    )


def test_closing_counts_and_leaves_no_single_answer(opened, owner) -> None:
    survey = opened()
    answered(survey, [some_answers(paper_of_open(survey), 4)] * 25)
    token = new_token(survey.public_id, now=NOON)
    send(survey, token)
    close_open_survey(survey=survey, by=owner, now=NOON)
    assert stored() == (0, 0)
    kept = OpenSurvey.objects.get()
    assert (kept.n_answers, kept.counts["u1"]) == (26, {"4": 25, "3": 1})
    with pytest.raises(UserError, match="sudah ditutup"):
        close_open_survey(survey=survey, by=owner, now=NOON)
    assert send(survey, new_token(survey.public_id, now=NOON)).status_code == 410


def test_worker_closes_what_is_over_and_forgets_old_forms(opened) -> None:
    survey, running = opened(closes_on=date(2026, 10, 3)), opened(BRANDING)
    send(running, new_token(running.public_id, now=NOON))
    close_what_is_over(NOON + timedelta(hours=11))
    assert not OpenSurvey.objects.exclude(closed_at=None).exists()
    assert stored() == (1, 1)
    close_what_is_over(october(4))
    assert OpenSurvey.objects.exclude(closed_at=None).get() == survey
    close_what_is_over(october(6))
    assert stored() == (1, 0)


@pytest.mark.parametrize(("n", "shown"), [(9, False), (10, True), (11, True)])
def test_comments_only_when_there_are_enough(opened, owner, n: int, *, shown: bool) -> None:
    survey = opened(BRANDING)
    words = [f"Saran nomor {i}" for i in range(n)]
    answered(survey, [{"0.saran": one, "0.la1": 4} for one in words] + [{"0.la1": 4}] * 20)
    close_open_survey(survey=survey, by=owner, now=NOON)
    kept = OpenSurvey.objects.get().comments
    assert sorted(kept) == (sorted(words) if shown else [])
    assert kept != words or not shown


# ------------------------------------------------------------------ the owner's pages
def test_owner_opens_shares_closes_and_downloads(house, browser, opened) -> None:
    client = browser(house.owner)
    slug = house.agency.slug
    with clock.set_to(NOON):
        assert (
            "Belum ada kuesioner publik" in client.get(f"/i/{slug}/survei-publik/").content.decode()
        )
        form = {
            "questionnaire": SKM, "title": "SKM KTP", "unit_code": "dinkes",
            "opens_on": "2026-10-01", "closes_on": "2026-10-31",
        }  # fmt: skip
        wrong = client.post(f"/i/{slug}/survei-publik/baru/", {**form, "closes_on": "2026-09-30"})
        assert "Hari terakhir tidak boleh sebelum hari pertama" in wrong.content.decode()
        assert client.post(f"/i/{slug}/survei-publik/baru/", form).status_code == 302
        survey = OpenSurvey.objects.get()
        assert "SKM KTP" in client.get(f"/i/{slug}/survei-publik/").content.decode()
        place = f"/i/{slug}/survei-publik/{survey.pk}/"
        answered(survey, [some_answers(paper_of_open(survey), 3)] * 40)
        before = client.get(place).content.decode()
        assert f"/survei/p/{survey.public_id}/" in before
        assert ">40<" not in before
        assert "Jawaban per pertanyaan" not in before
        assert client.get(f"{place}unduh/").status_code == 302
        assert client.get(f"{place}tutup/").status_code == 405
        assert client.post(f"{place}tutup/").status_code == 302
        text = client.get(place).content.decode()
        assert "75,00" in text
        assert "C (Kurang baik)" in text
        sheet = load_workbook(io.BytesIO(client.get(f"{place}unduh/").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert (rows[1][0], rows[1][3]) == ("Jawaban", 40)
    assert any(row[0] == "Indeks" and row[3] == "75,00" for row in rows)
    assert fetch(survey).status_code == 200


def test_few_answers_show_nothing(house, browser, opened, owner) -> None:
    survey = opened(BRANDING)
    answered(survey, [{"0.la1": 5, "0.saran": "Rahasia"}] * 9)
    close_open_survey(survey=survey, by=owner, now=NOON)
    client = browser(house.owner)
    with clock.set_to(NOON):
        place = f"/i/{house.agency.slug}/survei-publik/{survey.pk}/"
        text = client.get(place).content.decode()
        assert "Kurang dari 10" in text
        assert "Rahasia" not in text
        sheet = load_workbook(io.BytesIO(client.get(f"{place}unduh/").content)).active
    assert [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["kurang dari 10"]


def test_questionnaires_of_others_are_unknown(house, browser, opened) -> None:
    survey = opened()
    client = browser(house.outsider)
    for path in ("", "unduh/"):
        assert client.get(
            f"/i/{house.other.slug}/survei-publik/{survey.pk}/{path}"
        ).status_code == 404  # fmt: skip
