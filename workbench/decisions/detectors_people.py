"""Detectors over cohorts, customers, audiences and flows."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from workbench.decisions.opportunities import INCLUDED, LEFT_OUT, Opportunity, Tables
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.plots.words import estimate, number, plural, probability, shorten

__all__ = [
    "cohort_decay",
    "core_flow",
    "lapsing_high_value",
    "second_order",
    "value_seed",
    "win_back",
]

DRAWS = 4_000
OFFER_OF_FLOW = {"flow_win_back": "win_back_v1", "flow_post_purchase": "second_order_v1"}
"""Core flow -> audience whose offer says what the flow would bring."""


def cohort_decay(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Cohorts that bought less than was forecast, beyond what forecasts usually miss by.

    The log of actual over forecast orders is held against a normal with the forecast's own
    variance plus `forecast_spread` squared; of many cohorts only those are named that pass the
    step-up rule of Benjamini and Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x). The
    newest cutoff counts.
    """
    rows = tables.forecast_record
    if rows.empty:
        return []
    known = rows[(rows["level"] == "cohort") & rows["log_sd"].notna()]
    known = known[known["cutoff"] == known["cutoff"].max()].sort_values("group", kind="stable")
    if known.empty:
        return []
    actual = known["actual"].to_numpy(dtype=float)
    center, spread = known["log_mean"].to_numpy(float), known["log_sd"].to_numpy(float)
    sd = np.sqrt(spread**2 + settings.forecast_spread**2)
    # half an order more, so that none at all has a logarithm
    z = (np.log(actual + 0.5) - center) / sd
    p = np.array([NormalDist().cdf(value) for value in z])
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(
        p[order] <= settings.false_discoveries * np.arange(1, len(p) + 1) / len(p)
    )
    named = order[: passed[-1] + 1] if len(passed) else order[:0]
    found = []
    for i in sorted(named, key=lambda j: (p[j], str(known["group"].iloc[j]))):
        row = known.iloc[i]
        rng = np.random.default_rng([tables.seed, 47, int(i)])
        missed = np.exp(center[i] + spread[i] * rng.normal(size=DRAWS)) - actual[i]
        short = missed * tables.order_contribution * 365.0 / float(row["horizon_days"])
        some = np.isfinite(tables.order_contribution)
        low, high = np.quantile(short, [0.05, 0.95]) if some else (math.nan, math.nan)
        cohort = shorten(row["group"], 60)
        found.append(
            Opportunity(
                "cohort_decay", str(row["group"]), "ads",
                f"The {plural(int(row['customers']), 'customer')} of {cohort} made "
                f"{number(actual[i], 0)} orders in {int(row['horizon_days'])} days, forecast were "
                f"{number(row['mean'], 0)}; the chance of so few: {probability(p[i])}.",
                f"Find out what changed for {cohort} (product, offer, audience) before more is "
                "spent on customers like these.",
                float(short.mean()) if some else math.nan, low, high,
                float((short > 0).mean()) if some else math.nan, INCLUDED if some else "",
                "the shortfall against the forecast, carried on for 12 months at the mean "
                "contribution of a repeat order; what a remedy recovers is not known",
                gain=False, group="cohorts",
            )
        )  # fmt: skip
    return found


def _audience(tables: Tables, name: str) -> dict | None:
    rows = tables.audiences
    own = rows[(rows["audience"] == name) & (rows["customers"] > 0)] if len(rows) else rows
    return own.iloc[0].to_dict() if len(own) else None


def _offer(tables: Tables, kind: str, name: str, who: str, action: str) -> list[Opportunity]:
    """What an offer to an audience is expected to bring."""
    row = _audience(tables, name)
    if row is None or not math.isfinite(row["expected_profit"]):
        return []
    value = estimate(
        row["expected_value"], row["expected_value_q05"], row["expected_value_q95"],
        tables.currency,
    )  # fmt: skip
    left = f" Left out: {row['left_out']}." if row["left_out"] else ""
    return [
        Opportunity(
            kind, name, "e-mail",
            f"{plural(int(row['customers']), 'customer')} {who}; together they are expected to "
            f"bring {value} in the next 12 months, and {100 * row['p_order_60d']:.1f}% would order "
            f"within 60 days anyway.{left}",
            action, row["expected_profit"], row["profit_q05"], row["profit_q95"], row["p_profit"],
            LEFT_OUT,
            f"uplift of {100 * row['uplift']:.1f} percentage points in 60-day orders (prior, no "
            "test yet), the same for all who are contacted; figures are for contacting everybody, "
            "the holdout's share of them is the price of knowing",
            prior_only=True, group=name, audience=name, file=row["file"],
        )
    ]  # fmt: skip


def lapsing_high_value(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Customers of high value who are about to be lost and may be contacted."""
    return _offer(
        tables, "lapsing_high_value", "retain_lapsing_v1",
        "of high value are lapsing (20% to 50% still active) and may be e-mailed",
        "Send the retention messages to this list, without a discount first.",
    )  # fmt: skip


def win_back(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Lapsed customers whose uplift times value exceeds the cost."""
    return _offer(
        tables, "win_back", "win_back_v1",
        "have lapsed (below 20% still active), may be e-mailed and are worth the contact",
        "Send the win-back messages to this list.",
    )  # fmt: skip


def second_order(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """One-time buyers whose second order within 60 days is worth asking for."""
    return _offer(
        tables, "second_order", "second_order_v1",
        "bought once, are past their own resting time and may be e-mailed",
        "Send the second-order messages to this list.",
    )  # fmt: skip


def value_seed(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """A seed of probable high-value customers is ready for lookalikes."""
    row = _audience(tables, "seed_value_v1")
    if row is None or not row["file"]:
        return []
    return [
        Opportunity(
            "value_seed", "seed_value_v1", "ads",
            f"{plural(int(row['customers']), 'customer')} are in the seed. {row['definition']}",
            "Build a lookalike from this seed and run it beside today's prospecting.",
            assumption="not quantified: no data says what a lookalike of this seed brings",
            group="budget", audience="seed_value_v1", file=row["file"],
        )
    ]  # fmt: skip


def core_flow(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Core flows of the e-mail tool that are missing, silent or failing."""
    rows = tables.flows
    if rows.empty:
        return []
    found = []
    for row in rows[rows["state"].isin(["missing", "silent", "failing"])].to_dict("records"):
        title = str(row["title"])
        action = {
            "missing": f"Build the flow: {title}.",
            "silent": f"Bring the flow back to live: {title}.",
            "failing": f"Repair the flow: {title}.",
        }[row["state"]]
        offer = OFFER_OF_FLOW.get(str(row["flow"]), "")
        priced = _audience(tables, offer) if offer and row["state"] != "failing" else None
        known = priced is not None and math.isfinite(priced["expected_profit"])
        figures: dict = {}
        if priced is not None and known:
            figures = {
                "profit": priced["expected_profit"], "q05": priced["profit_q05"],
                "q95": priced["profit_q95"], "p_better": priced["p_profit"],
                "randomness": LEFT_OUT, "audience": offer, "file": priced["file"],
                "prior_only": True,
                "assumption": f"it does for today's {plural(int(priced['customers']), 'customer')} "
                "what one campaign to them is expected to do",
            }  # fmt: skip
        found.append(
            Opportunity(
                "core_flow", str(row["flow"]), "e-mail", f"{title}: {row['facts']}", action,
                group=offer or f"flow {row['flow']}", **figures,
            )
        )  # fmt: skip
    return found
