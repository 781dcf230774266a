"""What brings the customers: sources of orders as a shop records them, and ad platforms' reports.

Platforms report what they claim, not what they won: `claim` purchases per customer really won.
Sources are messy and partly missing, as `utm_source` is.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from workbench.simulate.process import Population

__all__ = ["draw_spend", "draw_visits"]

_REPEAT_EMAIL, _REPEAT_OWN = 0.45, 0.15
_CPM = 11.0
_CLICK_RATE = 0.012


def draw_visits(
    population: Population, customers: pd.DataFrame, orders: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Draw the source that the shop recorded for every order.

    Repeat orders come by e-mail, by the customer's own channel or without source, so that only
    first orders tell the acquisition channel.

    Returns
    -------
    pandas.DataFrame
        One row per order, columns source, medium, campaign; all empty where nothing was recorded.
    """
    settings = population.settings
    random = settings.generator(seed, "visits")
    count = len(orders)
    strangers = random.integers(0, len(settings.channels), count)
    channel = np.concatenate([customers["channel"].to_numpy(), strangers])[orders["customer"]]
    names = [item.name for item in settings.channels]
    email = names.index("Email") if "Email" in names else 0

    way = random.random(count)
    is_first = (orders["number"] == 0).to_numpy()
    by_email = ~is_first & (way < _REPEAT_EMAIL)
    channel = np.where(by_email, email, channel)
    lost = random.random(count) < np.array([item.untracked for item in settings.channels])[channel]
    missing = np.where(is_first, lost, way >= _REPEAT_EMAIL + _REPEAT_OWN)

    visits = pd.DataFrame("", index=orders.index, columns=["source", "medium", "campaign"])
    for position, item in enumerate(settings.channels):
        rows = np.flatnonzero((channel == position) & ~missing)
        weights = np.array([weight for _, _, weight in item.sources])
        drawn = random.choice(len(weights), size=len(rows), p=weights / weights.sum())
        sources = np.array([[source, medium] for source, medium, _ in item.sources], dtype=object)
        visits.loc[rows, ["source", "medium"]] = sources[drawn]
        if item.campaigns:
            shares = np.array([campaign.share for campaign in item.campaigns])
            slugs = np.array([_slug(campaign.name) for campaign in item.campaigns], dtype=object)
            chosen = random.choice(len(shares), size=len(rows), p=shares / shares.sum())
            visits.loc[rows, "campaign"] = slugs[chosen]
    return visits


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def draw_spend(
    population: Population, customers: pd.DataFrame, orders: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Draw daily spend per campaign and what the platform claims for it.

    Returns
    -------
    pandas.DataFrame
        Sorted by day, channel, campaign. Columns day (days since the start), channel (name),
        campaign, spend (currency), impressions, clicks, conversions (claimed purchases),
        conversion_value (claimed revenue, currency), new_customers (really won that day, by channel
        and split by the campaigns' shares of spend).
    """
    settings = population.settings
    random = settings.generator(seed, "spend")
    days, plan = settings.days, population.plan.sum(axis=0) / population.plan.sum()
    first = orders[orders["number"] == 0]
    first_channel = customers["channel"].to_numpy()[first["customer"]]
    parts = []
    for position, item in enumerate(settings.channels):
        if item.cac is None:
            continue
        swing = population.spend_plan[:, position]
        budget = item.cac * settings.customers * plan[position] * swing / swing.sum()
        won = np.bincount(
            customers.loc[customers["channel"] == position, "first_day"], minlength=days
        )
        order_value = first.loc[first_channel == position, "total"].mean()
        for campaign in item.campaigns:
            spend = np.round(budget * campaign.share * random.lognormal(-0.005, 0.1, days), 2)
            impressions = spend / _CPM * 1000 * random.lognormal(0, 0.05, days)
            conversions = random.poisson(item.claim * won * campaign.share)
            value = conversions * order_value * random.lognormal(0, 0.06, days)
            parts.append(
                pd.DataFrame(
                    {
                        "day": np.arange(days),
                        "channel": item.name,
                        "campaign": campaign.name,
                        "spend": spend,
                        "impressions": impressions.astype(np.int64),
                        "clicks": (impressions * _CLICK_RATE + random.random(days)).astype(int),
                        "conversions": conversions,
                        "conversion_value": np.nan_to_num(np.round(value, 2)),
                        "new_customers": won * campaign.share,
                    }
                )
            )
    if not parts:
        return pd.DataFrame(
            columns=[
                "day", "channel", "campaign", "spend", "impressions", "clicks", "conversions",
                "conversion_value", "new_customers",
            ]
        )  # fmt: skip
    spend_by_day = pd.concat(parts, ignore_index=True)
    return spend_by_day.sort_values(["day", "channel", "campaign"], ignore_index=True)
