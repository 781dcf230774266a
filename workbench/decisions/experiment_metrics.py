"""From a primary metric to money: what one unit of relative lift is worth per exposed person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.errors import Problem, WorkbenchError

__all__ = ["ExperimentMoney", "Metric", "money_from_orders", "noise_of_lift", "read_metric"]

_WORDS = (
    ("new customers", r"new customer|first order|acquisition|new buyer"),
    ("repeat", r"repeat|second[- ]order|second purchase|reorder|re-order|retention|win.?back"),
    ("order value", r"order value|\baov\b|basket|revenue per|value per|\brpv\b"),
    ("order rate", r"order rate|conversion|\bcvr\b|\bcr\b|purchase rate|orders per"),
)
_DAYS = re.compile(r"(\d+)\s*-?\s*(?:d\b|day)")


@dataclass(frozen=True)
class Metric:
    """What a test measures.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    days : float
        Days from an exposure until its outcome is known.
    """

    kind: str
    days: float


def read_metric(text: object, settings: ExperimentSettings) -> Metric | None:
    """Recognise a primary metric by its words; None where nothing fits."""
    words = str(text).lower() if isinstance(text, str) else ""
    for kind, pattern in _WORDS:
        if re.search(pattern, words):
            found = _DAYS.search(words)
            days = float(found.group(1)) if found else float(settings.days_to_result[kind])
            return Metric(kind, days)
    return None


@dataclass(frozen=True)
class ExperimentMoney:
    """What orders and customers of a brand are worth, as draws; currency, contribution.

    Attributes
    ----------
    new_customer : ndarray, shape (draws,)
        12-month value of the next customer, over all channels.
    by_channel : mapping of str to ndarray, shape (draws,)
        The same by channel. Channel effects are associations.
    order : ndarray, shape (draws,)
        Mean contribution of one order of a returning customer.
    order_value : float
        Mean net revenue of an order.
    order_value_cv : float
        Standard deviation of the net revenue of an order over its mean.
    unit_margin : ndarray, shape (draws,) or (1,)
        Contribution left of one more unit of revenue in an order that happens anyway.
    new_share : float
        Share of orders that are a customer's first.
    carry : ndarray, shape (draws,) or (1,)
        12-month contribution per unit of contribution gained within the first 90 days. 1 takes an
        early repeat for an order more, neither brought forward nor followed by others.
    cost_of_new_customer : mapping of str to float
        Channel -> what an additional customer costs in media, taken off in tests of new customers
        only. None by default: a test at unchanged spend wins customers without paying more.
    orders_per_week : float
        Orders that the brand has in a week: no surface can have more. Infinite where unknown.
    """

    new_customer: np.ndarray
    order: np.ndarray
    order_value: float
    by_channel: Mapping[str, np.ndarray] = field(default_factory=dict)
    order_value_cv: float = 0.8
    unit_margin: np.ndarray = field(default_factory=lambda: np.ones(1))
    new_share: float = 0.5
    carry: np.ndarray = field(default_factory=lambda: np.ones(1))
    cost_of_new_customer: Mapping[str, float] = field(default_factory=dict)
    orders_per_week: float = float("inf")

    def per_unit_lift(
        self, kind: str, baseline: float, surface: str, channel: str, settings: ExperimentSettings
    ) -> tuple[np.ndarray, str]:
        """12-month contribution per exposed person if the metric doubled, and what that rests on.

        Parameters
        ----------
        kind : str
            One of `KINDS`.
        baseline : float
            Share of exposed people with the outcome (an order, a repeat) under today's version.
        surface, channel : str
            Where the test runs; empty where unknown.
        settings : ExperimentSettings

        Returns
        -------
        value : ndarray, shape (draws,)
            Currency per exposed person and unit of relative lift.
        basis : str
            In words, for a note.
        """
        won = self.by_channel.get(channel, self.new_customer)
        whose = f"a customer of {channel}" if channel in self.by_channel else "a new customer"
        if kind == "new customers":
            cost = float(self.cost_of_new_customer.get(channel, 0.0))
            less = ", less its media cost" if cost else ", at unchanged media spend"
            return baseline * (won - cost), f"12-month value of {whose}{less}"
        if kind == "repeat":
            return baseline * self.order * self.carry, "contribution of one more order"
        if kind == "order value":
            value = baseline * self.order_value * self.unit_margin
            return value, "contribution of more revenue per order"
        place = surface.strip().lower()
        if place in settings.acquisition_surfaces:
            return baseline * won, f"12-month value of {whose}"
        if place in settings.customer_surfaces:
            return baseline * self.order, "contribution of one more order"
        mix = self.new_share * won + (1 - self.new_share) * self.order
        basis = f"{self.new_share:.0%} 12-month value of {whose}, else contribution of an order"
        return baseline * mix, basis


def noise_of_lift(kind: str, baseline: float, order_value_cv: float) -> float:
    """Standard deviation of one person's outcome over its mean.

    Rates: ``sqrt((1 - p) / p)``. Order value is measured per exposed person, orders and their
    size together, since an offer that lifts the basket may cost orders:
    ``sqrt((1 + cv^2) / p - 1)``.
    """
    spread = order_value_cv**2 if kind == "order value" else 0.0
    return float(np.sqrt((1 + spread) / baseline - 1))


def money_from_orders(
    channels: Sequence[str],
    value_next: np.ndarray,
    new_customers: Mapping[str, float],
    *,
    revenue: np.ndarray,
    contribution: np.ndarray,
    first: np.ndarray,
    seed: int,
    weeks: float | None = None,
    unit_margin: float | None = None,
    carry: np.ndarray | None = None,
) -> ExperimentMoney:
    """Gather what experiments need from a valuation and a brand's orders.

    Parameters
    ----------
    channels : sequence of str
        Names of the rows of `value_next`.
    value_next : ndarray, shape (channels, draws)
        12-month value of the next customer.
    new_customers : mapping of str to float
        Channel -> recent new customers: weights of the mean over channels.
    revenue, contribution : ndarray, shape (orders,)
        Of recent orders with revenue, in currency; NaN are left out.
    first : ndarray of bool, shape (orders,)
        Whether an order is its customer's first.
    seed : int
    weeks : float, optional
        Weeks that the orders span.
    unit_margin : float, optional
        Contribution left of one more unit of revenue; by default the slope of contribution on
        revenue over the orders, which leaves out costs that every order has.
    carry : ndarray, optional
        See `ExperimentMoney`.

    Raises
    ------
    WorkbenchError
        Without any order that has revenue and contribution.
    """
    revenue, contribution = np.asarray(revenue, float), np.asarray(contribution, float)
    ok = np.isfinite(revenue) & np.isfinite(contribution) & (revenue > 0)
    revenue, contribution, first = revenue[ok], contribution[ok], np.asarray(first, bool)[ok]
    if not len(revenue):
        todo = "experiments are ranked in money: add amounts and costs"
        raise WorkbenchError(
            str(Problem("no order has revenue and contribution", "orders", todo=todo))
        )
    draws = value_next.shape[1]
    rng = np.random.default_rng([seed, 61])
    again = contribution[~first] if (~first).sum() > 1 else contribution
    error = again.std() / np.sqrt(len(again))
    weights = np.array([max(float(new_customers.get(name, 0.0)), 0.0) for name in channels])
    weights = weights / weights.sum() if weights.sum() > 0 else np.ones_like(weights) / len(weights)
    if unit_margin is None:
        spread = revenue.var()
        slope = np.cov(revenue, contribution, bias=True)[0, 1] / spread if spread > 0 else np.nan
        unit_margin = float(slope if np.isfinite(slope) else contribution.sum() / revenue.sum())
    return ExperimentMoney(
        new_customer=weights @ value_next,
        by_channel=dict(zip(channels, value_next, strict=True)),
        order=again.mean() + error * rng.normal(size=draws),
        order_value=float(revenue.mean()),
        order_value_cv=float(revenue.std() / revenue.mean()),
        unit_margin=np.array([unit_margin]),
        new_share=float(first.mean()),
        carry=np.ones(1) if carry is None else carry,
        orders_per_week=len(revenue) / weeks if weeks else float("inf"),
    )
