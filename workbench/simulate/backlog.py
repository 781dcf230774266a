"""The experiment backlog of a simulated brand: ideas that fit its shop, and tests with true lifts.

An idea can reach no more people than the shop has: each says which weekly count of the shop it
draws on, and which part of it. From the metric follows how many are exposed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.simulate.simulation import Simulation

__all__ = ["IDEAS", "SPREAD", "TESTS", "FinishedTest", "Idea", "draw_tests", "weekly_traffic"]

ORDERS, NEW, CHANNEL = "orders", "new customers", "new customers of the channel"


@dataclass(frozen=True)
class Idea:
    """One idea as the team wrote it down.

    Attributes
    ----------
    number, title, surface, channel, metric, status, owner : str
        As in the backlog.
    baseline : float
        Share of exposed people with the outcome today.
    counts : str
        Which weekly count of the shop the idea draws on: its orders, its new customers, or those
        of the channel.
    share : float
        Part of that count that comes by: of its outcomes (orders, new customers), or for a metric
        of repeats of the people themselves.
    effect : float
        Relative effect that the test should detect.
    effort : int
        Days of work.
    ice, pie : tuple of int
        Impact, confidence, ease; potential, importance: 1 to 10.
    pxl : str
        Points of the nine questions of PXL, in the order of `exports.experiments.PXL`.
    outside_cost : int
        Media and tools that running the test costs, in currency; work is not in it.
    """

    number: str
    title: str
    surface: str
    channel: str
    metric: str
    baseline: float
    counts: str
    share: float
    effect: float
    effort: int
    ice: tuple[int, int, int]
    pie: tuple[int, int]
    pxl: str
    outside_cost: int
    status: str
    owner: str

    @property
    def repeats(self) -> bool:
        """Whether people are exposed after an order, and the outcome is another one."""
        return self.metric.startswith("repeat")

    @property
    def days(self) -> int:
        """Days from an exposure until its outcome is known."""
        return int(self.metric.split()[-2]) if self.repeats else 0


IDEAS = (
    Idea("E01", "Bundle offer on product page", "product page", "", "order rate", 0.031, ORDERS,
         0.70, 0.06, 5, (7, 6, 6), (7, 9), "121110101", 0, "backlog", "site lead"),
    Idea("E02", "Free shipping threshold +20%", "cart", "", "order value", 0.58, ORDERS, 0.75,
         0.05, 2, (8, 6, 8), (6, 8), "100110011", 0, "backlog", "site lead"),
    Idea("E03", "Second-order offer on day 21", "e-mail", "Email", "repeat in 60 days", 0.11, NEW,
         0.70, 0.12, 3, (7, 7, 7), (8, 6), "120100110", 0, "ready", "e-mail lead"),
    Idea("E04", "Quiz before first purchase", "landing page", "Meta Ads", "order rate", 0.022,
         CHANNEL, 0.85, 0.10, 15, (8, 5, 3), (8, 7), "122111100", 900, "backlog", "growth lead"),
    Idea("E05", "Creator video against studio video", "ads", "Meta Ads", "order rate", 0.019,
         CHANNEL, 0.80, 0.08, 4, (6, 6, 7), (6, 7), "120110000", 2500, "running", "growth lead"),
    Idea("E06", "Replenishment reminder by product", "e-mail", "Email", "repeat in 90 days", 0.21,
         ORDERS, 0.60, 0.10, 6, (7, 6, 5), (7, 6), "120100110", 0, "backlog", "e-mail lead"),
    Idea("E07", "Gift wrap option", "checkout", "", "order value", 0.61, ORDERS, 0.70, 0.03, 8,
         (4, 5, 5), (3, 7), "002010000", 500, "backlog", "site lead"),
    Idea("E08", "Brand search off in two regions", "ads", "Google Ads", "new customers", 0.05,
         CHANNEL, 0.85, 0.15, 2, (6, 5, 9), (7, 5), "000010010", 0, "ready", "growth lead"),
    Idea("E09", "Win-back without discount", "e-mail", "Email", "repeat in 60 days", 0.06, NEW,
         0.60, 0.15, 2, (5, 6, 9), (6, 4), "120100010", 0, "backlog", "e-mail lead"),
    Idea("E10", "Subscription as default choice", "product page", "", "repeat in 90 days", 0.15,
         NEW, 0.80, 0.20, 20, (9, 4, 2), (9, 9), "122111110", 1500, "backlog", "founder"),
    Idea("E11", "Reviews beside the price", "product page", "", "order rate", 0.031, ORDERS, 0.70,
         0.05, 3, (6, 7, 8), (6, 9), "121011101", 0, "done", "site lead"),
    Idea("E12", "Progress bar to free shipping", "cart", "", "order value", 0.58, ORDERS, 0.75,
         0.04, 2, (6, 6, 8), (6, 8), "122010010", 0, "done", "site lead"),
    Idea("E13", "How-to series after the first order", "e-mail", "Email", "repeat in 60 days", 0.11,
         NEW, 0.70, 0.12, 5, (7, 6, 6), (7, 6), "020100110", 0, "done", "e-mail lead"),
    Idea("E14", "Landing page per ad angle", "landing page", "Meta Ads", "order rate", 0.022,
         CHANNEL, 0.85, 0.10, 8, (7, 6, 4), (7, 7), "121111000", 300, "done", "growth lead"),
    Idea("E15", "Back-in-stock e-mail for past buyers", "e-mail", "Email", "repeat in 90 days",
         0.21, ORDERS, 0.60, 0.08, 3, (5, 6, 7), (5, 6), "110100010", 0, "done", "e-mail lead"),
)  # fmt: skip
"""The backlog; those that are done have a result, see `TESTS`."""


@dataclass(frozen=True)
class FinishedTest:
    """When a finished test ran: weeks of exposures, and days since its last outcome was known."""

    number: str
    weeks: int
    ended_days_ago: int


TESTS = (
    FinishedTest("E11", 4, 24),
    FinishedTest("E12", 6, 131),
    FinishedTest("E13", 12, 150),
    FinishedTest("E14", 5, 171),
    FinishedTest("E15", 8, 108),
)
"""Finished tests of ideas in the backlog."""

SPREAD = {"order rate": 0.05, "order value": 0.03, "repeat": 0.08}
"""Kind of metric -> standard deviation of the true relative lift of a test; its mean is 0.

Within what collections of finished tests report, and not what a ranking assumes by default: a brand
need not be like the others.
"""

_SURROGATE_DAYS = 90
_POOL_DAYS = 182
"""Orders of half a year before a test's end stand for what its converted people spend."""


def weekly_traffic(simulation: Simulation, idea: Idea, first_day: int, last_day: int) -> float:
    """Return the people a week that an idea reaches between two days, the last not included."""
    first = simulation.customers["first_day"]
    if idea.counts == ORDERS:
        days = simulation.orders.loc[simulation.orders["kind"] == "kept", "day"]
    else:
        days = first
        if idea.counts == CHANNEL:
            days = first[simulation.customers["channel"] == _channel(simulation, idea)]
    counted = int(days.between(first_day, last_day - 1).sum()) / ((last_day - first_day) / 7)
    return idea.share * counted / (1.0 if idea.repeats else idea.baseline)


def _channel(simulation: Simulation, idea: Idea) -> int:
    return [channel.name for channel in simulation.settings.channels].index(idea.channel)


def draw_tests(simulation: Simulation) -> pd.DataFrame:
    """Draw what every finished test measured.

    People are split by chance, and convert by chance at the baseline of the idea, times 1 + lift in
    the variant. Who converts spends what one of the brand's orders of that time brought in the
    90 days after the exposure; a lift of order value enlarges that first order.

    Returns
    -------
    pandas.DataFrame
        One row per test and arm, control first: id, metric, arm, exposed, converted, started,
        ended (days since the start), value_90d_mean, value_90d_sd (contribution per exposed
        person, currency; NaN where the 90 days are not over), true_lift (of the metric; 0 in
        the control), true_value_lift (of 90-day contribution per exposed person: the lift of a
        rate; for order value less or more, since costs per order and later orders stay).
    """
    settings = simulation.settings
    random = settings.generator(simulation.seed, "tests")
    ideas = {idea.number: idea for idea in IDEAS}
    rows = []
    for test in TESTS:
        idea = ideas[test.number]
        kind = "repeat" if idea.repeats else idea.metric
        lift = round(SPREAD[kind] * random.standard_normal(), 4)
        ended = settings.days - 1 - test.ended_days_ago
        shown = ended - idea.days + 1  # the day after the last exposure
        started = shown - 7 * test.weeks
        people = round(weekly_traffic(simulation, idea, started, shown) * test.weeks)
        variant = random.binomial(people, 0.5)
        value, gain = _values(simulation, idea, ended)
        value_lift = lift
        if kind == "order value":
            value_lift = lift * gain.mean() / value.mean() if len(value) else np.nan
        known = len(value) > 0 and shown - 1 + _SURROGATE_DAYS < settings.days
        for arm, exposed in (("control", people - variant), ("variant", variant)):
            own = lift if arm == "variant" else 0.0
            rate = idea.baseline * (1 + (0.0 if kind == "order value" else own))
            converted = random.binomial(exposed, rate)
            chosen = random.integers(0, max(len(value), 1), converted)
            spent = np.zeros(exposed)
            if known:
                extra = own * gain[chosen] if kind == "order value" else 0.0
                spent[:converted] = value[chosen] + extra
            rows.append(
                {
                    "id": idea.number,
                    "metric": idea.metric,
                    "arm": arm,
                    "exposed": exposed,
                    "converted": converted,
                    "value_90d_mean": spent.mean() if known and exposed else np.nan,
                    "value_90d_sd": spent.std(ddof=1) if known and exposed > 1 else np.nan,
                    "started": started,
                    "ended": ended,
                    "true_lift": own,
                    "true_value_lift": value_lift if arm == "variant" else 0.0,
                }
            )
    return pd.DataFrame(rows)


def _values(simulation: Simulation, idea: Idea, last_day: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pool that converted people spend from, and what doubling the order would add.

    Both in contribution. The pool holds orders of the kind that the idea leads to, each with all
    that its customer brought from then on until 90 days after the exposure.
    """
    settings, orders = simulation.settings, simulation.orders
    # a repeat comes half of its time after the exposure, on average
    window = _SURROGATE_DAYS - idea.days / 2
    real = orders[orders["kind"].isin(["kept", "returned"])].sort_values(["customer", "time"])
    far = float(real["time"].max()) + 2 * _SURROGATE_DAYS if len(real) else 1.0
    at = (real["customer"] * far + real["time"]).to_numpy()
    total = np.concatenate([[0.0], np.cumsum(real["contribution"].to_numpy())])
    value = total[np.searchsorted(at, at + window, side="right")] - total[:-1]
    kept = real["revenue"] * (1 - settings.costs.payment_rate) - real["goods"]
    pool = (real["kind"] == "kept") & real["day"].between(last_day - _POOL_DAYS, last_day)
    if idea.repeats:
        pool &= real["number"] > 0
    elif idea.counts != ORDERS:
        pool &= real["number"] == 0
    if idea.counts == CHANNEL:
        channel = simulation.customers["channel"].to_numpy()[real["customer"]]
        pool &= channel == _channel(simulation, idea)
    return value[pool.to_numpy()], kept[pool].to_numpy()
