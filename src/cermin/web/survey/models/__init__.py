"""Stored parts of the survey; ledger and box refer to it, and never to each other."""

from __future__ import annotations

from cermin.web.survey.models.box import BoxedBallot, CastSerial, Comment, StagedBallot
from cermin.web.survey.models.keys import BoxKey, KeyHolder, KeyMode
from cermin.web.survey.models.ledger import DailyCount, Invitee, Turnout
from cermin.web.survey.models.mailings import (
    UNFINISHED,
    MailDeferral,
    Mailing,
    MailingState,
    MailKind,
    MailOptOut,
)
from cermin.web.survey.models.open_links import OpenAnswer, OpenSurvey, UsedToken
from cermin.web.survey.models.pairing import Pairing, PairingMiss
from cermin.web.survey.models.sheets import SheetJob, SheetState
from cermin.web.survey.models.surveys import BallotClass, Survey, SurveyState

__all__ = [
    "UNFINISHED",
    "BallotClass", "BoxKey", "BoxedBallot", "CastSerial", "Comment", "DailyCount", "Invitee",
    "KeyHolder", "KeyMode", "MailDeferral", "MailKind", "MailOptOut", "Mailing", "MailingState",
    "OpenAnswer", "OpenSurvey", "Pairing", "PairingMiss", "SheetJob", "SheetState", "StagedBallot",
    "Survey", "SurveyState", "Turnout", "UsedToken",
]  # fmt: skip
