"""The mail to one person: text and simple HTML, Indonesian first, English below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle
from cermin.web.cycles.presenters.words import deadline_words, zone_words
from cermin.web.survey.models import Mailing, MailKind
from cermin.web.survey.rules.codes import shown

_LANGUAGES = ("id", "en")
EXAMPLE_CODE = "KODEPRIBADIANDA0"


@dataclass(frozen=True)
class Letter:
    """What every mail of a mailing has in common."""

    mailing: Mailing
    cycle: Cycle
    survey: str  # its public id
    closes_at: datetime
    minutes: int


@dataclass(frozen=True)
class Half:
    """One language of a mail."""

    language: str
    greeting: str
    lead: list[str]
    about: str
    link: str
    code: str
    deadline: str
    promise: str
    note: str
    stop: str


def message_of(
    letter: Letter, *, address: str, code: str, token: str, connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """Return the mail to one address, and to nobody else."""
    halves = [_half(letter, code, token, language) for language in _LANGUAGES]
    stop = halves[0].stop
    message = EmailMultiAlternatives(
        subject=subject_of(letter),
        body=render_to_string("survey/mail.txt", {"halves": halves}),
        to=[address],
        connection=connection,
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(
        render_to_string("survey/mail.html", {"halves": halves}), "text/html"
    )
    return message


def subject_of(letter: Letter) -> str:
    """Return the subject: the owner's, or the usual one."""
    if letter.mailing.subject:
        return " ".join(letter.mailing.subject.split())
    with translation.override("id"):
        return _usual_subject(letter)


def preview_of(letter: Letter) -> str:
    """Return the text of a mail with an example in place of a code."""
    halves = [_half(letter, EXAMPLE_CODE, "…", language) for language in _LANGUAGES]
    return render_to_string("survey/mail.txt", {"halves": halves})


def _usual_subject(letter: Letter) -> str:
    if letter.mailing.kind == MailKind.REMINDER:
        return _("Pengingat: survei budaya kerja {year} masih terbuka").format(
            year=letter.cycle.year
        )
    return _("Undangan survei budaya kerja {year}").format(year=letter.cycle.year)


def _half(letter: Letter, code: str, token: str, language: str) -> Half:
    cycle, zone = letter.cycle, letter.cycle.agency.time_zone
    with translation.override(language):
        page, stop = _addresses(letter, token, language)
        day = deadline_words(letter.closes_at, zone)
        return Half(
            language=language,
            greeting=_("Yth. Bapak/Ibu pegawai {agency},").format(agency=cycle.agency.name),
            lead=_lead(letter, language),
            about=_about(letter.minutes),
            link=f"{page}#{code}",
            code=shown(code),
            deadline=_("{day} pukul 24.00 {zone}").format(day=day, zone=zone_words(zone)),
            promise=_(
                "Jawaban disimpan tersegel dan tanpa nama. "
                "Halaman pertama survei menjelaskan siapa dapat melihat apa."
            ),
            note=_note(letter),
            stop=stop,
        )


def _lead(letter: Letter, language: str) -> list[str]:
    """Return the owner's words, in the language in which they were written only."""
    if letter.mailing.lead and language == "id":
        return [part.strip() for part in letter.mailing.lead.splitlines() if part.strip()]
    if letter.mailing.kind == MailKind.REMINDER:
        return [_("Survei budaya kerja masih terbuka, dan surat suara Anda belum diambil.")]
    return [_("Anda diundang mengisi survei budaya kerja tahun {year}.").format(
        year=letter.cycle.year)]  # fmt: skip


def _about(minutes: int) -> str:
    return _(
        "Survei ini menanyakan bagaimana nilai-nilai BerAKHLAK dijalankan sehari-hari di tempat "
        "Anda bekerja. Waktunya sekitar {n} menit, dan dapat diisi dari ponsel."
    ).format(n=minutes)


def _note(letter: Letter) -> str:
    if letter.mailing.kind == MailKind.REMINDER:
        return _("Bila Anda baru saja mengisi, abaikan surel ini. Jangan teruskan tautannya: "
                 "tautan itu hanya untuk Anda.")  # fmt: skip
    return _("Jangan teruskan tautan ini: tautan itu hanya untuk Anda dan berlaku satu kali.")


def _addresses(letter: Letter, token: str, language: str) -> tuple[str, str]:
    suffix = "_en" if language == "en" else ""
    page = reverse(f"survey_page{suffix}", args=[letter.survey])
    stop = (
        reverse(f"survey_mail_stop{suffix}", args=[letter.survey, "TOKEN"]).replace("TOKEN", token)
    )  # fmt: skip
    return letter.mailing.base_url + page, letter.mailing.base_url + stop
