"""The error function on numbers and arrays, which NumPy lacks (chapter 9: the exact GELU needs it).

Only the standard library is imported until the first array arrives.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["erf"]

# Coefficients of numerator and denominator, highest power first: W. J. Cody, Rational Chebyshev approximations for
# the error function, Mathematics of Computation 23 (1969), 631-637, with the digits of his CALERF.
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
MIDDLE = (
    (
        *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1),
        *(2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3),
        1.23033935479799725e3,
    ),
    (
        *(1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3),
        *(3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
    ),
)
FAR = (
    (
        *(1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1),
        *(1.60837851487422766e-2, 6.58749161529837803e-4),
    ),
    (
        *(1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2),
        2.33520497626869185e-3,
    ),
)


def erf(x: Any) -> Any:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, to the last digits of float64.

    A number gives a number, an array of floats an array of its dtype.

    >>> round(erf(1.0), 12)
    0.84270079295
    """
    if not hasattr(x, "dtype"):
        return math.erf(x)
    import numpy as np

    def ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], t: Any) -> Any:
        return np.polyval(coefficients[0], t) / np.polyval(coefficients[1], t)

    a = np.asarray(np.abs(x), float)
    y = np.where(np.isnan(a), a, 1.0)
    near, far = a <= 0.46875, (a > 4) & (a < 6)
    middle = (a > 0.46875) & (a <= 4)
    t = a[near]
    y[near] = t * ratio(NEAR, t * t)
    t = a[middle]
    y[middle] = 1 - np.exp(-t * t) * ratio(MIDDLE, t)
    t = a[far]
    s = 1 / (t * t)
    y[far] = 1 - np.exp(-t * t) / t * (1 / math.sqrt(math.pi) - s * ratio(FAR, s))
    return np.copysign(y, x).astype(x.dtype)[()]
