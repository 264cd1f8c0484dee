"""Figures as people read them: rounded half up, coded bounds in words, hidden ones as a dash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import shorten

from cermin.core.change import comparable
from cermin.core.result import Estimate, IndexResult, UnitResult, ValueResult
from cermin.core.rounding import classify, format_number, round_half_up
from cermin.core.scheme import Band, Method
from cermin.instruments.load import Instrument
from cermin.language import _
from cermin.reports.blocks import Cell, Shade
from cermin.reports.changes import identity

HIDDEN = "–"
_PARENT_LETTERS = 36
_SHADES: tuple[Shade, ...] = ("1", "2", "3", "4")


@dataclass(frozen=True)
class Material:
    """All that a report is written from: results by year, their methods, and the language."""

    results: tuple[IndexResult, ...]  # oldest first
    methods: Mapping[str, Method]
    instruments: tuple[Instrument, ...]
    language: str

    @property
    def latest(self) -> IndexResult:
        """The year that the report is about."""
        return self.results[-1]

    @property
    def method(self) -> Method:
        """The method of that year."""
        return self.methods[self.latest.provenance.method]

    @property
    def official(self) -> bool:
        """Whether a category may be named: the minimum of respondents is met, or not asked."""
        return self.latest.minimum_met is not False

    @property
    def breaks(self) -> frozenset[int]:
        """Years whose numbers must not be compared with those of the year before."""
        return frozenset(
            later.year for earlier, later in pairwise(self.results) if broken(earlier, later)
        )

    def number(self, x: float | None, decimals: int | None = None) -> str:
        """Write ``x``; with the decimals of the result unless said otherwise."""
        if x is None:
            return HIDDEN
        places = self.latest.decimals if decimals is None else decimals
        return format_number(x, places, self.language)

    def cell(self, x: float | None, decimals: int | None = None) -> Cell:
        """Return ``x`` as a table cell."""
        if x is None:
            return Cell(HIDDEN)
        places = self.latest.decimals if decimals is None else decimals
        return Cell(self.number(x, places), round_half_up(x, places), places)

    def count(self, n: int | None) -> Cell:
        """Return a count as a table cell; None is a count too small to be told."""
        return Cell(HIDDEN) if n is None else Cell(self.number(n, 0), float(n), 0)

    def percent(self, share: float) -> str:
        """Write a share from 0 to 1 in percent; never 0 or 100 when it is neither."""
        if 0 < share < 0.005:
            return "< 1 %"
        if 0.995 <= share < 1:
            return "> 99 %"
        return self.number(100 * share, 0) + " %"

    def index(self, estimate: Estimate, decimals: int | None = None) -> str:
        """Write an index; a coded one as the bound that it is."""
        text = self.number(estimate.index, decimals)
        if estimate.coded == "at_least":
            return _("{index} atau lebih").format(index=text)
        if estimate.coded == "at_most":
            return _("{index} atau kurang").format(index=text)
        return text

    def index_cell(self, estimate: Estimate | None, decimals: int | None = None) -> Cell:
        """Return an index as a cell; a coded one stays words in sheets too."""
        if estimate is None:
            return Cell(HIDDEN)
        if estimate.coded:
            return Cell(self.index(estimate, decimals))
        return self.cell(estimate.index, decimals)

    def interval(self, estimate: Estimate | None) -> str:
        """Write the 95 % interval."""
        if estimate is None or estimate.low is None or estimate.high is None or estimate.coded:
            return HIDDEN
        return f"{self.number(estimate.low)}–{self.number(estimate.high)}"

    def path_name(self, unit: UnitResult) -> str:
        """Return the name of a unit with that of its parent, since parts share their names."""
        names = {one.id: one.name for one in self.latest.units}
        name = self.unit_name(unit)
        if unit.parent not in names or unit.kind == "own_staff":
            return name
        return f"{name} · {shorten(names[unit.parent], _PARENT_LETTERS, placeholder=' …')}"

    def band(self, index: float) -> Band:
        """Return the band of an index under the method of the year."""
        return classify(index, self.method.bands, decimals=self.latest.decimals)

    def band_named(self, id: str) -> str:
        """Return letter and name of a band: "B (Cukup Sehat)"."""
        names = {band.id: band.name.in_language(self.language) for band in self.method.bands}
        name = names.get(id, "")
        return f"{id} ({name})" if name and name != id else id

    def shade(self, index: float) -> Shade:
        """Return the tint, "1" (lowest band) to "4" (highest), of an index."""
        bands = sorted(self.method.bands, key=lambda band: band.lower)
        place = bands.index(self.band(index))
        step = 3 - (len(bands) - 1 - place) if len(bands) <= 4 else place * 4 // len(bands)
        return _SHADES[step]

    def value_name(self, value: ValueResult) -> str:
        """Return the name of a value in the language of the report."""
        return value.name_en if self.language == "en" else value.name_id

    def unit_name(self, unit: UnitResult) -> str:
        """Return the name of a unit; a pool says what it is and how many answered."""
        if unit.members:
            n = self.number(unit.n, 0)
            return _("Unit lain digabung (n = {n})").format(n=n)
        if unit.kind == "own_staff":
            return _("{unit}, langsung").format(unit=unit.name)
        return unit.name


def broken(earlier: IndexResult, later: IndexResult) -> bool:
    """Return whether a break of method lies between two years."""
    return not comparable(identity(earlier), identity(later))


def weakest_first(values: Sequence[ValueResult]) -> list[ValueResult]:
    """Return the values from the lowest index to the highest."""
    return sorted(values, key=lambda value: value.estimate.index)
