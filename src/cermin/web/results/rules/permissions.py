"""Who may do what with evidence and results, and when: every action asks before it writes."""

from __future__ import annotations

from dataclasses import dataclass

from cermin.core.errors import UserError
from cermin.language import N_
from cermin.web.cycles.models import WITH_DECREE, Cycle, State
from cermin.web.cycles.rules.states import RUNNING
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member, check_role
from cermin.web.results.models import AT_WORK, DECIDABLE, RunState

READERS = (Role.OWNER, Role.HEAD, Role.EVALUATOR, Role.ANALYST)
TAKERS_OF_ANSWERS = (Role.OWNER, Role.ANALYST)
READERS_OF_COMMENTS = (Role.OWNER, Role.HEAD)


@dataclass(frozen=True)
class Standing:
    """What is known of a cycle's survey, evidence and computations."""

    has_ballots: bool  # whether anybody has answered
    is_closed: bool  # whether the survey has become a snapshot
    scores_evidence: bool  # whether the method counts it
    evidence_sha256: str = ""  # of the accepted worksheet; "" for none
    run: RunState | None = None  # the newest computation
    run_evidence_sha256: str = ""
    run_without_evidence: bool = False

    @property
    def at_work(self) -> bool:
        """Whether a computation waits or runs."""
        return self.run in AT_WORK

    @property
    def is_outdated(self) -> bool:
        """Whether the evidence has changed since the newest computation."""
        if self.run not in DECIDABLE or not self.scores_evidence:
            return False
        return self.evidence_sha256 != self.run_evidence_sha256 and not self.run_without_evidence


def check_can_upload_evidence(by: Member, cycle: Cycle, *, evaluating: bool) -> None:
    """Owners until the decree, evaluators while evidence is gathered or verified."""
    check_role(by, cycle.agency, Role.OWNER, Role.EVALUATOR)
    if not cycle.worksheet:
        raise UserError(N_("Periode ini tidak memakai lembar kerja bukti dukung."))
    if State(cycle.state) not in RUNNING:
        raise UserError(
            N_("Nilai bukti dukung hanya dapat diubah sejak survei dibuka sampai hasil ditetapkan.")
        )
    if not evaluating and not by.has(Role.OWNER):
        raise UserError(
            N_("Tahap bukti dukung dan verifikasi sedang tidak berlangsung; sampaikan "
               "perubahan kepada pengelola.")
        )  # fmt: skip


def check_can_compute(
    by: Member, cycle: Cycle, standing: Standing, *, without_evidence: bool
) -> None:
    """Owners, once the survey is a snapshot and until the result is decided."""
    check_role(by, cycle.agency, Role.OWNER)
    if State(cycle.state) in WITH_DECREE:
        raise UserError(N_("Hasil periode ini sudah ditetapkan dan tidak dihitung ulang."))
    if not standing.is_closed or State(cycle.state) not in RUNNING:
        raise UserError(N_("Indeks dapat dihitung sesudah survei ditutup."))
    if standing.at_work:
        raise UserError(N_("Indeks sedang dihitung; tunggu sampai selesai."))
    if standing.scores_evidence and not standing.evidence_sha256 and not without_evidence:
        raise UserError(
            N_("Metode ini memerlukan nilai bukti dukung. Unggah lembar kerjanya, atau pilih "
               "menghitung indeks survei saja.")
        )  # fmt: skip
    if without_evidence and not standing.scores_evidence:
        raise UserError(N_("Metode ini tidak menghitung bukti dukung."))


def undecided(standing: Standing) -> list[UserError]:
    """Return what must be done before the decree.

    Where nobody has answered there is nothing to compute, and the decree stands alone: years that
    were kept on paper, and surveys without a single ballot.
    """
    if not standing.has_ballots:
        return []
    if not standing.is_closed:
        return [UserError(N_("Survei belum selesai ditutup."))]
    if standing.at_work:
        return [UserError(N_("Indeks sedang dihitung; tunggu sampai selesai."))]
    if standing.run not in DECIDABLE:
        return [UserError(N_("Hitung indeks lebih dahulu."))]
    if standing.is_outdated:
        return [UserError(N_("Nilai bukti dukung berubah sesudah indeks dihitung; hitung ulang."))]
    return []


def check_can_see_result(by: Member, cycle: Cycle) -> None:
    """Who works with the result, at once; unit contacts once it is decided."""
    check_role(by, cycle.agency, *Role)
    if not by.has(*READERS) and State(cycle.state) not in WITH_DECREE:
        raise UserError(N_("Hasil dapat Anda lihat sesudah ditetapkan."))


def check_can_take_answers(by: Member, cycle: Cycle, standing: Standing) -> None:
    """Owners and analysts, once the survey is a snapshot."""
    check_role(by, cycle.agency, *TAKERS_OF_ANSWERS)
    if not standing.is_closed:
        raise UserError(N_("Data jawaban baru ada sesudah survei ditutup."))


def check_can_read_comments(by: Member, cycle: Cycle, standing: Standing) -> None:
    """Owners and heads, once the survey is closed."""
    check_role(by, cycle.agency, *READERS_OF_COMMENTS)
    if not standing.is_closed:
        raise UserError(N_("Komentar baru dapat dibaca sesudah survei ditutup."))
