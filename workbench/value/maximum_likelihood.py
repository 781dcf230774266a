"""Textbook point forecasts: BG/NBD times Gamma-Gamma at the maximum of their likelihood.

No season, no effect of channel or product, no uncertainty: what a spreadsheet or a well-known
library gives, and what the model in use has to beat.

References
----------
Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2);
Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from workbench.models import spend
from workbench.models.families import bg

__all__ = ["BgNbd", "GammaGamma", "Textbook", "fit_bg_nbd", "fit_gamma_gamma", "fit_textbook"]

# Logs of parameters stay within these: beyond them nothing is left to tell apart.
_LOW, _HIGH = -7.0, 9.0


@dataclass(frozen=True)
class BgNbd:
    """BG/NBD parameters; alpha in days."""

    r: float
    alpha: float
    a: float
    b: float

    def expected_orders(
        self, days: float, x: np.ndarray, t_x: np.ndarray, age: np.ndarray
    ) -> np.ndarray:
        """Purchase days expected in the `days` after the cutoff, shape (customers,).

        The conditional expectation of Fader, Hardie and Lee (2005), equation 10.

        Parameters
        ----------
        days : float
            Horizon.
        x, t_x, age : ndarray, shape (customers,)
            Repeat days; days from first to last purchase and to the cutoff.
        """
        shapes = {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}
        return bg.expected_purchases(days, x, t_x, age, **shapes)


@dataclass(frozen=True)
class GammaGamma:
    """Gamma-Gamma parameters; `mean` is that of all customers, in currency."""

    p: float
    q: float
    mean: float

    def expected_spend(self, mean_spend: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Net revenue expected of a purchase day, in currency, shape (customers,)."""
        gamma = spend.gamma_rate(self.mean, self.p, self.q)
        return spend.expected_spend(mean_spend, x, p=self.p, q=self.q, gamma=gamma)


@dataclass(frozen=True)
class Textbook:
    """Both models and the share of revenue that is left as contribution.

    `spend` is None and `margin` NaN where no repeat revenue was seen.
    """

    orders: BgNbd
    spend: GammaGamma | None
    margin: float

    def predict(self, customers: pd.DataFrame, horizon: int) -> pd.DataFrame:
        """Point forecast of each customer over `horizon` days.

        Returns
        -------
        DataFrame
            customer_id, orders (purchase days) and, where amounts are known, revenue and
            contribution in currency.
        """
        x, t_x, age = _histories(customers)
        orders = self.orders.expected_orders(horizon, x, t_x, age)
        table = pd.DataFrame({"customer_id": customers["customer_id"], "orders": orders})
        if self.spend is not None:
            spent = customers["mean_repeat_revenue"].to_numpy(dtype=float)
            paying = spent > 0
            each = self.spend.expected_spend(np.where(paying, spent, 1.0), np.where(paying, x, 0.0))
            table["revenue"] = orders * each
            table["contribution"] = table["revenue"] * self.margin
        return table


def fit_textbook(customers: pd.DataFrame) -> Textbook | None:
    """Fit both models to a customer table.

    Parameters
    ----------
    customers : DataFrame
        `Warehouse.customers` at a cutoff.

    Returns
    -------
    Textbook or None
        None where the purchase model has no maximum to find; see `fit_bg_nbd`.
    """
    orders = fit_bg_nbd(*_histories(customers))
    if orders is None:
        return None
    paying = customers[(customers["repeat_days"] > 0) & (customers["mean_repeat_revenue"] > 0)]
    amounts = fit_gamma_gamma(
        paying["mean_repeat_revenue"].to_numpy(dtype=float),
        paying["repeat_days"].to_numpy(dtype=float),
    )
    return Textbook(orders, amounts, _margin(customers))


def fit_bg_nbd(x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> BgNbd | None:
    """Maximise the BG/NBD likelihood.

    Parameters
    ----------
    x, t_x, age : ndarray, shape (customers,)
        Repeat days; days from first to last purchase and to the cutoff.

    Returns
    -------
    BgNbd or None
        None where nobody came back, no time has passed, or the search ends without a maximum.
    """
    if not len(x) or not (x > 0).any() or not age.max() > 0:
        return None
    rows, weight = np.unique(np.stack([x, t_x, age], axis=1), axis=0, return_counts=True)
    scale = float(age.mean())
    count, last, end = rows[:, 0], rows[:, 1] / scale, rows[:, 2] / scale

    def loss(logs: np.ndarray) -> float:
        r, alpha, a, b = np.exp(logs)
        each = bg.log_likelihood(count, last, end, r=r, alpha=alpha, a=a, b=b)
        return -float(each @ weight) / len(x)

    found = _minimise(loss, np.log([0.5, 0.5, 1.0, 2.0]))
    if found is None:
        return None
    r, alpha, a, b = (float(v) for v in np.exp(found))
    return BgNbd(r, alpha * scale, a, b)


def fit_gamma_gamma(mean_spend: np.ndarray, x: np.ndarray) -> GammaGamma | None:
    """Maximise the Gamma-Gamma likelihood, with q > 1 so that a mean exists.

    Parameters
    ----------
    mean_spend, x : ndarray, shape (customers,)
        Mean net revenue of the repeat days, in currency, above 0, and their number.

    Returns
    -------
    GammaGamma or None
        None with fewer than two customers or where the search ends without a maximum.
    """
    if len(x) < 2:
        return None
    scale = float(np.exp(np.log(mean_spend).mean()))
    z = mean_spend / scale

    def loss(logs: np.ndarray) -> float:
        p, q, mean = np.exp(logs[0]), 1.0 + np.exp(logs[1]), np.exp(logs[2])
        gamma = spend.gamma_rate(mean, p, q)
        return -float(spend.log_density(z, x, p=p, q=q, gamma=gamma).mean())

    found = _minimise(loss, np.log([4.0, 2.0, 1.0]))
    if found is None:
        return None
    return GammaGamma(
        float(np.exp(found[0])), 1.0 + float(np.exp(found[1])), scale * float(np.exp(found[2]))
    )


def _minimise(loss, start: np.ndarray) -> np.ndarray | None:  # type: ignore[no-untyped-def]
    found = minimize(
        loss,
        start,
        method="L-BFGS-B",
        bounds=[(_LOW, _HIGH)] * len(start),
        options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-6},
    )
    good = np.isfinite(found.fun) and (found.success or found.status == 2)
    return found.x if good else None


def _histories(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, t_x, age = (
        customers[name].to_numpy(dtype=float)
        for name in ("repeat_days", "recency_days", "age_days")
    )
    return x, t_x, age


def _margin(customers: pd.DataFrame) -> float:
    """Contribution over revenue after the first day, of all orders where there was none."""
    for part in ("repeat_", ""):
        revenue = customers[f"{part}revenue"].sum()
        if revenue > 0:
            return float(customers[f"{part}contribution"].sum() / revenue)
    return float("nan")
