"""Reports of frozen results: made once as the command makes them, then kept as files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cermin import __version__
from cermin.computation.report import RENDERERS, document_of
from cermin.core.errors import UserError
from cermin.core.result import IndexResult
from cermin.language import active
from cermin.reports.result_file import encode_result, write_atomically
from cermin.web.cycles.models import Cycle
from cermin.web.survey.queries.frame import closed_folder

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


def report_bytes(cycle: Cycle, results: Sequence[IndexResult], form: str) -> bytes:
    """Return the report on ``results``, the years that it compares, in the language in use."""
    path = report_path(cycle, results, form)
    with suppress(OSError):
        return path.read_bytes()
    content = RENDERERS[form](document_of(results))
    with suppress(UserError):  # a full disk must not keep anybody from reading
        write_atomically(path, content)
    return content


def report_path(cycle: Cycle, results: Sequence[IndexResult], form: str) -> Path:
    """Return where a report is kept: named by all that it is made from."""
    sources = [hashlib.sha256(encode_result(one)).hexdigest() for one in results]
    made_from = json.dumps([sources, active(), __version__])
    name = hashlib.sha256(made_from.encode()).hexdigest()
    return closed_folder(cycle) / f"laporan-{name}.{form}"
