"""Distribution functions, from SciPy, loaded at their first use.

Loading ``scipy.special`` costs twice what all the rest of core costs (measured: 0.3 s of 0.5 s),
and most commands and pages never ask for a quantile: this module is the one place in core with an
import inside a function.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@cache
def _special() -> ModuleType:
    import scipy.special  # noqa: PLC0415, TID251 - see the docstring of the module

    return scipy.special  # type: ignore[no-any-return]


def normal_cdf(z: npt.ArrayLike) -> Floats:
    """P(Z <= z) of the standard normal distribution."""
    return np.asarray(_special().ndtr(z), dtype=np.float64)


def normal_quantile(p: npt.ArrayLike) -> Floats:
    """Quantile of the standard normal distribution."""
    return np.asarray(_special().ndtri(p), dtype=np.float64)


def t_cdf(df: npt.ArrayLike, t: npt.ArrayLike) -> Floats:
    """P(T <= t) of Student's t with ``df`` degrees of freedom."""
    return np.asarray(_special().stdtr(df, t), dtype=np.float64)


def t_quantile(df: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Quantile of Student's t with ``df`` degrees of freedom."""
    return np.asarray(_special().stdtrit(df, p), dtype=np.float64)


def beta_quantile(a: npt.ArrayLike, b: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Quantile of the beta distribution with shapes ``a`` and ``b``."""
    return np.asarray(_special().betaincinv(a, b, p), dtype=np.float64)


def f_quantile(df1: npt.ArrayLike, df2: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Quantile of the F distribution."""
    return np.asarray(_special().fdtri(df1, df2, p), dtype=np.float64)
