"""Which state of a computation may follow which."""

from __future__ import annotations

from cermin.web.results.models import RunState

RUNS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING}),
    # Begun anew after an interruption; given up after too many.
    RunState.RUNNING: frozenset(
        {RunState.RUNNING, RunState.DONE, RunState.NOTHING, RunState.FAILED}
    ),
    RunState.DONE: frozenset(),
    RunState.NOTHING: frozenset(),
    RunState.FAILED: frozenset(),
}
