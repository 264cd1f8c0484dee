"""The frame: the tree of units and how many people the roster counts in each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Unit:
    """One unit (perangkat daerah or unit kerja); ``parent`` is None directly under the agency."""

    id: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class Frame:
    """One agency in one year.

    ``headcount[u, s]``: people of unit ``units[u]`` itself (not of its children) in stratum
    ``strata[s]``. A unit with children may have people of its own.
    """

    agency: str
    agency_name: str
    agency_class: str  # kementerian, lembaga, provinsi, kabupaten, kota, or ""
    year: int
    units: tuple[Unit, ...]  # parents before children
    stratum_variables: tuple[str, ...]
    strata: tuple[tuple[str, ...], ...]
    headcount: npt.NDArray[np.int64]  # (units, strata)

    @property
    def population(self) -> int:
        """All people of the agency."""
        return int(self.headcount.sum())
