"""Computing the index of a closed survey; done again from the start after an interruption.

The same answers, terms and code give the same bytes, so a worker that was killed at any moment
leaves nothing that the next one does not write again.
"""

from __future__ import annotations

import hashlib
import logging
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django_tasks import task

from cermin.computation.index import FrozenAnswers, evidence_scores, result_of
from cermin.core.errors import NothingToPublish, UserError
from cermin.core.result import IndexResult
from cermin.engines.snapshot import read_metadata, sha256_of
from cermin.language import N_, kept, speak
from cermin.reports.result_file import encode_result, write_atomically
from cermin.web.audit.actor import system
from cermin.web.cycles.actions.states import record_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.pages import clock
from cermin.web.results.models import AT_WORK, ResultRun, RunState
from cermin.web.results.queries.evidence import answers_of
from cermin.web.results.queries.results import (
    check_frozen,
    choices_of,
    instruments_of,
    result_path,
)
from cermin.web.results.rules.states import RUNS
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.frame import closed_frame, snapshot_path
from cermin.web.transitions import before

logger = logging.getLogger("cermin.results")

STALE_AFTER = timedelta(minutes=5)  # longer than any step takes
MOST_ATTEMPTS = 3
PAGE = "tugas: hitung indeks"
CHECKING, WRITING = N_("Memeriksa data yang dibekukan"), N_("Menulis hasil")
# The words of the steps are those of the command; each begins when so much of the work is done.
STEPS = {CHECKING: 5, N_("Menghitung jawaban"): 15, N_("Menghitung indeks"): 50, WRITING: 95}

_FAULT = N_("Indeks tidak dapat dihitung karena gangguan pada situs; beri tahu pengelola situs.")
_KILLED = N_("Penghitungan terhenti {n} kali berturut-turut; beri tahu pengelola situs.")


class Overtaken(Exception):  # noqa: N818 - says what happened to the work
    """The computation was finished or given up elsewhere."""


@task
def compute_result(run_id: int) -> None:
    """Compute a run that waits or was cut off; whatever goes wrong, the owner sees words."""
    run = _begun(run_id, clock.now())
    if run is None:
        return
    speak("id")  # steps are kept in Indonesian and translated where they are shown
    try:
        result = _computed(run, _progress(run))
        _finish(run, result)
    except Overtaken:
        return
    except OperationalError:
        raise  # the database is busy or away: tried again later
    except NothingToPublish as reason:
        _end(run, RunState.NOTHING, reason)
    except UserError as problem:
        _end(run, RunState.FAILED, problem)
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("computation %s: %s\n%s", run_id, type(error).__name__, where)
        _end(run, RunState.FAILED, UserError(_FAULT))


def compute_the_rest(now: datetime) -> int:
    """Queue again what has shown no sign of life for long; a duty of the worker."""
    silent = ResultRun.objects.filter(state__in=AT_WORK, heartbeat_at__lt=now - STALE_AFTER)
    queued = 0
    for pk, heartbeat in silent.values_list("pk", "heartbeat_at"):
        # Of several workers that come here only one finds the old heartbeat.
        if ResultRun.objects.filter(pk=pk, heartbeat_at=heartbeat).update(heartbeat_at=now):
            compute_result.enqueue(pk)
            queued += 1
    return queued


def _begun(run_id: int, now: datetime) -> ResultRun | None:
    with transaction.atomic():
        rows = ResultRun.objects.select_for_update(of=("self",)).select_related(
            "cycle__agency", "evidence"
        )
        run = rows.filter(pk=run_id, state__in=before(RUNS, RunState.RUNNING)).first()
        if run is None:
            return None
        run.attempts += 1
        run.state, run.heartbeat_at = RunState.RUNNING, now
        run.save(update_fields=["attempts", "state", "heartbeat_at"])
    if run.attempts > MOST_ATTEMPTS:
        _end(run, RunState.FAILED, UserError(_KILLED, n=MOST_ATTEMPTS))
        return None
    return run


def _progress(run: ResultRun) -> Callable[[str], None]:
    began = time.monotonic()

    def tell(step: str) -> None:
        logger.info("computation %s, %.1f s: %s", run.pk, time.monotonic() - began, step)
        going_on = ResultRun.objects.filter(pk=run.pk, state=RunState.RUNNING)
        if not going_on.update(step=step, percent=STEPS[step], heartbeat_at=clock.now()):
            raise Overtaken

    return tell


def _computed(run: ResultRun, tell: Callable[[str], None]) -> IndexResult:
    cycle = run.cycle
    tell(CHECKING)
    instruments = instruments_of(cycle)
    check_frozen(cycle, instruments)
    answers = _checked_answers(cycle)
    choices = choices_of(cycle, without_evidence=run.without_evidence)
    scores = evidence_scores(answers_of(run.evidence), instruments, choices)
    result = result_of(answers, instruments, choices, scores=scores, told=tell)
    _check_minimum(cycle, result)
    tell(WRITING)
    return result


def _checked_answers(cycle: Cycle) -> FrozenAnswers:
    """Return the frozen answers, if they are those that the closing has written."""
    survey, path, frame = survey_of(cycle), snapshot_path(cycle), closed_frame(cycle)
    if survey is None or not path.is_file() or sha256_of(path) != survey.snapshot_sha256:
        raise UserError(
            N_("Snapshot jawaban hilang atau berubah sejak survei ditutup. Pulihkan dari cadangan "
               "situs.")
        )  # fmt: skip
    n, n_ballots = read_metadata(path).rows, survey.n_counted or 0
    if n < cycle.threshold:
        raise NothingToPublish(
            N_("Tidak ada hasil yang boleh ditampilkan: responden kurang dari {threshold} orang. "
               "Kumpulkan lebih banyak jawaban."),
            threshold=cycle.threshold,
        )  # fmt: skip
    if frame.population != (cycle.frozen or {})["population"]:
        raise UserError(N_("Jumlah pegawai tidak sama dengan yang dibekukan saat survei dibuka."))
    # Ballots that answer other sections only are no rows of the main snapshot.
    return FrozenAnswers(snapshot=path, frame=frame, rows_read=n_ballots, rows_empty=n_ballots - n)


def _check_minimum(cycle: Cycle, result: IndexResult) -> None:
    """Make sure that the result is judged by the very minimum that was announced."""
    kept = (cycle.frozen or {})["minimum"]
    if (result.minimum, result.minimum_rule) != (kept["agency"], kept["rule"]):
        raise UserError(
            N_("Minimum responden tidak sama dengan yang dibekukan saat survei dibuka.")
        )


def _finish(run: ResultRun, result: IndexResult) -> None:
    content = encode_result(result)
    sha256 = hashlib.sha256(content).hexdigest()
    write_atomically(result_path(run.cycle, sha256), content)
    now = clock.now()
    with transaction.atomic():
        done = _that_may_become(run, RunState.DONE).update(
            state=RunState.DONE, percent=100, step="", result_sha256=sha256, heartbeat_at=now,
            computed_at=now,
        )  # fmt: skip
        if done:
            record_cycle("index_computed", run.cycle, by=system(PAGE), now=now, sha256=sha256)


def _end(run: ResultRun, state: RunState, reason: UserError) -> None:
    now = clock.now()
    with transaction.atomic():
        ended = _that_may_become(run, state).update(
            state=state, step="", problem=kept(reason), heartbeat_at=now
        )
        if ended:
            record_cycle(
                "index_not_computed", run.cycle, by=system(PAGE), now=now, reason=str(reason)
            )


def _that_may_become(run: ResultRun, to: RunState) -> QuerySet[ResultRun]:
    """Return the row of ``run``, unless another worker has ended it."""
    return ResultRun.objects.filter(pk=run.pk, state__in=before(RUNS, to))
