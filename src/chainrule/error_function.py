"""The error function on numbers and arrays, which NumPy lacks (chapter 9: the exact GELU needs it).

Only the standard library is imported until the first array arrives.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["erf"]

BLOCK = 8192  # entries computed at a time, few enough to stay in the cache

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

    x = np.asarray(x)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    # From 6 on erf is 1 to the last digit.
    a = np.minimum(np.abs(x), 6).astype(np.float32 if dtype == np.float32 else float).reshape(-1)
    for start in range(0, a.size, BLOCK):
        part = a[start : start + BLOCK]
        part[:] = positive_erf(part)
    return np.copysign(a.reshape(x.shape), x).astype(dtype)[()]


def positive_erf(a: Any) -> Any:
    """erf of the entries of an array, all between 0 and 6: in each range by its own quotient."""
    import numpy as np

    square = a * a
    tail = np.exp(-square)  # 1 - erf(a) = tail * (what follows)
    y = np.where(a <= 0.46875, a * quotient(NEAR, square), 1 - tail * quotient(MIDDLE, a))
    far = a > 4
    if far.any():
        t, s = a[far], 1 / square[far]
        y[far] = 1 - tail[far] / t * (1 / math.sqrt(math.pi) - s * quotient(FAR, s))
    return y


def quotient(polynomials: tuple[tuple[float, ...], tuple[float, ...]], t: Any) -> Any:
    """The first polynomial of t by the second, each by Horner's rule in one array."""
    import numpy as np

    values = []
    for first, *rest in polynomials:
        value = np.full_like(t, first)
        for coefficient in rest:
            value *= t
            value += coefficient
        values.append(value)
    return values[0] / values[1]
