"""Detectors over channels, budget and suppression."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.decisions.opportunities import INCLUDED, LEFT_OUT, Opportunity, Tables
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.plots.words import estimate, money, number, probability, share, shorten

__all__ = [
    "broken_economics",
    "budget_change",
    "channel_above_share",
    "leaking_suppression",
    "rank_flip",
]

"""Months of the plan's profits."""

YEAR = 365
PRIOR_DRAWS = 4_000


def _paid(tables: Tables) -> pd.DataFrame:
    """Channels with spend and a value, with their shares of both."""
    rows = tables.channels
    if rows.empty or "value_12m_mean" not in rows:
        return pd.DataFrame()
    paid = rows[(rows["spend"] > 0) & rows["value_12m_mean"].notna()].reset_index(drop=True)
    value = (paid["customers"] * paid["value_12m_mean"]).clip(lower=0.0)
    spend_share = paid["spend"] / paid["spend"].sum()
    value_share = value / value.sum() if value.sum() > 0 else spend_share
    return paid.assign(spend_share=spend_share, value_share=value_share)


def _year_of_spend(tables: Tables) -> pd.Series:
    """Spend by channel in the 365 days to the as-of date."""
    rows = tables.spend
    if rows.empty:
        return pd.Series(dtype=float)
    end = pd.Timestamp(tables.as_of) + timedelta(days=1)
    year = rows[(rows["date"] >= end - timedelta(days=YEAR)) & (rows["date"] < end)]
    return year.groupby("channel")["spend"].sum()


def _is_broken(row: pd.Series, settings: OpportunitySettings) -> bool:
    return bool(1.0 - row["p_value_above_cac"] >= settings.p_broken)


def _planned(tables: Tables) -> dict[str, dict]:
    """Rows of the budget that change something, by channel."""
    if tables.budget.empty:
        return {}
    changed = tables.budget[tables.budget["change"].abs() > 0]
    return {str(row["channel"]): row for row in changed.to_dict("records")}


def broken_economics(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Channels whose CAC is above the 12-month value of the customers they bring.

    The stake is what pausing the channel saves in a year with the spend of the last 365 days:
    minus its True Profit, scaled by that spend over the spend of the channel table. A scale f
    widens the part of the interval that comes from parameters by f and that from purchases by the
    root of f; half-widths take the larger, so they are never too narrow.
    """
    found = []
    year = _year_of_spend(tables)
    for _, row in _paid(tables).iterrows():
        if not _is_broken(row, settings):
            continue
        channel, currency = str(row["channel"]), tables.currency
        scale = float(year.get(channel, row["spend"])) / row["spend"]
        wide = max(scale, scale**0.5)
        mean = -row["true_profit_mean"]
        low = scale * mean - wide * (row["true_profit_q95"] - row["true_profit_mean"])
        high = scale * mean + wide * (row["true_profit_mean"] - row["true_profit_q05"])
        p = 1.0 - row["p_value_above_cac"]
        value = estimate(
            row["value_12m_mean"], row["value_12m_q05"], row["value_12m_q95"], currency
        )
        cost = estimate(row["cac"], row.get("cac_q05"), row.get("cac_q95"), currency)
        unknown = row["cac"] < row.get("cac_counted", row["cac"])
        counted = ", its part of the customers of unknown channel included," if unknown else ""
        found.append(
            Opportunity(
                "broken_economics", channel, "ads",
                f"A customer of {shorten(channel, 40)} costs {cost}{counted} and "
                f"brings {value} within 12 months (predicted in part); CAC is above that value "
                f"with {probability(p)}.",
                f"Cut spend on {shorten(channel, 40)} until its next customer pays; automate "
                "nothing on top of it.",
                scale * mean, low, high, p, INCLUDED,
                "spend would go on as in the last 365 days at average CAC and brings nothing to "
                "other channels (an association, not an effect)",
                group="budget", file="spend_sheet" if channel in _planned(tables) else "",
                first=True,
            )
        )  # fmt: skip
    return found


def channel_above_share(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Channels with a larger share of the value than of the spend, unless the budget says no.

    Shares speak of averages, the budget of the next customer: where a budget was made and does
    not raise the channel, nothing is found.
    """
    planned = _planned(tables)
    found = []
    for _, row in _paid(tables).iterrows():
        channel = str(row["channel"])
        gap = row["value_share"] - row["spend_share"]
        if gap < settings.share_gap or _is_broken(row, settings):
            continue
        move = planned.get(channel)
        if not tables.budget.empty and (move is None or move["change"] <= 0):
            continue
        words = (
            f"{shorten(channel, 40)} takes {share(row['spend_share'])} of the spend and brings "
            f"{share(row['value_share'])} of the 12-month value of paid channels."
        )
        if move is None:
            action = f"Raise spend on {shorten(channel, 40)} in one region first and measure CAC."
            found.append(Opportunity("channel_above_share", channel, "ads", words, action,
                                     group="budget"))  # fmt: skip
        else:
            found.append(_move("channel_above_share", move, words, tables))
    return found


def budget_change(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Changes of the proposed budget that no other detector names."""
    paid = _paid(tables)
    named = {
        found.subject
        for detector in (channel_above_share, broken_economics)
        for found in detector(tables, settings)
    }
    spend = {} if paid.empty else dict(zip(paid["channel"], paid["cac"], strict=True))
    found = []
    for channel, move in _planned(tables).items():
        if channel not in named:
            cac = (
                f" Average CAC: {money(spend[channel], tables.currency)}."
                if channel in spend
                else ""
            )
            words = (
                f"The budget moves {shorten(channel, 40)} from "
                f"{money(move['spend_now'], tables.currency)} to "
                f"{money(move['spend_proposed'], tables.currency)} a month.{cac}"
            )
            found.append(_move("budget_change", move, words, tables))
    return found


def _move(kind: str, move: dict, words: str, tables: Tables) -> Opportunity:
    channel = shorten(move["channel"], 40)
    way = "Raise" if move["change"] > 0 else "Lower"
    now, then = (money(move[c], tables.currency) for c in ("spend_now", "spend_proposed"))
    months = tables.budget_weeks / WEEKS_PER_MONTH
    return Opportunity(
        kind, str(move["channel"]), "ads", words,
        f"{way} spend on {channel} from {now} to {then} a month (spend sheet).",
        months * move["expected_profit_change"], months * move["q05"], months * move["q95"],
        move["p_better"], LEFT_OUT,
        f"12-month value of the customers of {tables.budget_weeks} weeks, after which the budget "
        "is made anew; the response of new customers to spend; one part of the proposed budget, "
        "to be judged as a whole",
        group="budget", file="spend_sheet", verb=str(move.get("verb") or ""),
    )  # fmt: skip


def leaking_suppression(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Paid channels that claim orders of customers who had just bought by their own rhythm.

    The stake is the spend on these orders in a year times the share of it that brings nothing:
    spend is taken to follow orders, the share of leaked orders is Beta(recent + 1/2, others +
    1/2), and the wasted share has a stated prior.
    """
    rows = tables.leaks
    if rows.empty:
        return []
    mean, sd = settings.leak_waste_mean, settings.leak_waste_sd
    size = mean * (1.0 - mean) / sd**2 - 1.0 if sd > 0 else np.inf
    found = []
    for number_, row in enumerate(rows.sort_values("channel").to_dict("records")):
        orders, recent = int(row["orders"]), int(row["recent"])
        if orders == 0 or recent / orders < settings.leak_share:
            continue
        rng = np.random.default_rng([tables.seed, 43, number_])
        leaked = rng.beta(recent + 0.5, orders - recent + 0.5, PRIOR_DRAWS)
        waste = rng.beta(mean * size, (1 - mean) * size, PRIOR_DRAWS) if sd > 0 else mean
        profit = row["spend"] * YEAR / 90 * leaked * waste
        low, high = np.quantile(profit, [0.05, 0.95])
        channel = shorten(row["channel"], 40)
        found.append(
            Opportunity(
                "leaking_suppression", str(row["channel"]), "ads",
                f"{number(recent, 0)} of {number(orders, 0)} orders of {channel} in the 90 days to "
                f"{tables.as_of.isoformat()} came from customers who had just bought by their own "
                f"rhythm ({share(recent / orders)}); the channel cost "
                f"{money(row['spend'], tables.currency)} in these days.",
                f"Exclude the list of recent buyers from the campaigns of {channel} and renew it "
                "every week.",
                float(profit.mean()), low, high, float((profit > 0).mean()), LEFT_OUT,
                f"spend follows orders, and {share(mean)} ± {share(sd)} of the spend on recent "
                "buyers brings nothing (prior, no test yet)",
                group="suppression", audience="suppress_recent_buyers_v1", prior_only=True,
            )
        )  # fmt: skip
    return found


def rank_flip(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Pairs of channels that reported ROAS and 12-month ROAS rank the other way round."""
    rows = tables.rank_flips
    if rows.empty:
        return []
    likely = rows[rows["p_flip"] >= settings.p_flip]
    likely = likely.sort_values(["p_flip", "channel_a", "channel_b"], ascending=[False, True, True])
    found = []
    for row in likely.to_dict("records"):
        a, b = shorten(row["channel_a"], 40), shorten(row["channel_b"], 40)
        found.append(
            Opportunity(
                "rank_flip", f"{row['channel_a']} / {row['channel_b']}", "ads",
                f"{a} leads {b} on reported ROAS ({number(row['reported_a'])} to "
                f"{number(row['reported_b'])}); by 12-month value the order is the reverse with "
                f"{probability(row['p_flip'])} ({number(row['roas_12m_a'])} to "
                f"{number(row['roas_12m_b'])}, predicted in part).",
                f"Steer {a} and {b} by 12-month ROAS; report it beside the platforms' own.",
                assumption="counted in the budget, which rests on the same values", group="budget",
            )
        )  # fmt: skip
    return found
