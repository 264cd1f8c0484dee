"""Results as ``core`` would make them: seeded, consistent sums, long names, hidden units."""

from __future__ import annotations

import random
from dataclasses import replace

from cermin.core.result import (
    RESULT_VERSION,
    BehaviourResult,
    Breakdown,
    Category,
    DataQuality,
    Estimate,
    GroupResult,
    IndexResult,
    Provenance,
    Reliability,
    Suppressed,
    UnitResult,
    ValueResult,
)
from cermin.core.rounding import classify, plain_mean
from cermin.core.scheme import Method, Questionnaire
from cermin.instruments.load import (
    Instrument,
    load_method,
    load_questionnaire,
    load_value_set,
    load_worksheet,
)

VALUES = {
    "berorientasi_pelayanan": ("Berorientasi Pelayanan", "Service-oriented", 66.0),
    "akuntabel": ("Akuntabel", "Accountable", 76.5),
    "kompeten": ("Kompeten", "Competent", 63.0),
    "harmonis": ("Harmonis", "Harmonious", 69.0),
    "loyal": ("Loyal", "Loyal", 79.0),
    "adaptif": ("Adaptif", "Adaptive", 48.0),
    "kolaboratif": ("Kolaboratif", "Collaborative", 61.0),
}
TOP = (
    "Sekretariat Daerah",
    "Dinas Pekerjaan Umum, Penataan Ruang, Perumahan dan Kawasan Permukiman",
    "Dinas Pemberdayaan Perempuan, Perlindungan Anak, Pengendalian Penduduk dan Keluarga Berencana",
    "Dinas Pendidikan, Kepemudaan dan Olahraga",
    "Dinas Kesehatan",
    "Badan Perencanaan Pembangunan, Riset dan Inovasi Daerah",
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
    "Inspektorat Daerah",
    "Satuan Polisi Pamong Praja dan Pemadam Kebakaran",
    "Dinas Kependudukan dan Pencatatan Sipil",
    "Kecamatan Kota",
    "Kecamatan Undaan",
)
PARTS = (
    "Bagian Organisasi",
    "Bidang Pembinaan Ketenagaan dan Kesejahteraan Pegawai",
    "Bidang Pelayanan",
    "UPTD Wilayah Utara",
    "Sekretariat",
)


def make_methods() -> dict[str, Method]:
    """The shipped methods that the years below cite."""
    return {id: load_method(id) for id in ("metode-2024", "metode-2025")}


def make_instruments() -> tuple[Instrument, ...]:
    """The shipped instruments of the latest year."""
    return (
        load_value_set("nilai-berakhlak-2021"),
        load_questionnaire("kuesioner-perilaku-2025"),
        load_worksheet("lke-budaya-kerja-2025"),
        load_method("metode-2025"),
    )


def make_years(seed: int = 7) -> tuple[IndexResult, ...]:
    """Three years with a break of method between the first and the second."""
    return (
        make_result(2024, seed=seed, method="metode-2024", shift=-6.0),
        make_result(2025, seed=seed, shift=-1.6),
        make_result(2026, seed=seed),
    )


def make_result(
    year: int = 2026, *, seed: int = 7, method: str = "metode-2025", shift: float = 0.0
) -> IndexResult:
    """One agency with 45 published units in three levels, a pool and hidden units."""
    rng = random.Random(f"{seed} {year}")  # noqa: S311 - test figures, not secrets
    scheme = load_method(method)
    composite = scheme.evidence_weight > 0
    units, suppressed = _units(rng, scheme, shift)
    atoms = [unit for unit in units if unit.atom]
    n, population = sum(a.n for a in atoms), sum(a.population for a in atoms)
    means = {value: _mean(atoms, value) for value in VALUES}
    questions = load_questionnaire("kuesioner-perilaku-2025")
    values = tuple(_value(rng, scheme, questions, id=id, index=means[id], n=n) for id in VALUES)
    total = _estimate(plain_mean([means[id] for id in VALUES]), n, 0.35)
    evidence = 81.25 if composite else None
    headline = total
    if evidence is not None:
        index = scheme.survey_weight * total.index + scheme.evidence_weight * evidence
        headline = _estimate(index, n, 0.28)
    return IndexResult(
        result_version=RESULT_VERSION,
        agency="kab-kudus",
        agency_name="Pemerintah Kabupaten Contoh Makmur Sejahtera",
        agency_class="kabupaten",
        year=year,
        index_type=str(scheme.index_type),
        decimals=scheme.decimals,
        threshold=10,
        population=population,
        n=n,
        minimum=361,
        minimum_rule="slovin",
        minimum_met=True,
        values=values,
        total=total,
        total_category=_category(scheme, total.index, 0.35),
        evidence=evidence,
        headline=headline,
        headline_category=_category(scheme, headline.index, 0.28),
        reliability_total=0.93,
        units=tuple(_ranked(units)),
        suppressed=suppressed,
        breakdowns=(_breakdown(rng, n, population, means, units),),
        quality=DataQuality(n + 42, 3, 0.9, 57, 14, 2, 2.41, ("u4",)),
        provenance=_provenance(method, year),
        other_indices={},
        breaks_from=scheme.breaks_from,
    )


def make_tiny() -> IndexResult:
    """A small agency: no unit is published and the minimum is not met."""
    whole = make_result()
    values = tuple(
        replace(
            value, behaviours=(), behaviours_hidden=True, estimate=replace(value.estimate, n=14)
        )
        for value in whole.values
    )
    return replace(
        whole,
        agency="kec-kecil",
        agency_name="Badan Kecil",
        population=31,
        n=14,
        minimum=29,
        minimum_met=False,
        values=values,
        headline_category=None,
        units=(),
        suppressed=(Suppressed("u1", "Seksi Satu", "below_threshold", None),),
        breakdowns=(),
        quality=DataQuality(14, 0, 1.2, None, None, 0, 1.0, ()),
    )


def _units(
    rng: random.Random, scheme: Method, shift: float
) -> tuple[list[UnitResult], tuple[Suppressed, ...]]:
    units: list[UnitResult] = []
    suppressed: tuple[Suppressed, ...] = ()
    for number, name in enumerate(TOP):
        top = f"u{number}"
        below = _below(rng, scheme, top, number, shift)
        if number == 1:
            pool, suppressed = _pool(rng, scheme, top, shift)
            below.append(pool)
        if not below:
            units.append(_leaf(rng, scheme, (top, name, None, 0), shift))
            continue
        atoms = [unit for unit in below if unit.atom]
        units.append(_node(scheme, (top, name, None, 0), atoms))
        units += below
    return units, suppressed


def _below(
    rng: random.Random, scheme: Method, top: str, number: int, shift: float
) -> list[UnitResult]:
    found = []
    for part in range(5 if number < 4 else 2 if number < 7 else 0):
        id = f"{top}-{part}"
        place = (id, PARTS[part], top, 1)
        if number in (1, 3) and part == 2:
            leaves = [
                _leaf(rng, scheme, (f"{id}-{k}", f"Seksi Pelayanan {k + 1}", id, 2), shift)
                for k in range(3)
            ]
            found += [_node(scheme, place, leaves), *leaves]
        else:
            found.append(_leaf(rng, scheme, place, shift))
    return found


def _leaf(
    rng: random.Random,
    scheme: Method,
    place: tuple[str, str, str | None, int],
    shift: float,
    members: tuple[str, ...] = (),
) -> UnitResult:
    id, name, parent, depth = place
    population = rng.randint(24, 190)
    n = max(11, round(population * rng.uniform(0.55, 0.9)))
    own = rng.gauss(0, 6)
    values = {
        value: _estimate(min(max(base + shift + own + rng.gauss(0, 3), 5), 99), n, 18 / n**0.5)
        for value, (_, _, base) in VALUES.items()
    }
    if id == "u9":
        values["loyal"] = Estimate(index=97.5, n=n, coded="at_least")
    return _unit(
        scheme,
        (id, name, parent, depth),
        n=n,
        population=population,
        values=values,
        members=members,
    )


def _node(
    scheme: Method, place: tuple[str, str, str | None, int], atoms: list[UnitResult]
) -> UnitResult:
    n = sum(a.n for a in atoms)
    values = {value: _estimate(_mean(atoms, value), n, 18 / n**0.5) for value in VALUES}
    node = _unit(
        scheme,
        place,
        n=n,
        population=sum(a.population for a in atoms),
        values=values,
        members=(),
    )
    return replace(node, atom=False)


def _unit(
    scheme: Method,
    place: tuple[str, str, str | None, int],
    *,
    n: int,
    population: int,
    values: dict[str, Estimate],
    members: tuple[str, ...],
) -> UnitResult:
    id, name, parent, depth = place
    total = _estimate(plain_mean([one.index for one in values.values()]), n, 16 / n**0.5)
    evidence = 60.0 + (len(name) * 7) % 35 if scheme.evidence_weight and depth == 0 else None
    composite = None
    if evidence is not None:
        index = scheme.survey_weight * total.index + scheme.evidence_weight * evidence
        composite = _estimate(index, n, 13 / n**0.5)
    figure = composite or total
    return UnitResult(
        id=id,
        name=name,
        parent=parent,
        depth=depth,
        atom=True,
        members=members,
        population=population,
        n=n,
        represented=float(population),
        values=values,
        total=total,
        category=_category(scheme, figure.index, 13 / n**0.5),
        evidence=evidence,
        composite=composite,
        rank=None,
        rank_low=None,
        rank_high=None,
        minimum=20,
        minimum_met=n >= 20,
        kind="pool" if members else "unit",
    )


def _pool(
    rng: random.Random, scheme: Method, parent: str, shift: float
) -> tuple[UnitResult, tuple[Suppressed, ...]]:
    names = ("UPTD Pengujian Bahan", "UPTD Alat Berat", "UPTD Pemakaman Umum")
    pool = f"{parent}-pool"
    hidden = tuple(
        Suppressed(
            f"{parent}-h{k}",
            name,
            "below_threshold" if k < 2 else "protects_others",
            pool,
        )
        for k, name in enumerate(names)
    )
    members = tuple(one.unit for one in hidden)
    return _leaf(rng, scheme, (pool, "Unit lain digabung", parent, 1), shift, members), hidden


def _ranked(units: list[UnitResult]) -> list[UnitResult]:
    top = [unit for unit in units if unit.depth == 0]
    order = sorted(top, key=lambda unit: -(unit.composite or unit.total).index)
    ranks = {}
    for rank, unit in enumerate(order, start=1):
        own = unit.composite or unit.total
        others = [(one.composite or one.total) for one in order]
        above = sum((one.low or 0) > (own.high or 100) for one in others)
        below = sum((one.high or 100) < (own.low or 0) for one in others)
        ranks[unit.id] = (rank, above + 1, len(order) - below)
    return [
        replace(
            unit, rank=ranks[unit.id][0], rank_low=ranks[unit.id][1], rank_high=ranks[unit.id][2]
        )
        if unit.id in ranks
        else unit
        for unit in units
    ]


def _mean(atoms: list[UnitResult], value: str) -> float:
    people = sum(atom.represented for atom in atoms)
    return sum(atom.represented * atom.values[value].index for atom in atoms) / people


def _estimate(index: float, n: int, se: float) -> Estimate:
    low, high = max(index - 1.96 * se, 0), min(index + 1.96 * se, 100)
    return Estimate(
        index, n, se=se, low=low, high=high, df=float(n - 1), se_change=1.1 * se, se_bound=1.8 * se
    )


def _category(scheme: Method, index: float, se: float) -> Category:
    band = classify(index, scheme.bands, decimals=scheme.decimals)
    near = min(abs(index - one.lower) for one in scheme.bands)
    sure = 1 - 0.5 * 2.718 ** (-near / se)
    other = next(one.id for one in scheme.bands if one.id != band.id)
    rest = {one.id: 0.0 for one in scheme.bands if one.id not in {band.id, other}}
    return Category(band.id, {band.id: sure, other: 1 - sure, **rest})


def _value(
    rng: random.Random, scheme: Method, questions: Questionnaire, *, id: str, index: float, n: int
) -> ValueResult:
    name_id, name_en, _ = VALUES[id]
    items = questions.items_of(id)
    moves = (-3.1, 0.4, 2.7)
    behaviours = tuple(
        BehaviourResult(
            item=item.id,
            behaviour=item.behaviour,
            text_id=item.text.id,
            text_en=item.text.en,
            estimate=_estimate(min(index + move, 99), n - rng.randint(0, 30), 0.6),
            shares=_shares(index + move),
            item_rest=0.61,
        )
        for item, move in zip(items, moves, strict=True)
    )
    return ValueResult(
        value=id,
        name_id=name_id,
        name_en=name_en,
        estimate=_estimate(index, n, 0.5),
        category=_category(scheme, index, 0.5),
        reliability=Reliability(n - 60, 0.81, 0.82, 0.07, 0.78, 0.74 if id != "loyal" else None),
        behaviours=behaviours,
        behaviours_hidden=False,
        proration_gap=0.02,
        priority="improve_first" if index < 60 else "keep",
    )


def _shares(index: float) -> tuple[float, ...]:
    """Binomial shares of five levels with the mean that the index asks for."""
    p = index / 100
    return tuple(c * p**k * (1 - p) ** (4 - k) for k, c in enumerate((1, 4, 6, 4, 1)))


def _breakdown(
    rng: random.Random, n: int, population: int, means: dict[str, float], units: list[UnitResult]
) -> Breakdown:
    def group(unit: UnitResult | None, name: str, share: float) -> GroupResult:
        size = round(share * (n if unit is None else unit.n))
        of = means if unit is None else {id: one.index for id, one in unit.values.items()}
        values = {
            id: _estimate(min(mean + rng.gauss(0, 1), 97), size, 0.8) for id, mean in of.items()
        }
        total = _estimate(plain_mean([one.index for one in values.values()]), size, 0.7)
        people = round(share * (population if unit is None else unit.population))
        return GroupResult(None if unit is None else unit.id, name, people, size, values, total)

    shown = [None, *(unit for unit in units if unit.depth == 0 and unit.n > 60)]
    groups = [
        group(unit, *row) for unit in shown for row in (("Perempuan", 0.54), ("Laki-laki", 0.46))
    ]
    hidden = tuple(unit.id for unit in units if unit.depth == 0 and unit.n <= 60)
    return Breakdown("jenis kelamin", tuple(groups), hidden)


def _provenance(method: str, year: int) -> Provenance:
    def digest(words: str) -> str:
        return random.Random(words).randbytes(32).hex()  # noqa: S311 - looks like a hash

    worksheet = "lke-budaya-kerja-2025" if method == "metode-2025" else None
    return Provenance(
        snapshot_sha256=digest(f"snapshot {year}"),
        method=method,
        method_sha256=digest(method),
        questionnaire="kuesioner-perilaku-2025",
        questionnaire_sha256=digest("questionnaire"),
        worksheet=worksheet,
        worksheet_sha256=digest("worksheet") if worksheet else None,
        value_set="nilai-berakhlak-2021",
        value_set_sha256=digest("values"),
        code_version="0.1.0",
        own_drafts=("kuesioner-perilaku-2025", "lke-budaya-kerja-2025", method),
    )
