"""What the report says in words: verdicts, the summary, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from cermin.core.change import Verdict
from cermin.core.result import BehaviourResult, Category, IndexResult, ValueResult
from cermin.language import _
from cermin.reports.changes import YearChange
from cermin.reports.figures import HIDDEN, Material, weakest_first

N_NAMED = 3  # strongest and weakest that the summary names


def likelihood(probability: float) -> str:
    """Return a probability in words, by fixed limits that the glossary prints."""
    limits = (
        (0.99, _("hampir pasti")),
        (0.9, _("sangat mungkin")),
        (0.66, _("mungkin")),
        (0.33, _("belum pasti")),
    )
    return next((words for limit, words in limits if probability >= limit), _("kecil kemungkinan"))


def category_sentence(material: Material, category: Category | None) -> str:
    """Say the category and how sure it is, or why there is none."""
    if category is None or not material.official:
        return _("Tidak ada kategori resmi: belum memenuhi minimum responden.")
    probability = category.probability.get(category.band)
    if probability is None:
        return _(
            "Kategori {band}; ketepatannya tidak dapat dihitung dari responden sesedikit ini."
        ).format(band=material.band_named(category.band))
    return _("Kategori {band}; {words} ({percent}) bahwa kategori ini tepat.").format(
        band=material.band_named(category.band),
        words=likelihood(probability),
        percent=material.percent(probability),
    )


def change_word(verdict: Verdict | None) -> str:
    """Return one of the four words."""
    if verdict is None:
        return HIDDEN
    return {
        Verdict.UP: _("naik"),
        Verdict.DOWN: _("turun"),
        Verdict.NO_MATERIAL_CHANGE: _("tidak berubah berarti"),
        Verdict.CANNOT_TELL: _("tidak dapat dipastikan"),
    }[verdict]


def change_sentence(material: Material, change: YearChange | None) -> str:
    """Say in one sentence what happened since the year before."""
    if change is None:
        return _("Belum ada hasil tahun sebelumnya untuk dibandingkan.")
    gaps = {
        "earlier": change.earlier,
        "difference": signed(material, change.difference),
        "interval": ("95 %: " if change.low is not None else "")
        + change_interval(material, change),
    }
    if not change.comparable:
        return _(
            "Tidak dapat dibandingkan dengan {earlier}: metodenya berbeda, sehingga selisih angka "
            "bukan perubahan budaya kerja."
        ).format(**gaps)
    if change.verdict is None:
        return _("Perubahan dari {earlier} tidak dihitung: salah satu angka hanya batas.").format(
            **gaps
        )
    sentence = {
        Verdict.UP: _(
            "Naik {difference} dari {earlier}; lebih besar daripada kebetulan ({interval})."
        ),
        Verdict.DOWN: _(
            "Turun {difference} dari {earlier}; lebih besar daripada kebetulan ({interval})."
        ),
        Verdict.NO_MATERIAL_CHANGE: _(
            "Tidak berubah berarti dari {earlier}: selisih {difference} ({interval})."
        ),
        Verdict.CANNOT_TELL: _(
            "Tidak dapat dipastikan naik atau turun dari {earlier}: selisih {difference} "
            "({interval}) dapat terjadi karena kebetulan."
        ),
    }[change.verdict]
    return sentence.format(**gaps)


def signed(material: Material, difference: float) -> str:
    """Write a difference with its sign."""
    text = material.number(abs(difference))
    if not any(digit in text for digit in "123456789"):
        return text
    return ("+" if difference > 0 else "−") + text


def change_interval(material: Material, change: YearChange) -> str:
    """Write the interval of a change, or the break-even SD when only n and index are known."""
    if change.low is not None and change.high is not None:
        return _("{low} sampai {high}").format(
            low=signed(material, change.low), high=signed(material, change.high)
        )
    if change.break_even is not None:
        return _("nyata bila simpangan baku antarorang di bawah {sd}").format(
            sd=material.number(change.break_even, 1)
        )
    return HIDDEN


def response_sentence(material: Material, result: IndexResult) -> str:
    """Say how many answered, of how many, and whether that is enough."""
    share = result.n / result.population if result.population else 0.0
    gaps = {
        "n": material.number(result.n, 0),
        "population": material.number(result.population, 0),
        "percent": material.number(100 * share, 1),
        "minimum": material.number(result.minimum, 0),
    }
    if result.minimum is None:
        return _("{n} dari {population} pegawai menjawab ({percent} %).").format(**gaps)
    if result.minimum_met:
        return _(
            "{n} dari {population} pegawai menjawab ({percent} %); minimum {minimum} terpenuhi."
        ).format(**gaps)
    return _(
        "{n} dari {population} pegawai menjawab ({percent} %); "
        "belum memenuhi minimum responden ({minimum})."
    ).format(**gaps)


def next_steps(material: Material) -> tuple[str, ...]:
    """Say what to do next: response first when it lacks, then one step per weak value."""
    result = material.latest
    steps: list[str] = []
    if result.minimum is not None and result.minimum_met is False:
        steps.append(
            _("Kejar {missing} responden lagi sebelum kategori resmi dapat ditetapkan.").format(
                missing=material.number(result.minimum - result.n, 0)
            )
        )
    steps += [_step(material, value) for value in weakest_first(result.values)[:N_NAMED]]
    low = _units_short_of_minimum(result)
    if low:
        steps.append(
            _("Dampingi {count} unit yang belum memenuhi minimum respondennya.").format(count=low)
        )
    return tuple(steps)


def _units_short_of_minimum(result: IndexResult) -> int:
    return sum(unit.minimum_met is False for unit in result.units)


def _step(material: Material, value: ValueResult) -> str:
    gaps = {"value": material.value_name(value), "index": material.index(value.estimate)}
    weak = weakest_behaviour(value.behaviours)
    if weak is None:
        return _(
            "{value} ({index}): tetapkan kegiatan, penanggung jawab, dan bukti, "
            "lalu ukur kembali tahun depan."
        ).format(**gaps)
    return _(
        "{value} ({index}): mulai dari perilaku “{behaviour}” ({lowest}); tetapkan kegiatan, "
        "penanggung jawab, dan buktinya."
    ).format(
        **gaps,
        behaviour=behaviour_text(material, weak).rstrip("."),
        lowest=material.index(weak.estimate),
    )


def weakest_behaviour(behaviours: Sequence[BehaviourResult]) -> BehaviourResult | None:
    """Return the behaviour with the lowest index."""
    return min(behaviours, key=lambda one: one.estimate.index, default=None)


def behaviour_text(material: Material, behaviour: BehaviourResult) -> str:
    """Return the text of a behaviour in the language of the report."""
    return behaviour.text_en if material.language == "en" else behaviour.text_id
