"""Public questionnaires as their pages, lists and exports show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _

from cermin.core.exposure import THRESHOLD
from cermin.core.rounding import format_number
from cermin.core.scheme import Item, Method, Questionnaire
from cermin.instruments.load import load_method, load_questionnaire
from cermin.language import active
from cermin.web.cycles.presenters.words import long_date
from cermin.web.survey.models import OpenSurvey
from cermin.web.survey.rules.open_links import QUESTIONNAIRES, takes_answers
from cermin.web.survey.rules.open_results import OpenResult, result_of

_METHODS = {"kuesioner-skm-2017": "metode-skm-2017"}
_DECIMALS = 2
Rows = list[list[object]]


@dataclass(frozen=True)
class PublicAbout:
    """What the public page says of a questionnaire."""

    agency: str
    unit: str
    title: str
    own_draft: bool
    minutes: int
    other_page: str
    days: str
    early: bool


@dataclass(frozen=True)
class OpenRow:
    """One questionnaire in the owner's list."""

    id: int
    title: str
    kind: str
    place: str
    days: str
    state: str
    badge: str
    link: str


@dataclass(frozen=True)
class TableRow:
    """An option with its share."""

    label: str
    n: int
    percent: str


@dataclass(frozen=True)
class QuestionTable:
    """A question of the result; without rows where it is not shown."""

    text: str
    n: int | None
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class ResultPage:
    """The result of a questionnaire that has closed."""

    n: int | None
    index: str
    band: str
    means: tuple[tuple[str, str], ...]
    tables: tuple[QuestionTable, ...]
    comments: tuple[str, ...]


def public_about(survey: OpenSurvey, language: str, today: date) -> PublicAbout:
    """Return what stands around the form."""
    questionnaire = load_questionnaire(survey.questionnaire)
    name = "open_page" if language == "en" else "open_page_en"
    return PublicAbout(
        agency=survey.agency.name, unit=survey.unit_name, title=survey.title,
        own_draft=questionnaire.source.own_draft, minutes=questionnaire.minutes,
        other_page=reverse(name, args=[survey.public_id]), days=_days(survey),
        early=survey.closed_at is None and today < survey.opens_on,
    )  # fmt: skip


def questionnaire_choices() -> list[tuple[str, str]]:
    """Return the questionnaires for the public."""
    return [(one, load_questionnaire(one).title.in_language(active())) for one in QUESTIONNAIRES]


def open_row(survey: OpenSurvey, today: date) -> OpenRow:
    """Return a line of the list."""
    state, badge = _state(survey, today)
    return OpenRow(
        id=survey.pk, title=survey.title,
        kind=load_questionnaire(survey.questionnaire).title.in_language(active()),
        place=survey.unit_name or survey.agency.name, days=_days(survey), state=state, badge=badge,
        link=reverse("open_page", args=[survey.public_id]),
    )  # fmt: skip


def open_result(survey: OpenSurvey) -> OpenResult | None:
    """Return what may be shown; nothing before it has closed."""
    if survey.closed_at is None or survey.n_answers is None:
        return None
    return result_of(*_instruments(survey.questionnaire), survey.counts, survey.n_answers)


def result_page(survey: OpenSurvey, result: OpenResult) -> ResultPage:
    """Return the result in words and numbers of the active language."""
    language = active()
    band = result.band.name.in_language(language) if result.band else ""
    return ResultPage(
        n=result.n,
        index="" if result.index is None else format_number(result.index, _DECIMALS, language),
        band=f"{result.band.id} ({band})" if result.band else "",
        means=tuple(_means(result, language)),
        tables=tuple(_tables(result, language)),
        comments=tuple(survey.comments) if result.n is not None else (),
    )


def result_sheet(survey: OpenSurvey, result: OpenResult) -> tuple[list[str], Rows]:
    """Return headings and rows of the export: the same numbers as on the page."""
    page = result_page(survey, result)
    few = _("kurang dari {n}").format(n=THRESHOLD)
    rows: Rows = [[_("Jawaban"), "", "", page.n if page.n is not None else few, ""]]
    if page.index:
        rows.append([_("Indeks"), "", page.band, page.index, ""])
    rows += [[_("Rerata"), name, "", mean, ""] for name, mean in page.means]
    for table in page.tables:
        if not table.rows:
            rows.append([_("Pertanyaan"), table.text, _("tidak ditampilkan"), "", ""])
        rows += [[_("Pertanyaan"), table.text, row.label, row.n, row.percent] for row in table.rows]
    rows += [[_("Komentar"), text, "", "", ""] for text in page.comments]
    return [_("Bagian"), _("Butir"), _("Pilihan"), _("Angka"), _("Persen")], rows


def _means(result: OpenResult, language: str) -> Iterator[tuple[str, str]]:
    for one in result.means:
        shown = "–" if one.mean is None else format_number(float(one.mean), _DECIMALS, language)
        yield one.dimension.name.in_language(language), shown


def _tables(result: OpenResult, language: str) -> Iterator[QuestionTable]:
    for table in result.tables:
        labels = _labels(table.item, language)
        rows = tuple(
            TableRow(label, n, format_number(100 * n / (table.n or 1), 1, language))
            for label, n in zip(labels, table.counts or (), strict=table.counts is not None)
        )
        yield QuestionTable(table.item.text.in_language(language), table.n, rows)


def _labels(item: Item, language: str) -> list[str]:
    options = [option.label.in_language(language) for option in item.options]
    return options or [str(code) for code in item.codes]


@lru_cache(maxsize=8)
def _instruments(questionnaire: str) -> tuple[Questionnaire, Method | None]:
    method = _METHODS.get(questionnaire)
    return load_questionnaire(questionnaire), load_method(method) if method else None


def _days(survey: OpenSurvey) -> str:
    return _("{first} sampai {last}").format(
        first=long_date(survey.opens_on), last=long_date(survey.closes_on)
    )


def _state(survey: OpenSurvey, today: date) -> tuple[str, str]:
    if survey.closed_at is not None:
        return _("Ditutup"), "badge-muted"
    if takes_answers(survey, today):
        return _("Menerima jawaban"), "badge-ok"
    return (_("Belum dibuka") if today < survey.opens_on else _("Sedang dihitung")), "badge-muted"
