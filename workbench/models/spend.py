"""The Gamma-Gamma model of net revenue per purchase day.

A customer's purchase days bring z ~ Gamma(p, rate nu) with their own nu ~ Gamma(q, rate gamma),
so that the mean over customers is p gamma / (q - 1). Written here with the mean as parameter.

References
----------
Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025;
Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln


def gamma_rate(mean: ArrayLike, p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """Rate `gamma` of the mixing distribution from the population mean; needs q > 1."""
    return np.asarray(mean) * (np.asarray(q) - 1.0) / np.asarray(p)


def log_density(
    mean_spend: ArrayLike, x: ArrayLike, *, p: ArrayLike, q: ArrayLike, gamma: ArrayLike
) -> np.ndarray:
    """Log density of the mean of x purchase days' net revenue."""
    z, x, p, q, gamma = np.broadcast_arrays(mean_spend, x, p, q, gamma)
    return (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(gamma)
        + (p * x - 1.0) * np.log(z)
        + p * x * np.log(x)
        - (p * x + q) * np.log(gamma + x * z)
    )


def expected_spend(
    mean_spend: ArrayLike, x: ArrayLike, *, p: ArrayLike, q: ArrayLike, gamma: ArrayLike
) -> np.ndarray:
    """Expected net revenue of the next purchase day given x earlier ones with this mean."""
    z, x, p, q, gamma = np.broadcast_arrays(mean_spend, x, p, q, gamma)
    return p * (gamma + x * np.where(x > 0, z, 0.0)) / (p * x + q - 1.0)
