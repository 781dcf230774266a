"""12-month value of what a test has shown after 90 days: a surrogate index.

A test is decided long before its 12 months are over. Athey, Chetty, Imbens and Kang (2019, "The
Surrogate Index", NBER working paper 26463) replace the outcome by its expectation given what is
known early: here whether a person ordered and the contribution of the first 90 days, regressed on
the 12-month value of the brand's own customers that are old enough.

Assumed, and not testable within one test: the idea changes 12-month value through these two only,
and people of today's test turn 90-day value into 12-month value as those older customers did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.errors import Problem, WorkbenchError

__all__ = ["Surrogate", "fit_surrogate"]

_FEWEST = 50


@dataclass(frozen=True)
class Surrogate:
    """12-month value expected of a person: ``a x ordered + b x 90-day value``.

    Attributes
    ----------
    coefficients : ndarray, shape (2,)
        a in currency, b per unit of 90-day contribution.
    covariance : ndarray, shape (2, 2)
        Of the coefficients, robust to unequal variances (HC1).
    customers : int
        Mature customers behind it.
    explained : float
        Share of the variance of 12-month value that it explains.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    customers: int
    explained: float

    def index(self, ordered: float, value_90d: float) -> float:
        """Return the mean 12-month value per person, from the means of an arm."""
        return float(self.coefficients @ np.array([ordered, value_90d]))

    def variance(self, ordered: float, value_90d: float, value_90d_sd: float) -> float:
        """Variance of the index between the persons of an arm.

        Without an order there is no value, so the covariance of both is
        ``mean value x (1 - share ordered)``.
        """
        shared = value_90d * (1 - ordered)
        spread = np.array([[ordered * (1 - ordered), shared], [shared, value_90d_sd**2]])
        return max(float(self.coefficients @ spread @ self.coefficients), 0.0)

    def carry(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Draw b: 12-month contribution per unit gained within 90 days; shape (draws,)."""
        sd = np.sqrt(self.covariance[1, 1])
        return np.asarray(self.coefficients[1] + sd * rng.normal(size=draws))


def fit_surrogate(value_90d: np.ndarray, value_12m: np.ndarray) -> Surrogate:
    """Regress 12-month on 90-day value over customers whose 12 months are over.

    Parameters
    ----------
    value_90d, value_12m : ndarray, shape (customers,)
        Observed contribution to day 90 and to day 365 from the first order (included), currency.

    Raises
    ------
    WorkbenchError
        With fewer than 50 such customers, or where all have the same 90-day value.
    """
    x, y = np.asarray(value_90d, float), np.asarray(value_12m, float)
    ok = np.isfinite(x) & np.isfinite(y)
    x, y = x[ok], y[ok]
    if len(x) < _FEWEST or x.std() == 0:
        raise WorkbenchError(
            str(
                Problem(
                    f"{len(x)} customers with a 90-day and a 12-month value cannot carry a "
                    "surrogate index",
                    "customers",
                    f"{_FEWEST} or more customers aged 365 days, of different 90-day value",
                    "judge tests by conversion until more customers are a year old",
                )
            )
        )
    design = np.column_stack([np.ones_like(x), x])
    bread = np.linalg.inv(design.T @ design)
    coefficients = bread @ (design.T @ y)
    residual = y - design @ coefficients
    meat = (design * residual[:, None] ** 2).T @ design
    covariance = bread @ meat @ bread * len(x) / (len(x) - 2)
    spread = y.var()
    explained = 1 - residual.var() / spread if spread > 0 else 0.0
    return Surrogate(coefficients, covariance, len(x), float(explained))
