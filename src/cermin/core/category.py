"""Probability of each category of an index."""

from __future__ import annotations

from cermin.core.intervals import distribution
from cermin.core.scheme import Band


def category_probability(
    index: float, se: float, bands: tuple[Band, ...], *, df: float | None = None
) -> dict[str, float]:
    """Probability under a flat prior that the true index lies in each band.

    ``P(band) = F((m - lower)/se) - F((m - upper)/se)`` with F Student's t (``df`` given) or the
    normal distribution; the highest band reaches up and the lowest down without end, so the
    probabilities add up to 1. Compares the unrounded index with the bounds.

    Parameters
    ----------
    index
        Estimate, 0..100.
    se
        Standard error; 0 puts everything into one band.
    bands
        Categories, in any order.
    df
        Degrees of freedom; None for the normal distribution.

    Returns
    -------
    dict
        Probability by band id, highest band first.
    """
    ordered = sorted(bands, key=lambda band: band.lower, reverse=True)
    above = [_reaches(index, band.lower, se, df) for band in ordered[:-1]] + [1.0]
    return {
        band.id: own - higher
        for band, own, higher in zip(ordered, above, [0.0, *above[:-1]], strict=True)
    }


def _reaches(index: float, bound: float, se: float, df: float | None) -> float:
    if se == 0:
        return float(index >= bound)
    return distribution((index - bound) / se, df)
