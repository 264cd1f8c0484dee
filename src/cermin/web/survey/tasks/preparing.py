"""Making the signing keys of all classes; what was made before an interruption is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django_tasks import task

from cermin.web import survey_keys
from cermin.web.blind_signatures import make_key
from cermin.web.survey.models import BallotClass, Survey, SurveyState
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.rules.states import SURVEY
from cermin.web.transitions import before

_AT_ONCE = 16
_BATCH = 500  # classes that one statement tells their keys


@task()
def prepare_survey(survey_id: int) -> None:
    """Give every class its key, then let the survey take ballots."""
    survey = Survey.objects.filter(pk=survey_id, state=SurveyState.PREPARING).first()
    if survey is None:
        return
    folder = key_folder(survey)
    _tell_of_keys(survey)
    lacking = BallotClass.objects.filter(survey=survey, modulus=None).order_by("number")
    numbers = list(lacking.values_list("number", flat=True))
    with ThreadPoolExecutor(max_workers=4) as makers:
        for done in range(0, len(numbers), _AT_ONCE):
            some = numbers[done : done + _AT_ONCE]
            made = list(zip(some, makers.map(lambda _n: make_key(), some), strict=True))
            survey_keys.add_signing_keys(folder, made)
            Survey.objects.filter(pk=survey.pk).update(percent=100 * done // len(numbers))
    _tell_of_keys(survey)
    Survey.objects.filter(pk=survey.pk, state__in=before(SURVEY, SurveyState.OPEN)).update(
        state=SurveyState.OPEN, percent=100
    )


def _tell_of_keys(survey: Survey) -> None:
    """Tell the classes what their keys are; the file decides, should two prepare at once."""
    folder = key_folder(survey)
    kept = survey_keys.signing_keys(folder) if survey_keys.has_signing_keys(folder) else {}
    lacking = BallotClass.objects.filter(survey=survey, modulus=None, number__in=kept)
    for row in lacking:
        row.modulus = kept[row.number].modulus
    BallotClass.objects.bulk_update(lacking, ["modulus"], batch_size=_BATCH)


def prepare_the_rest(_now: datetime) -> None:
    """Go on where a killed worker has left off; a duty of the worker."""
    for survey_id in Survey.objects.filter(state=SurveyState.PREPARING).values_list(
        "pk", flat=True
    ):
        prepare_survey.call(survey_id)
