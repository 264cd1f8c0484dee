"""What the employees of the demo answer, and an invitation that is left to try."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cermin.core.fictional import fictional_frame
from cermin.core.population import Unit
from cermin.core.scheme import Worksheet
from cermin.core.simulation import simulate_evidence, simulate_survey
from cermin.core.worksheet import criteria_of
from cermin.intake.samples import write_evidence_xlsx
from cermin.web import survey_keys
from cermin.web.survey.models import Invitee, SurveyState
from cermin.web.survey.queries.facts import key_folder
from cermin.web.survey.rules.codes import code_of

Answers = npt.NDArray[np.int8]
Row = tuple[bool, Answers]  # whether the person responds, and the 21 answers

COMMENTS = (
    "Pembagian tugas di unit kami sebaiknya lebih merata.",
    "Pelatihan perlu diumumkan lebih awal agar semua dapat ikut.",
    "Rapat terlalu sering; keputusan sebaiknya ditulis dan dibagikan.",
    "Terima kasih, pimpinan kami mau mendengar masukan.",
    "Jaringan internet di kantor perlu diperbaiki supaya layanan tidak tertunda.",
    "Penghargaan untuk pegawai yang rajin masih jarang diberikan.",
    "Koordinasi antarbidang sudah membaik tahun ini.",
    "Loket pelayanan kekurangan petugas pada hari Senin.",
)


@dataclass(frozen=True)
class Simulated:
    """Answers by the unit in which they were given."""

    by_unit: dict[str, list[Row]]

    @property
    def everybody(self) -> list[Row]:
        """All rows, for people of units that the simulation does not know."""
        return [row for rows in self.by_unit.values() for row in rows]


def simulated_answers(*, order: int, seed: int) -> Simulated:
    """Return the answers of the fictional kabupaten in its year number ``order``."""
    frame = fictional_frame(year=2024 + order, seed=seed)
    survey = simulate_survey(frame.headcount, seed=seed, year=order)
    by_unit: dict[str, list[Row]] = {}
    for unit, responded, answers in zip(
        survey.unit.tolist(), survey.responded.tolist(), survey.answers, strict=True
    ):
        by_unit.setdefault(frame.units[unit].id, []).append((responded, answers))
    return Simulated(by_unit)


def evidence_file(units: Sequence[Unit], worksheet: Worksheet, *, seed: int) -> io.BytesIO:
    """Return the filled worksheet of all units directly under the agency."""
    top = [unit for unit in units if unit.parent is None]
    criteria = criteria_of(worksheet)
    culture = np.random.default_rng(seed).normal(size=len(top))
    answers = simulate_evidence(culture, [one.kind for one in criteria], seed=seed)
    rows = [
        (unit, criterion.id, answer)
        for unit, filled in zip(top, answers, strict=True)
        for criterion, answer in zip(criteria, filled, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lke.xlsx"
        write_evidence_xlsx(path, rows)
        return io.BytesIO(path.read_bytes())


def unused_invitation() -> str:
    """Return the path of an invitation to the open survey that nobody has used; "" for none."""
    left = Invitee.objects.filter(blinded_hash=None, survey__state=SurveyState.OPEN)
    invitee = left.select_related("survey").order_by("pk").first()
    if invitee is None:
        return ""
    secret = survey_keys.invitation_secret(key_folder(invitee.survey))
    code = code_of(secret, invitee.pk, invitee.issue)
    return f"/survei/{invitee.survey.public_id}/#{code}"
