"""What the public pages of a survey need, kept in memory for a few seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from cermin.core.scheme import Method, Questionnaire
from cermin.instruments.load import load_method, load_questionnaire
from cermin.web import survey_keys
from cermin.web.blind_signatures import SigningKey
from cermin.web.cycles.models import Cycle, PhaseKind
from cermin.web.survey.models import Survey, SurveyState
from cermin.web.survey.rules.answers import Paper

_SECONDS = 5.0


@dataclass(frozen=True)
class Facts:
    """One survey as its public pages know it."""

    id: int
    public_id: str
    state: SurveyState
    agency_name: str
    year: int
    threshold: int
    opens_at: datetime
    closes_at: datetime
    time_zone: str
    paper: Paper
    box_public_key: bytes
    moduli: dict[int, bytes]

    def takes_ballots(self, now: datetime) -> bool:
        """Whether ballots are drawn and cast at ``now``."""
        return self.state is SurveyState.OPEN and self.opens_at <= now < self.closes_at


_known: dict[str, tuple[float, Facts]] = {}
_keys: dict[str, dict[int, SigningKey]] = {}


def facts_of(public_id: str) -> Facts | None:
    """Return the facts of a survey, at most a few seconds old; None for an unknown address."""
    known = _known.get(public_id)
    if known is not None and time.monotonic() - known[0] < _SECONDS:
        return known[1]
    found = read_facts(public_id)
    if found is None or found.state is not SurveyState.OPEN:
        _keys.pop(public_id, None)  # the file may be destroyed: so be what was read from it
    if found is not None:  # addresses that somebody guessed must not fill the memory
        _known[public_id] = (time.monotonic(), found)
    return found


def last_known(public_id: str) -> Facts | None:
    """Return the facts as this process knew them last, however old; None when it never did."""
    known = _known.get(public_id)
    return None if known is None else known[1]


def read_facts(public_id: str) -> Facts | None:
    """Return the facts as they are in the database now."""
    survey = (
        Survey.objects.filter(public_id=public_id)
        .select_related("cycle__agency", "cycle__box_key")
        .first()
    )
    if survey is None:
        return None
    cycle = survey.cycle
    span = cycle.phases.get(kind=PhaseKind.SURVEY)
    moduli = survey.ballot_classes.filter(modulus__isnull=False).values_list("number", "modulus")
    return Facts(
        id=survey.pk,
        public_id=survey.public_id,
        state=SurveyState(survey.state),
        agency_name=cycle.agency.name,
        year=cycle.year,
        threshold=cycle.threshold,
        opens_at=span.opens_at,
        closes_at=span.closes_at,
        time_zone=cycle.agency.time_zone,
        paper=paper_of(cycle),
        box_public_key=bytes(cycle.box_key.public_key),
        moduli={number: bytes(modulus or b"") for number, modulus in moduli},
    )


def paper_of(cycle: Cycle) -> Paper:
    """Return the ballot paper of a cycle: the method's questionnaire, then its sections."""
    method: Method = load_method(cycle.method)
    questionnaires: list[Questionnaire] = [load_questionnaire(method.questionnaire)]
    questionnaires += [load_questionnaire(section) for section in cycle.sections]
    return Paper(tuple(questionnaires))


def key_folder(survey: Survey) -> Path:
    """Return the folder with the keys of a survey."""
    return survey_keys.folder_of(settings.KEY_FOLDER, survey.public_id)


def signing_key(public_id: str, number: int) -> SigningKey:
    """Return the signing key of a class, read once per process."""
    keys = _keys.get(public_id, {})
    if number not in keys:
        keys = survey_keys.signing_keys(survey_keys.folder_of(settings.KEY_FOLDER, public_id))
        _keys[public_id] = keys
    return keys[number]


def forget(public_id: str) -> None:
    """Drop what this process remembers of a survey."""
    _known.pop(public_id, None)
    _keys.pop(public_id, None)
