"""The page of a survey: the same for everybody, small, honest, and right in every state."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cermin.core.scheme import Item, ItemKind, Option, Questionnaire, Source, Text
from cermin.instruments.load import load_questionnaire
from cermin.web.cycles.models import Phase, PhaseKind
from cermin.web.pages import clock
from cermin.web.survey.actions.emptying import LEAST
from cermin.web.survey.models import BoxKey, KeyMode, Survey, SurveyState
from cermin.web.survey.presenters.paper import groups_of, wrong_questions
from cermin.web.survey.queries import facts, last_facts
from cermin.web.survey.rules.answers import Field, Paper
from cermin.web.survey.views.public import page as page_view
from cycle_factory import october
from site_factory import as_member
from survey_factory import OPEN_DAY, opened

STATIC = Path(page_view.__file__).parents[2] / "static" / "survey"
SECTIONS = ("kuesioner-keterikatan-2025", "kuesioner-sosio-emosional-2025")
KILOBYTE = 1000


@pytest.fixture
def survey(house):
    by = as_member(house.owner, house.agency)
    with clock.set_to(OPEN_DAY):
        yield opened(house.agency, by, people=15, sections=SECTIONS, threshold=12)


class Elements(HTMLParser):
    """All elements of a page with their attributes."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def address(survey: Survey, rest: str = "") -> str:
    return f"/survei/{survey.public_id}/{rest}"


def shown(client, survey: Survey, rest: str = "") -> str:
    facts.forget(survey.public_id)
    response = client.get(address(survey, rest))
    assert response.status_code == 200
    assert not response.cookies
    return response.content.decode()


# ------------------------------------------------------------------ states
STATES = [
    (SurveyState.PREPARING, 3, ("preparing", "Coba sebentar lagi")),
    (SurveyState.OPEN, -5, ("early", "dibuka pada 1 Oktober 2026")),
    (SurveyState.OPEN, 3, ("open", "Survei budaya kerja 2026")),
    (SurveyState.OPEN, 16, ("closed", "paling lambat 31 Oktober 2026")),
    (SurveyState.CLOSING, 3, ("closed", "sudah ditutup")),
    (SurveyState.STOPPED, 3, ("closed", "sudah ditutup")),
]


@pytest.mark.parametrize(("state", "day", "expected"), STATES)
def test_every_state_has_its_page(survey, client, state, day, expected) -> None:
    Survey.objects.update(state=state)
    with clock.set_to(october(day)):
        content = shown(client, survey)
    phase, words = expected
    assert words in content
    body = Elements(content).named("body")[0]
    assert body["data-state"] == phase
    assert ("survey.js" in content) == (phase == "open"), "only an open survey needs the script"


def test_a_closed_survey_without_a_date_for_results(survey, client) -> None:
    Phase.objects.filter(kind=PhaseKind.PROCESSING).delete()
    with clock.set_to(october(20)):
        content = shown(client, survey)
    assert "setelah ditetapkan" in content
    assert "paling lambat" not in content


@pytest.mark.parametrize("rest", ["", "en/", "tanpa-skrip/"])
def test_an_unknown_survey_has_a_page_that_says_so(client, db, rest) -> None:
    response = client.get(f"/survei/tidakada/{rest}")
    assert response.status_code == 404
    assert "<h1>" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


# ------------------------------------------------------------------ the wire
def test_the_page_is_packed_marked_and_asked_for_again_for_nothing(survey, client) -> None:
    plain = client.get(address(survey))
    packed = client.get(address(survey), headers={"Accept-Encoding": "br, gzip;q=0.5"})
    refused = client.get(address(survey), headers={"Accept-Encoding": "br, gzip;q=0"})
    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain
    assert refused.content == plain.content == gzip.decompress(packed.content)
    assert plain["ETag"] != packed["ETag"]
    for one in (plain, packed):
        assert one["Cache-Control"] == "public, max-age=60"
        assert one["Vary"] == "Accept-Encoding"
        headers = {"If-None-Match": one["ETag"]}
        if one is packed:
            headers["Accept-Encoding"] = "gzip"
        again = client.get(address(survey), headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "public, max-age=60"
    assert client.head(address(survey)).status_code == 200
    assert client.post(address(survey)).status_code == 405


def test_the_page_is_the_same_for_everybody_and_sets_nothing(survey, house, browser) -> None:
    answers = [browser(person).get(address(survey)) for person in (None, house.owner, house.head)]
    assert len({answer.content for answer in answers}) == 1
    assert all(not answer.cookies and "Set-Cookie" not in answer for answer in answers)
    for name in ("csrf", "session", "sesi"):
        assert name not in answers[0].content.decode().lower()


def test_three_requests_and_the_budget_of_bytes(survey, client) -> None:
    packed = client.get(address(survey), headers={"Accept-Encoding": "gzip"})
    page = Elements(gzip.decompress(packed.content).decode())
    asked = [one["href"] for one in page.named("link") if one["href"] != "data:,"]
    asked += [one["src"] for one in page.named("script") if "src" in one]
    assert [Path(name).name for name in asked] == ["survey.css", "survey.js"]
    assert not [one for one in page.found if one[0] in {"img", "iframe", "object", "video"}]
    sizes = [len(packed.content)]
    sizes += [len(gzip.compress((STATIC / Path(name).name).read_bytes(), 9)) for name in asked]
    assert sizes[0] <= 12 * KILOBYTE
    assert sizes[1] <= 4 * KILOBYTE
    assert sum(sizes) + 3 * KILOBYTE <= 40 * KILOBYTE, "with a kilobyte of headers each"


def test_nothing_is_inline_that_the_policy_would_refuse(survey, client) -> None:
    for rest in ("", "en/", "tanpa-skrip/"):
        response = client.get(address(survey, rest))
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = Elements(response.content.decode())
        assert not page.named("style")
        for script in page.named("script"):
            assert "src" in script or script["type"] == "application/json"
        for tag, attributes in page.found:
            assert not [name for name in attributes if name == "style" or name.startswith("on")], (
                tag
            )


def test_the_page_is_made_once_until_something_changes(survey, client, monkeypatch) -> None:
    made = []

    def counted(template, context):
        made.append(template)
        return render_to_string(template, context)

    monkeypatch.setattr(page_view, "render_to_string", counted)
    for _ in range(3):
        client.get(address(survey))
    assert made == ["survey/page.html"]
    later = october(20)
    Phase.objects.filter(kind=PhaseKind.SURVEY).update(closes_at=later)
    assert "Sampai 19 Oktober 2026" in shown(client, survey)
    assert len(made) == 2
    monkeypatch.setattr(page_view.time, "monotonic", lambda: 10.0**9)
    client.get(address(survey))
    assert len(made) == 3, "after a minute it is made anew"


def test_the_page_stays_while_the_database_is_away(survey, client, monkeypatch) -> None:
    before = client.get(address(survey)).content

    def away(_what):
        raise OperationalError("gone")

    monkeypatch.setattr(last_facts, "facts_of", away)
    monkeypatch.setattr(last_facts, "promises_of", away)
    assert client.get(address(survey)).content == before
    page_view._made.clear()
    assert client.get(address(survey)).content == before, "what was promised is remembered too"
    last_facts._promised.clear()
    page_view._made.clear()
    assert "kunci itu disimpan di server" in client.get(address(survey)).content.decode()
    facts.forget(survey.public_id)
    response = client.get(address(survey))
    assert response.status_code == 503


# ------------------------------------------------------------------ what it says
def test_the_introduction_tells_what_holds_for_this_survey(survey, client) -> None:
    content = " ".join(shown(client, survey).split())
    for words in (
        "Sekitar 6 menit", "21 pertanyaan", "31 pertanyaan, sekitar 10 menit", "Sukarela",
        "sedikitnya 12 jawaban", f"sedikitnya {LEAST} surat suara", "Nomor 27 Tahun 2022",
        "Sampai 15 Oktober 2026 pukul 24.00 WIB", "mengubah programnya", "dimusnahkan",
        "penghubung unit", "hanya Anda dari kelompok Anda", "boleh dilewati",
    ):  # fmt: skip
        assert words.lower() in content.lower(), words


@pytest.mark.parametrize(
    ("mode", "handed_over", "words"),
    [
        (KeyMode.SIMPLE, False, "kunci itu disimpan di server"),
        (KeyMode.WITNESSED, False, "kunci itu disimpan di server"),  # not yet out of its hands
        (KeyMode.WITNESSED, True, "dipegang para saksi"),
    ],
)
def test_the_page_says_who_holds_the_key(survey, client, mode, handed_over, words) -> None:
    BoxKey.objects.update(mode=mode, handed_over_at=timezone.now() if handed_over else None)
    assert words in shown(client, survey)


def test_a_survey_without_optional_parts_speaks_of_none(house, client) -> None:
    with clock.set_to(OPEN_DAY):
        alone = opened(house.agency, as_member(house.owner, house.agency))
        assert "bagian tambahan" not in shown(client, alone).lower()


def test_the_page_in_english(survey, client) -> None:
    content = shown(client, survey, "en/")
    page = Elements(content)
    assert page.named("html")[0]["lang"] == "en"
    assert page.named("body")[0]["data-language"] == "en"
    assert "my unit asks what the people it serves need" in content
    assert "Almost never" in content
    assert "Hampir tidak pernah" not in content
    assert f'href="{address(survey)}"' in content
    assert address(survey, "en/tanpa-skrip/") in content
    assert address(survey, "en/kode-baru/") in content
    assert f'href="{address(survey, "en/")}"' in shown(client, survey)


def test_what_the_script_relies_on_is_there(survey, client) -> None:
    content = shown(client, survey)
    page = Elements(content)
    ids = [attributes["id"] for _tag, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {
        "survey-app", "code-form", "code", "introduction", "start", "ballot", "back", "next",
        "review", "send", "progress", "progress-words", "status", "problems", "done", "waiting",
        "shared", "words", "about", "loading",
    } <= set(ids)  # fmt: skip
    body = page.named("body")[0]
    assert body["data-survey"] == survey.public_id
    assert body["data-cycle"] == "2026"
    assert body["data-closes-at"].startswith("2026-10-1")
    paper = facts.paper_of(survey.cycle)
    fieldsets = [one for one in page.named("fieldset") if "data-field" in one]
    assert [one["data-field"] for one in fieldsets] == [field.name for field in paper.fields]
    sections = [one for one in page.named("section") if "data-group" in one]
    assert [one["data-group"] for one in sections] == [str(n + 1) for n in range(len(sections))]
    assert all(one["aria-labelledby"] in ids for one in sections)
    assert "hidden" in next(one for one in page.named("div") if one.get("id") == "survey-app")


# ------------------------------------------------------------------ questions
def made_field(kind: ItemKind, **more: object) -> Field:
    return Field("0.x", 0, Item("x", kind, Text("Tanya?", "Ask?"), **more))


OPTIONS = tuple(
    Option(code, Text(f"Pilihan {code}", f"Option {code}"), id=f"p{code}") for code in (1, 2, 3)
)


@pytest.mark.parametrize(
    ("field", "control", "values", "kept"),
    [
        (made_field(ItemKind.LIKERT, options=OPTIONS), "radio", ["1", "2", "3"], ["2"]),
        (made_field(ItemKind.SINGLE_CHOICE, options=OPTIONS), "radio", ["1", "2", "3"], ["3"]),
        (made_field(ItemKind.SCALE_0_10), "radio", [str(n) for n in range(11)], ["10"]),
        (made_field(ItemKind.CHOOSE_K, options=OPTIONS, choose=2), "checkbox",
         ["p1", "p2", "p3"], ["p1", "p3"]),
    ],
    ids=lambda one: one.item.kind if isinstance(one, Field) else None,
)  # fmt: skip
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_kind_with_options_shows_and_keeps_them(
    field, control, values, kept, language
) -> None:
    context = {"field": field, "number": 7, "kept": {"0.x": kept}, "wrong": {"0.x": "Salah."}}
    with translation.override(language):
        content = render_to_string("survey/question.html", context)
        bare = render_to_string("survey/question.html", {"field": field})
    page = Elements(content)
    inputs = page.named("input")
    assert {one["type"] for one in inputs} == {control}
    assert {one["name"] for one in inputs} == {"0.x"}
    assert [one["value"] for one in inputs] == values
    assert [one["value"] for one in inputs if "checked" in one] == kept
    fieldset = page.named("fieldset")[0]
    assert fieldset["data-kind"] == field.item.kind.value
    assert fieldset["aria-describedby"] == "e-0.x"
    assert 'id="e-0.x">Salah.' in content
    assert ("Ask?" if language == "en" else "Tanya?") in content
    assert fieldset.get("data-choose") == ("2" if field.item.choose else None)
    assert ("data-count" in content) == bool(field.item.choose)
    assert "checked" not in bare
    assert "aria-describedby" not in bare


def test_a_comment_keeps_its_lines_and_is_escaped() -> None:
    field = made_field(ItemKind.COMMENT)
    written = '\n<script>alert("x")</script>\nbaris kedua'
    content = render_to_string("survey/question.html", {"field": field, "kept": {"0.x": [written]}})
    assert 'maxlength="500"' in content
    assert "Jangan menyebut nama" in content
    assert "<script>" not in content
    area = re.search(r"<textarea [^>]*>\n(.*)</textarea>", content, re.DOTALL)
    assert area
    assert area[1].startswith("\n&lt;script&gt;")


def test_groups_follow_dimensions_and_number_questions_through() -> None:
    names = ("kuesioner-votes-2022", *SECTIONS)
    groups = groups_of(Paper(tuple(map(load_questionnaire, names))), "id")
    assert [group.title for group in groups[:4]] == [
        "Diri Anda", "Unit kerja Anda sekarang", "Unit kerja yang Anda inginkan",
        "Semangat bekerja",
    ]  # fmt: skip
    assert [group.number for group in groups] == list(range(1, len(groups) + 1))
    numbers = [one.number for group in groups for one in group.questions]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [group.part for group in groups[:4]] == ["", "", "", "Kuesioner keterikatan pegawai"]
    assert [bool(group.introduction) for group in groups[:5]] == [True, False, False, True, False]
    assert groups[8].title == "Pendapat Anda"
    wrong = wrong_questions(groups, {"1.se2": "b", "0.kini": "a"})
    assert [(one.number, one.words) for one in wrong] == [(2, "a"), (5, "b")]


def test_questions_of_one_dimension_stand_together_wherever_they_are_asked() -> None:
    branding = load_questionnaire("kuesioner-employer-branding-2025")
    mixed = Questionnaire(
        id="x", title=Text("x", "x"), source=Source("x", own_draft=True),
        dimensions=branding.dimensions, minutes=1,
        items=(*branding.items[::2], *branding.items[1::2]),
    )  # fmt: skip
    groups = groups_of(Paper((mixed,)), "en")
    assert {group.title for group in groups} >= {"Integrity"}
    assert len({group.title for group in groups}) == len(groups)
    assert not any(group.introduction for group in groups)
    assert sum(len(group.questions) for group in groups) == len(mixed.items)
