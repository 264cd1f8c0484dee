"""Taking part without JavaScript: a code, one form, every way in which it can go wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import OperationalError

from cermin.core.scheme import ItemKind
from cermin.web import survey_keys
from cermin.web.ballot_sealing import BoxOpener, opened_from_staging
from cermin.web.cycles.models import PhaseKind
from cermin.web.pages import clock
from cermin.web.survey.actions import protocol
from cermin.web.survey.models import CastSerial, Invitee, StagedBallot, Survey
from cermin.web.survey.queries import last_facts
from cermin.web.survey.queries.facts import key_folder, paper_of
from cermin.web.survey.rules.answers import UNANSWERED, Ballot, decoded
from cermin.web.survey.rules.codes import shown as with_hyphens
from cermin.web.survey.views.public.bodies import MOST_BYTES
from cycle_factory import OCTOBER, october
from site_factory import as_member
from survey_factory import OPEN_DAY, code_for, codes_of, opened

SECTIONS = ("kuesioner-keterikatan-2025",)
NO_EVIDENCE = {kind: OCTOBER[kind] for kind in (PhaseKind.SURVEY, PhaseKind.PROCESSING)}
COMMENT, CHOICE, SCALE = "1.saran", "1.se1", "1.ke3"


@pytest.fixture
def survey(house):
    """A survey with lists of votes, scales, 0 to 10 and a comment."""
    with clock.set_to(OPEN_DAY):
        yield opened(
            house.agency, as_member(house.owner, house.agency), people=15, sections=SECTIONS,
            method="metode-2022", worksheet="", plan=NO_EVIDENCE,
        )  # fmt: skip


class Form(HTMLParser):
    """What a browser would send: the fields of the last form of a page, as they stand."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.action = ""
        self.fields: dict[str, list[str]] = {}
        self._area = ""
        self.feed(content)

    def handle_starttag(self, tag, attrs) -> None:
        one = dict(attrs)
        if tag == "form":
            self.action, self.fields = one["action"], {}
        if tag == "textarea":
            self._area = one["name"]
            self.fields[self._area] = [""]
        ticked = one.get("type") not in {"radio", "checkbox"} or "checked" in one
        if tag == "input" and ticked:
            self.fields.setdefault(one["name"], []).append(one.get("value") or "")

    def handle_endtag(self, tag) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data) -> None:
        if self._area:
            self.fields[self._area] = [self.fields[self._area][0] + data.removeprefix("\n")]


def address(survey: Survey, rest: str = "") -> str:
    return f"/survei/{survey.public_id}/tanpa-skrip/{rest}"


@pytest.fixture
def post(client):
    """Post a form as a browser does; check what must hold for every answer."""

    def send(path: str, fields: Mapping[str, object], status: int = 200):
        pairs = [(name, one) for name, values in fields.items()
                 for one in (values if isinstance(values, list) else [values])]  # fmt: skip
        response = client.post(path, _encoded(pairs), "application/x-www-form-urlencoded")
        assert response.status_code == status, response.content.decode()[-3000:]
        assert not response.cookies
        assert response["Cache-Control"] == "private, no-store"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        return response.content.decode()

    return send


def _encoded(pairs: list[tuple[str, object]]) -> str:
    return urlencode(pairs)


@pytest.fixture
def form(survey, post) -> Form:
    """The questionnaire as one person got it."""
    return Form(post(address(survey), {"code": codes_of(survey)[0]}))


def ten(survey: Survey, n: int = 10) -> list[str]:
    paper = paper_of(survey.cycle)
    return [str(option.id) for option in paper.by_name["0.kini"].item.options[:n]]


def stored() -> tuple[int, int, int]:
    return (
        Invitee.objects.exclude(blinded_hash=None).count(),
        CastSerial.objects.count(),
        StagedBallot.objects.count(),
    )


def only_ballot(survey: Survey) -> Ballot:
    """Open the one ballot that waits, as its closing would."""
    kept = Survey.objects.select_related("cycle__box_key").get(pk=survey.pk)
    folder = survey_keys.folder_of(settings.KEY_FOLDER, kept.cycle.box_key.folder)
    staging = survey_keys.staging_key(key_folder(kept), bytes(kept.staging_key))
    sealed = opened_from_staging(bytes(StagedBallot.objects.get().sealed), staging)
    return decoded(paper_of(kept.cycle), BoxOpener(survey_keys.box_key(folder)).open(sealed))


NOTHING, ONE = (0, 0, 0), (1, 1, 1)


# ------------------------------------------------------------------ the way through
def test_who_only_looks_leaves_no_mark(survey, post, client) -> None:
    page = client.get(address(survey))
    assert page["Cache-Control"] == "private, no-store"
    assert "server mengetahui kode undangan dan jawaban Anda" in page.content.decode()
    assert client.head(address(survey)).status_code == 200
    paper = post(address(survey), {"code": codes_of(survey)[0]})
    assert "server mengetahui kode undangan dan jawaban Anda" in paper
    assert stored() == NOTHING


def test_answers_arrive_as_they_were_given(survey, form, post) -> None:
    chosen = ten(survey)
    fields = form.fields | {
        "0.kini": chosen, CHOICE: "5", SCALE: "0", COMMENT: "Ruang rapat\r\nperlu diperbaiki. 🙂",
    }  # fmt: skip
    page = post(form.action, fields)
    assert "<h2>Terkirim</h2>" in page
    assert stored() == ONE
    paper, ballot = paper_of(survey.cycle), only_ballot(survey)
    assert ballot.comments == ("Ruang rapat\nperlu diperbaiki. 🙂",)
    given = {}
    for (position, column), code in zip(paper.columns, ballot.columns, strict=True):
        given[f"{position}.{column.name}"] = code
    assert sum(given[f"0.kini_{one}"] for one in chosen) == 10
    assert sum(code for name, code in given.items() if name.startswith("0.kini_")) == 10
    assert (given[CHOICE], given[SCALE]) == (5, 0)
    assert given["1.se2"] == given["0.diri_sabar"] == UNANSWERED


def test_the_same_form_sent_again_is_stored_once(survey, form, post) -> None:
    fields = form.fields | {CHOICE: "3"}
    for answer in ("3", "3", "1"):  # the third: back, changed, sent
        assert "Terkirim" in post(form.action, fields | {CHOICE: answer})
        assert stored() == ONE
    column = [f"{position}.{one.name}" for position, one in paper_of(survey.cycle).columns]
    assert only_ballot(survey).columns[column.index(CHOICE)] == 3, "the first one counts"


def test_a_second_form_of_the_same_invitation_is_refused_and_keeps_its_answers(
    survey, form, post
) -> None:
    post(form.action, form.fields | {CHOICE: "3"})
    other = Form(post(address(survey), {"code": form.fields["code"]}))
    page = post(other.action, other.fields | {CHOICE: "4", COMMENT: "Lagi"}, 409)
    assert "sudah diambil" in page
    assert Form(page).fields[CHOICE] == ["4"]
    assert Form(page).fields[COMMENT] == ["Lagi"]
    assert stored() == ONE


def test_a_code_may_be_typed_as_it_is_printed(survey, post) -> None:
    invitee = Invitee.objects.select_related("survey").first()
    typed = f" {with_hyphens(code_for(invitee)).lower()} "
    form = Form(post(address(survey), {"code": typed}))
    assert form.fields["code"] == [code_for(invitee)]
    assert "Terkirim" in post(form.action, form.fields | {CHOICE: "1"})
    assert Invitee.objects.exclude(blinded_hash=None).get() == invitee


def test_the_whole_way_in_english(survey, post, client) -> None:
    start = f"/survei/{survey.public_id}/en/tanpa-skrip/"
    assert f'href="{address(survey)}"' in client.get(start).content.decode()
    page = post(start, {"code": codes_of(survey)[0]})
    assert "Choose the ten that best describe you" in page
    form = Form(page)
    assert form.action == f"{start}kirim/"
    assert '<html lang="en">' in post(form.action, form.fields | {CHOICE: "2"})
    assert stored() == ONE


# ------------------------------------------------------------------ mistakes
def test_all_mistakes_are_told_at_once_and_nothing_is_lost(survey, form, post) -> None:
    fields = form.fields | {
        "0.kini": ten(survey, 9), "0.harapan": ten(survey, 10), CHOICE: "2", COMMENT: "x" * 501,
    }  # fmt: skip
    page = post(form.action, fields, 422)
    assert "<title>Belum terkirim" in page
    links = re.findall(r'<a href="#(q-[^"]+)">Pertanyaan (\d+)</a>', page)
    assert links == [("q-0.kini", "2"), (f"q-{COMMENT}", "19")]
    for name, _number in links:
        assert f'<fieldset id="{name}"' in page
        assert f'aria-describedby="e-{name[2:]}"' in page
    assert "yang Anda pilih 9" in page
    again = Form(page)
    assert {name: set(values) for name, values in again.fields.items()} == {
        name: set(values if isinstance(values, list) else [values])
        for name, values in fields.items()
    }
    assert stored() == NOTHING
    mended = again.fields | {"0.kini": ten(survey), COMMENT: "x" * 500}
    assert "Terkirim" in post(again.action, mended)
    assert stored() == ONE


@pytest.mark.parametrize(
    "wrong",
    [{CHOICE: "6"}, {CHOICE: "-1"}, {CHOICE: "2 "}, {CHOICE: "٣"}, {CHOICE: "1e0"}, {SCALE: "11"},
     {SCALE: "9" * 5000}, {"0.kini": ["tidak-ada"] * 10}, {"0.kini": "sabar"}],
    ids=str,
)  # fmt: skip
def test_what_no_form_offers_is_refused(form, post, wrong) -> None:
    post(form.action, form.fields | wrong, 422)
    assert stored() == NOTHING


@pytest.mark.parametrize("answers", [{}, {CHOICE: ""}, {COMMENT: " \r\n "}, {"9.x": "1"}], ids=str)
def test_an_empty_form_is_not_taken(form, post, answers) -> None:
    assert "Belum ada pertanyaan yang dijawab" in post(form.action, form.fields | answers, 422)
    assert stored() == NOTHING


@pytest.mark.parametrize("typed", ["", "salah", "0000-0000-0000-0000", '"><script>', "\0" * 9])
def test_an_unknown_code_is_said_at_once(survey, post, typed) -> None:
    page = post(address(survey), {"code": typed}, 404)
    assert "Kode undangan tidak dikenal" in page
    assert "<script" not in page
    assert Form(page).fields["code"][0] in {typed, "0" * 16, "�" * 9}


def test_a_code_that_was_replaced_meanwhile_can_be_typed_anew(survey, form, post) -> None:
    page = post(form.action, form.fields | {CHOICE: "4", "code": "0" * 16}, 404)
    assert '<input id="code" name="code" type="text"' in page
    again = Form(page)
    assert again.fields[CHOICE] == ["4"]
    assert "Terkirim" in post(again.action, again.fields | {"code": codes_of(survey)[1]})
    assert stored() == ONE


def test_a_survey_that_closed_meanwhile_keeps_what_was_typed(survey, form, post, client) -> None:
    with clock.set_to(october(16)):
        page = post(form.action, form.fields | {CHOICE: "4"}, 410)
        assert "tidak sedang menerima jawaban" in page
        assert Form(page).fields[CHOICE] == ["4"]
        assert "sudah ditutup" in client.get(address(survey)).content.decode()
        assert "sudah ditutup" in post(address(survey), {"code": codes_of(survey)[0]})
    assert stored() == NOTHING


@pytest.mark.parametrize("nonce", ["", "ab" * 31, "zz" * 32, "AB" * 32])
def test_a_form_that_lost_its_random_number_gets_a_new_one(form, post, nonce) -> None:
    page = post(form.action, form.fields | {CHOICE: "4", "nonce": nonce}, 400)
    assert "Formulir ini rusak" in page
    again = Form(page)
    assert again.fields["nonce"] not in ([nonce], form.fields["nonce"])
    assert "Terkirim" in post(again.action, again.fields)
    assert stored() == ONE


def test_every_form_has_a_random_number_of_its_own(survey, post) -> None:
    code = codes_of(survey)[0]
    numbers = [Form(post(address(survey), {"code": code})).fields["nonce"][0] for _ in range(5)]
    assert len(set(numbers)) == 5
    assert all(re.fullmatch("[0-9a-f]{64}", number) for number in numbers)


# ------------------------------------------------------------------ the site itself fails
def away(*_arguments, **_named):
    raise OperationalError("connection to 'SECRET' lost")


@pytest.mark.parametrize("when", ["drawing", "casting", "looking up"])
def test_while_the_database_is_away_nothing_is_lost(form, post, monkeypatch, caplog, when) -> None:
    fields = form.fields | {CHOICE: "4", COMMENT: "Tetap ada"}
    with monkeypatch.context() as broken:
        if when == "looking up":
            broken.setattr(protocol, "look_up", away)
            broken.setattr("cermin.web.survey.actions.whole.look_up", away)
            broken.setattr(last_facts, "facts_of", away)
            broken.setattr(last_facts, "promises_of", away)
            page = post(form.action.removesuffix("kirim/"), {"code": fields["code"][0]}, 503)
            assert Form(page).fields["code"] == fields["code"]
        else:
            broken.setattr(protocol, {"drawing": "drawn", "casting": "taken_in"}[when], away)
        page = post(form.action, fields, 503)
    assert "Situs sedang terganggu" in page
    assert "Terkirim<" not in page
    assert "SECRET" not in page + caplog.text
    assert "OperationalError" in caplog.text
    again = Form(page)
    assert (again.fields[CHOICE], again.fields[COMMENT]) == (["4"], ["Tetap ada"])
    assert StagedBallot.objects.count() == 0
    assert "Terkirim" in post(again.action, again.fields), "the same form goes through later"
    assert stored() == ONE


# ------------------------------------------------------------------ bodies that no page sends
@pytest.mark.parametrize("rest", ["", "kirim/"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"code=a", "text/plain"),
        (b"a=&" * 3000, "application/x-www-form-urlencoded"),
        (b"code=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b"code=a", "application/x-www-form-urlencoded; charset=utf-16"),
    ],
    ids=["json", "multipart", "text", "many fields", "large", "charset"],
)
def test_other_bodies_are_refused_plainly(survey, client, rest, body, kind) -> None:
    response = client.post(address(survey, rest), body, kind)
    assert response.status_code == 400
    assert stored() == NOTHING


def test_broken_encodings_are_no_fault_of_the_site(survey, client) -> None:
    body = b"code=%ff%fe&0.kini=%00&nonce=\xf0\x28"
    for rest in ("", "kirim/"):
        kind = "application/x-www-form-urlencoded"
        assert client.post(address(survey, rest), body, kind).status_code in {400, 404, 422}
    assert client.get(address(survey, "kirim/")).status_code == 405


def test_every_kind_of_question_stands_in_the_form(survey, post) -> None:
    page = post(address(survey), {"code": codes_of(survey)[0]})
    kinds = set(re.findall(r'data-kind="([a-z_0-9]+)"', page))
    assert kinds == {ItemKind.CHOOSE_K, ItemKind.LIKERT, ItemKind.SCALE_0_10, ItemKind.COMMENT}
    assert page.count('type="hidden"') == 2
    assert MOST_BYTES > 9 * 500 + 40 * 3 * 42
