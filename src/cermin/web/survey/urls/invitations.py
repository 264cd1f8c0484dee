"""Addresses of the invitations and of lost codes, for members and for whoever lost one."""

from __future__ import annotations

from django.urls import path

from cermin.web.survey.views import invitations, reissue
from cermin.web.survey.views.public import pairing

_HOME = "periode/<int:year>/undangan/"
_SHEETS = f"{_HOME}lembar/<uuid:job>/"
_PERSON = f"{_HOME}orang/<uuid:invitee>/"
_ENGLISH = {"language": "en"}

agency = [
    path(_HOME, invitations.survey_invitations, name="survey_invitations"),
    path(_SHEETS, invitations.survey_sheets, name="survey_sheets"),
    path(f"{_SHEETS}kemajuan/", invitations.survey_sheets_progress, name="survey_sheets_progress"),
    path(f"{_SHEETS}unduh/", invitations.survey_sheets_download, name="survey_sheets_download"),
    path(f"{_HOME}orang/", reissue.survey_reissue, name="survey_reissue"),
    path(_PERSON, reissue.survey_reissue_person, name="survey_reissue_person"),
    path(f"{_PERSON}surel/", reissue.survey_reissue_mail, name="survey_reissue_mail"),
]
public = [
    path("<slug:survey>/kode-baru/", pairing.survey_pairing, name="survey_pairing"),
    path(
        "<slug:survey>/en/kode-baru/", pairing.survey_pairing, _ENGLISH, name="survey_pairing_en"
    ),
    path("<slug:survey>/kode-baru/lihat/", pairing.survey_pairing_ask, name="survey_pairing_ask"),
    path(
        "<slug:survey>/en/kode-baru/lihat/", pairing.survey_pairing_ask, _ENGLISH,
        name="survey_pairing_ask_en",
    ),
]  # fmt: skip
