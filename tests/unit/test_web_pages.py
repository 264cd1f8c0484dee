"""The look of the site: contrast of its colours, its parts by role, its tags, its error pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import translation

from cermin.core.errors import UserError
from cermin.web.organisations.models import Role
from cermin.web.pages import failures
from cermin.web.pages.acting import attempt
from cermin.web.pages.navigation import EVERYONE, PARTS, address, links

PAGES = Path(failures.__file__).parent
STYLE = (PAGES / "static" / "cermin" / "cermin.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", STYLE.split("@media (prefers")[0]))

TEXT_ON = [
    *product(("ink", "muted", "accent", "accent-deep", "bad"), ("paper", "wash", "tint-pale")),
    *product(("ink", "accent-deep"), ("tint",)),
    ("ok", "ok-tint"), ("warn", "warn-tint"), ("bad", "bad-tint"), ("ink", "ok-tint"),
    ("ink", "warn-tint"), ("ink", "bad-tint"), ("accent", "warn-tint"), ("accent", "bad-tint"),
    ("paper", "accent"), ("paper", "accent-deep"), ("paper", "bad"), ("paper", "bad-deep"),
    ("paper", "ok"),
]  # fmt: skip
SIGNS_ON = [*product(("edge", "focus", "accent"), ("paper", "wash", "tint-pale"))]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_has_the_contrast_of_level_aa(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(("sign", "ground"), SIGNS_ON)
def test_edges_of_fields_and_focus_can_be_seen(sign: str, ground: str) -> None:
    assert contrast(sign, ground) >= 3


def test_the_style_is_small_and_asks_nothing_of_others() -> None:
    assert len(STYLE.encode()) <= 25_000
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_no_template_carries_style_or_script_of_its_own() -> None:
    found = [
        path.name
        for path in PAGES.parent.rglob("templates/**/*.html")
        if "mail" not in path.name and "email" not in path.parts
        and re.search(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", path.read_text())
    ]  # fmt: skip
    assert found == []


# ------------------------------------------------------------------ parts of the site
EXPECTED = {
    Role.OWNER: "Beranda Periode Kuesioner publik Unit Pegawai Orang Rujukan Jejak Pengaturan",
    Role.CONTACT: "Beranda Periode Unit Pegawai Rujukan",
    Role.EVALUATOR: "Beranda Periode Unit Rujukan",
    Role.HEAD: "Beranda Periode Unit Rujukan Jejak",
    Role.ANALYST: "Beranda Periode Unit Rujukan",
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_led_to_its_parts(role: Role) -> None:
    found = links("rawa-bening", frozenset({role}), "agency_home")
    assert " ".join(str(link.label) for link in found) == EXPECTED[role]
    assert [str(link.label) for link in found if link.current] == ["Beranda"]


def test_every_part_exists_and_is_current_on_its_own_page() -> None:
    assert {role.value for role in Role} == EVERYONE
    for part in PARTS:
        url = address(part.name, "rawa-bening")
        assert url, part.name
        name = resolve(url).view_name
        current = [link.url for link in links("rawa-bening", EVERYONE, name) if link.current]
        assert current == [url]


def test_a_page_that_does_not_exist_has_no_address() -> None:
    assert address("no_such_page", "rawa-bening") == ""


# ------------------------------------------------------------------ tags
class Form(forms.Form):
    name = forms.CharField(label="Nama", help_text="Nama lengkap.")
    note = forms.CharField(label="Catatan", required=False)
    sure = forms.BooleanField(label="Saya yakin")
    kind = forms.ChoiceField(label="Jenis", choices=[("a", "A")], widget=forms.RadioSelect)


def test_wrong_fields_are_named_above_the_form_and_tied_to_their_words() -> None:
    html = str(Form({"name": "", "sure": "on", "kind": "a"}))
    assert '<a href="#id_name">Nama</a>: ' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert html.count("field-wrong") == 1


def test_a_form_that_was_not_sent_has_no_list_of_errors() -> None:
    html = str(Form())
    assert "form-errors" not in html
    assert html.count('<span class="optional">') == 1
    assert '<label class="check" for="id_sure">' in html
    assert "<legend>Jenis</legend>" in html


def test_group_of_choices_with_an_error_is_reached_from_the_list() -> None:
    html = str(Form({"name": "x", "sure": "on"}))
    assert '<a href="#id_kind">Jenis</a>' in html
    assert 'id="id_kind"' in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ 2026|unlocalize }}", "2026"),
        ("{{ 3|indent }} {{ 9|indent }}", "level-3 level-5"),
        ("{{ names|at:1 }}{{ names|at:2 }}", "satu"),
        ("{% here 'help' %}", "false"),
        ("{{ end|last_day|date:'j F Y' }}", "6 Desember 2026"),
    ],
)
def test_tags(text: str, shown: str) -> None:
    assert (
        Template(text).render(
            Context({"names": {1: "satu"}, "end": datetime(2026, 12, 6, 17, tzinfo=UTC)})
        )
        == shown
    )


def test_here_knows_the_page_that_is_shown() -> None:
    request = RequestFactory().get(reverse("help"))
    request.resolver_match = resolve(request.path)
    context = Context({"request": request})
    assert Template("{% here 'help' %} {% here 'home' %}").render(context) == "page false"


# ------------------------------------------------------------------ error pages
@pytest.mark.parametrize(("language", "words"), [("id", "gangguan"), ("en", '<html lang="en"')])
def test_broken_page_speaks_the_readers_language(language: str, words: str) -> None:
    with translation.override(language):
        answer = failures.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert words in answer.content.decode()
    assert "cermin.css" in answer.content.decode()


def test_broken_page_is_drawn_where_static_files_were_never_collected(settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    answer = failures.broken(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "stylesheet" not in answer.content.decode()


def test_bad_requests_are_answered_without_touching_the_session() -> None:
    answer = failures.bad_request(RequestFactory().get("/"), ValueError())
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (failures.csrf_failure, "kedaluwarsa"),
        (lambda request: failures.forbidden(request, PermissionError()), "Tidak diizinkan"),
    ],
)
def test_refusals_say_what_to_do(page, words: str) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    answer = page(request)
    assert answer.status_code == 403
    assert words in answer.content.decode()


# ------------------------------------------------------------------ calling an action
def refuse(**_kwargs: object) -> None:
    raise UserError("Isi nama {what}.", what="unit")


def test_what_can_be_mended_comes_back_as_an_error_of_the_form() -> None:
    form = Form({"name": "x", "sure": "on", "kind": "a"})
    assert not attempt(form, refuse, name="x")
    assert form.non_field_errors() == ["Isi nama unit."]
    assert "form-errors" in str(form)
    assert attempt(form, dict, name="x")
