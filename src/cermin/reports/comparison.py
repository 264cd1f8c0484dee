"""Two years beside each other, in sentences that a Sekda can read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cermin.core.change import (
    ROUNDING_POINTS,
    BreakEven,
    MethodIdentity,
    Verdict,
    break_even_sd,
    ceiling_sd,
    comparable,
    respondents_needed,
)
from cermin.core.decomposition import Decomposition, GroupMean, decompose_change
from cermin.core.errors import UserError
from cermin.core.result import IndexResult
from cermin.core.rounding import format_number, round_half_up
from cermin.language import _
from cermin.reports.changes import HEADLINE, YearChange, identity, year_changes

SPREADS = (10.0, 15.0, 20.0, 25.0)  # standard deviations for which needed respondents are told


@dataclass(frozen=True)
class PublishedIndex:
    """A number as the press or a decree gives it."""

    year: int
    index: float
    identity: MethodIdentity
    n: int | None = None
    population: int | None = None


@dataclass(frozen=True)
class Needed:
    """Respondents per year from which the difference would be real, at one spread."""

    sd: float
    respondents: int | None  # None: the difference is 0, no number is enough


@dataclass(frozen=True)
class Comparison:
    """What may be said of two years; ``sentences`` say it."""

    earlier: int
    later: int
    earlier_index: float
    later_index: float
    comparable: bool
    verdict: Verdict | None
    sentences: tuple[str, ...]
    changes: tuple[YearChange, ...] = ()
    break_even: BreakEven | None = None
    needed: tuple[Needed, ...] = ()
    decomposition: Decomposition | None = None


def compare_published(
    earlier: PublishedIndex, later: PublishedIndex, *, language: str = "id"
) -> Comparison:
    """Compare two published numbers, of which at most n and population are known.

    The largest spread possible is that of the year whose index is nearer to 50: no mix of the two
    years' variances exceeds it.
    """
    difference = later.index - earlier.index
    same = comparable(earlier.identity, later.identity)
    lead = _difference_sentence(earlier.year, later.year, earlier.index, later.index, language)
    if not same:
        return Comparison(
            earlier.year,
            later.year,
            earlier.index,
            later.index,
            comparable=False,
            verdict=None,
            sentences=(lead, _break_sentence(earlier.identity, later.identity)),
        )
    worst = max(ceiling_sd(earlier.index), ceiling_sd(later.index))
    needed = tuple(_needed(difference, sd, later.population) for sd in (*SPREADS, worst))
    limit = _break_even(earlier, later)
    verdict = _published_verdict(difference, limit, worst)
    return Comparison(
        earlier.year,
        later.year,
        earlier.index,
        later.index,
        comparable=True,
        verdict=verdict,
        sentences=(
            lead,
            _published_sentence(verdict, limit, worst, language),
            *_needed_sentences(needed, language),
        ),
        break_even=limit,
        needed=needed,
    )


def _break_even(earlier: PublishedIndex, later: PublishedIndex) -> BreakEven | None:
    if earlier.n is None or later.n is None:
        return None
    return break_even_sd(
        later.index - earlier.index,
        earlier_n=earlier.n,
        later_n=later.n,
        earlier_population=earlier.population,
        later_population=later.population,
    )


def _needed(difference: float, sd: float, population: int | None) -> Needed:
    if difference == 0:
        return Needed(sd, None)
    return Needed(sd, respondents_needed(difference, sd, population=population))


def _published_verdict(difference: float, limit: BreakEven | None, worst: float) -> Verdict:
    """Up or down only when no spread that is possible at all could make it chance.

    Nor may rounding of the two indices: a difference within it is none, even of full censuses.
    """
    rounding = abs(difference) <= ROUNDING_POINTS + 1e-9
    if limit is None or rounding or limit.low < worst:
        return Verdict.CANNOT_TELL
    return Verdict.UP if difference > 0 else Verdict.DOWN


def _difference_sentence(
    earlier: int, later: int, before: float, after: float, language: str
) -> str:
    difference = after - before
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    return _("{earlier}: {before}; {later}: {after}; selisih {difference} poin.").format(
        earlier=earlier,
        before=_number(before, language),
        later=later,
        after=_number(after, language),
        difference=sign + _number(abs(difference), language),
    )


def _number(x: float, language: str) -> str:
    """Published indices have one or two decimals: show two only where they say something."""
    one = format_number(x, 1, language)
    two = format_number(x, 2, language)
    return one if two.endswith("0") else two


def _break_sentence(earlier: MethodIdentity, later: MethodIdentity) -> str:
    if earlier.index_type != later.index_type:
        return _(
            "Jenis indeks berbeda di antara kedua tahun ini ({earlier} dan {later}): kedua angka "
            "mengukur hal yang berbeda dan tidak dapat dibandingkan."
        ).format(earlier=earlier.index_type, later=later.index_type)
    return _(
        "Metode berubah di antara kedua tahun ini ({earlier} menjadi {later}): selisih angka bukan "
        "perubahan budaya kerja, dan tidak boleh dibaca sebagai kenaikan atau penurunan."
    ).format(earlier=earlier.method, later=later.method)


def _published_sentence(
    verdict: Verdict, limit: BreakEven | None, worst: float, language: str
) -> str:
    if limit is None:
        return _(
            "Tidak dapat dipastikan berubah: jumlah responden tidak diketahui, sehingga selisih "
            "ini dapat terjadi karena kebetulan."
        )
    if math.isinf(limit.sd):
        if verdict is Verdict.CANNOT_TELL:
            return _(
                "Tidak dapat dipastikan berubah: selisih ini tidak melebihi pembulatan angkanya."
            )
        return _("Semua pegawai menjawab pada kedua tahun: selisih ini nyata.")
    gaps = {
        "low": format_number(limit.low, 1, language),
        "high": format_number(limit.high, 1, language),
        "worst": format_number(worst, 1, language),
    }
    if verdict is Verdict.CANNOT_TELL:
        return _(
            "Tidak dapat dipastikan berubah hanya dari angka yang dipublikasikan: selisih ini "
            "nyata hanya bila simpangan baku antarpegawai di bawah {low} sampai {high} poin "
            "(menurut pembulatan); tanpa simpangan baku, hal itu tidak dapat diperiksa."
        ).format(**gaps)
    return _(
        "Berubah: selisih ini nyata berapa pun simpangan bakunya, karena batasnya ({low} poin) di "
        "atas simpangan baku terbesar yang mungkin ({worst} poin)."
    ).format(**gaps)


def _needed_sentences(needed: tuple[Needed, ...], language: str) -> tuple[str, ...]:
    if needed[0].respondents is None:
        return ()
    listed = "; ".join(
        _("simpangan baku {sd}: {n}").format(
            sd=format_number(one.sd, 0 if one.sd in SPREADS else 1, language),
            n=format_number(one.respondents or 0, 0, language),
        )
        for one in needed
    )
    return (
        _(
            "Responden per tahun agar selisih sebesar ini dapat dibedakan dari kebetulan: {listed} "
            "(terbesar yang mungkin)."
        ).format(listed=listed),
    )


def compare_results(
    earlier: IndexResult, later: IndexResult, *, language: str = "id"
) -> Comparison:
    """Compare two results of one agency, with its values and its units.

    Raises
    ------
    UserError
        When the results are of two agencies or of the same year.
    """
    if earlier.agency != later.agency:
        raise UserError("Hasil yang dibandingkan harus dari satu instansi.")
    if earlier.year == later.year:
        raise UserError("Hasil yang dibandingkan harus dari tahun yang berbeda.")
    if earlier.year > later.year:
        earlier, later = later, earlier
    changes = year_changes((earlier, later))
    headline = next(one for one in changes if one.subject == HEADLINE)
    lead = _difference_sentence(
        earlier.year, later.year, earlier.headline.index, later.headline.index, language
    )
    if not headline.comparable:
        sentences: tuple[str, ...] = (lead, _break_sentence(identity(earlier), identity(later)))
        return _of_results(earlier, later, changes, headline, sentences)
    split = _decomposition(earlier, later)
    needed = _needed_here(later, headline.difference)
    sentences = (
        lead,
        _verdict_sentence(headline, language),
        *(() if needed is None else (_from_n_on(needed, language),)),
        *(() if split is None else (_decomposition_sentence(split, language),)),
    )
    return _of_results(
        earlier,
        later,
        changes,
        headline,
        sentences,
        needed=() if needed is None else (needed,),
        decomposition=split,
    )


def _of_results(
    earlier: IndexResult,
    later: IndexResult,
    changes: tuple[YearChange, ...],
    headline: YearChange,
    sentences: tuple[str, ...],
    *,
    needed: tuple[Needed, ...] = (),
    decomposition: Decomposition | None = None,
) -> Comparison:
    return Comparison(
        earlier.year,
        later.year,
        earlier.headline.index,
        later.headline.index,
        comparable=headline.comparable,
        verdict=headline.verdict,
        sentences=sentences,
        changes=changes,
        needed=needed,
        decomposition=decomposition,
    )


def _needed_here(later: IndexResult, difference: float) -> Needed | None:
    """Respondents from which a difference of this size is real, at the spread that was found."""
    if later.headline.se_bound is None or difference == 0:
        return None
    sd = later.headline.se_bound * math.sqrt(later.headline.n)
    return _needed(difference, sd, later.population)


def _verdict_sentence(change: YearChange, language: str) -> str:
    if change.verdict is None:
        return _(
            "Salah satu angka hanya dapat ditampilkan sebagai batas, sehingga perubahannya tidak "
            "dapat dinilai."
        )
    if change.low is None or change.high is None:
        return _without_se_sentence(change.break_even, language)
    gaps = {"low": _signed(change.low, language), "high": _signed(change.high, language)}
    sentence = {
        Verdict.UP: _("Naik: lebih besar daripada kebetulan (95 %: {low} sampai {high} poin)."),
        Verdict.DOWN: _("Turun: lebih besar daripada kebetulan (95 %: {low} sampai {high} poin)."),
        Verdict.NO_MATERIAL_CHANGE: _(
            "Tidak berubah berarti: perubahan yang mungkin (95 %: {low} sampai {high} poin) tidak "
            "melebihi satu poin."
        ),
        Verdict.CANNOT_TELL: _(
            "Tidak dapat dipastikan berubah: selisih ini dapat terjadi karena kebetulan "
            "(95 %: {low} sampai {high} poin)."
        ),
    }[change.verdict]
    return sentence.format(**gaps)


def _without_se_sentence(break_even: float | None, language: str) -> str:
    if break_even is None or math.isinf(break_even):
        return _("Tidak dapat dipastikan berubah: galat baku tidak diketahui.")
    return _(
        "Tidak dapat dipastikan berubah: galat baku tidak diketahui; selisih ini nyata hanya bila "
        "simpangan baku antarpegawai di bawah {sd} poin."
    ).format(sd=format_number(break_even, 1, language))


def _signed(x: float, language: str) -> str:
    shown = round_half_up(x, 1)
    return ("+" if shown > 0 else "−" if shown < 0 else "") + format_number(abs(x), 1, language)


def _from_n_on(needed: Needed, language: str) -> str:
    return _(
        "Selisih sebesar ini dapat dibedakan dari kebetulan mulai kira-kira {n} responden per "
        "tahun."
    ).format(n=format_number(needed.respondents or 0, 0, language))


def _decomposition(earlier: IndexResult, later: IndexResult) -> Decomposition | None:
    """Split the change of the survey index over the top-level units published in both years."""
    before, after = _groups(earlier), _groups(later)
    if not before.keys() & after.keys():
        return None
    return decompose_change(before, after)


def _groups(result: IndexResult) -> dict[str, GroupMean]:
    return {
        unit.id: GroupMean(unit.represented, unit.total.index)
        for unit in result.units
        if unit.depth == 1 and unit.kind == "unit"
    }


def _decomposition_sentence(split: Decomposition, language: str) -> str:
    gaps = {
        "within": _signed(split.within, language),
        "composition": _signed(split.composition, language),
        "rest": _signed(split.not_common, language),
    }
    if round_half_up(split.not_common, 1) == 0:
        return _(
            "Dari selisih indeks survei, {within} poin karena pegawai di unit yang sama menjawab "
            "lain dan {composition} poin karena susunan unit berubah."
        ).format(**gaps)
    return _(
        "Dari selisih indeks survei, {within} poin karena pegawai di unit yang sama menjawab "
        "lain, {composition} poin karena susunan unit berubah, dan {rest} poin karena unit yang "
        "hanya ditampilkan pada satu tahun."
    ).format(**gaps)
