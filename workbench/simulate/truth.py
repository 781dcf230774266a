"""`truth.json`: what a model of a simulated brand should find, for people and for tests."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from workbench.simulate.backlog import SPREAD, draw_tests
from workbench.simulate.process import HORIZON_DAYS
from workbench.simulate.simulation import Simulation

__all__ = ["channel_truth", "cohort_truth", "truth"]

_DEFINITIONS = {
    "value_12m": "contribution per acquired customer of all orders whose day is 0 to 365 days "
    "after the day of the first purchase, both included; orders after the as-of date count",
    "value_90d": "the same to day 90",
    "contribution": "items - discount + shipping - refund, tax excluded, minus goods (rate x items "
    "after discount and refund, by line), fulfilment per order and payment fee (rate x amount "
    "charged with tax, plus a fixed amount); a refund counts on the day of its order, even if it "
    "arrives after the as-of date",
    "realised": "what the customers of this simulation did",
    "expected": "what customers of the same cohorts do on average, from the true parameters",
    "tracked": "customers whose first order reached the shop with a source: the others end as "
    "Unknown channel in the exports; tracked_* are the figures that the exports can show",
    "cac": "spend / customers acquired in the same days, without discounting",
    "roas_12m": "value_12m x customers / spend",
    "reported_roas": "conversion value that the platform claims / spend",
}

_COHORT_COLUMNS = (
    "channel",
    "first_product",
    "first_month",
    "customers",
    "tracked_customers",
    "repeat_90d",
    "value_90d_realised",
    "value_12m_realised",
    "value_12m_expected",
)


def channel_truth(simulation: Simulation, *, since_day: int = 0) -> pd.DataFrame:
    """Return the truth by channel, sorted by channel.

    Parameters
    ----------
    simulation : Simulation
        The brand.
    since_day : int
        Only customers acquired, and money spent, from this day on (days since the start).

    Returns
    -------
    pandas.DataFrame
        channel, customers, tracked_customers, repeat_90d, repeat_12m (shares), value_90d_realised,
        value_90d_expected, value_12m_realised, value_12m_expected, tracked_value_12m_realised,
        tracked_value_12m_expected (currency per customer), spend, cac, tracked_cac, reported_roas,
        roas_12m_realised, roas_12m_expected, true_profit_realised, rank_reported, rank_roas_12m,
        rank_value_12m (1 is best). Empty values where a channel has no spend.
    """
    settings = simulation.settings
    names = np.array([channel.name for channel in settings.channels])
    customers = simulation.customers[simulation.customers["first_day"] >= since_day]
    customers = customers.assign(channel=names[customers["channel"]])
    table = _values(customers, ["channel"])
    spend = simulation.spend[simulation.spend["day"] >= since_day].groupby("channel")
    table["spend"] = spend["spend"].sum().reindex(table.index)
    table["cac"] = table["spend"] / table["customers"]
    table["tracked_cac"] = table["spend"] / table["tracked_customers"]
    claimed = spend["conversion_value"].sum().reindex(table.index)
    table["reported_roas"] = claimed / table["spend"]
    for kind in ("realised", "expected"):
        table[f"roas_12m_{kind}"] = table[f"value_12m_{kind}"] / table["cac"]
    profit = table["value_12m_realised"] * table["customers"] - table["spend"]
    table["true_profit_realised"] = profit
    ranks = {
        "rank_reported": "reported_roas",
        "rank_roas_12m": "roas_12m_expected",
        "rank_value_12m": "value_12m_expected",
    }
    for rank, column in ranks.items():
        table[rank] = table[column].rank(ascending=False, method="first")
    return table.reset_index()


def cohort_truth(simulation: Simulation) -> pd.DataFrame:
    """Return the truth by channel, first product and first-purchase month, sorted by them.

    Columns as in :func:`channel_truth`, to `tracked_value_12m_expected`.
    """
    settings, customers = simulation.settings, simulation.customers
    labels = {
        "channel": np.array([item.name for item in settings.channels])[customers["channel"]],
        "first_product": np.array([item.name for item in settings.products])[customers["product"]],
        "first_month": np.array(settings.months)[customers["month"]],
    }
    return _values(customers.assign(**labels), list(labels)).reset_index()


def _values(customers: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    groups, tracked = customers.groupby(keys), customers[customers["tracked"]].groupby(keys)
    table = pd.DataFrame({"customers": groups.size()})
    table["tracked_customers"] = tracked.size().reindex(table.index, fill_value=0)
    for span in ("90d", "12m"):
        table[f"repeat_{span}"] = groups[f"repeat_{span}"].mean()
        table[f"value_{span}_realised"] = groups[f"value_{span}"].mean()
        table[f"value_{span}_expected"] = groups[f"value_{span}_expected"].mean()
    table["tracked_value_12m_realised"] = tracked["value_12m"].mean().reindex(table.index)
    table["tracked_value_12m_expected"] = tracked["value_12m_expected"].mean().reindex(table.index)
    return table


def truth(simulation: Simulation) -> dict[str, Any]:
    """Return the content of `truth.json`, ready for JSON."""
    settings, population = simulation.settings, simulation.population
    last_year = settings.days - HORIZON_DAYS
    orders = simulation.orders[simulation.observed]
    recent = orders[orders["day"] >= last_year]
    known = asdict(settings)
    dates = {"start": str(settings.start), "as_of": str(settings.as_of)}
    year, season = simulation.calendar.dates[:365], simulation.calendar.season[:365]
    return {
        "about": "Simulated brand. No real customer, order or shop is behind any of these numbers.",
        "seed": simulation.seed,
        "as_of": dates["as_of"],
        "currency": settings.currency,
        "definitions": _DEFINITIONS,
        "totals": {
            "customers": len(simulation.customers),
            "orders_exported": len(orders),
            "net_revenue_last_12_months": _round(recent["revenue"].sum()),
            "repeat_12m": _round(simulation.customers["repeat_12m"].mean()),
            "unknown_channel_share": _round(1 - simulation.customers["tracked"].mean()),
            "refunded_orders_share": _round((orders["refunded"] > 0).mean()),
        },
        "channels": {
            "all": _records(channel_truth(simulation)),
            "last_12_months": _records(channel_truth(simulation, since_day=last_year)),
        },
        "cohorts": _columns(cohort_truth(simulation)[list(_COHORT_COLUMNS)]),
        **({"tests": _tests(simulation)} if settings.stage >= 3 else {}),
        "parameters": {
            **known,
            **dates,
            "month_rate": dict(zip(settings.months, _list(population.month_rate), strict=True)),
            "month_dropout": dict(
                zip(settings.months, _list(population.month_dropout), strict=True)
            ),
            "product_mix": {
                channel.name: _list(mix)
                for channel, mix in zip(settings.channels, population.product_mix, strict=True)
            },
            "calendar_season": {
                str(month): _round(value)
                for month, value in zip(year.astype("datetime64[M]"), season, strict=True)
            },
        },
    }


def _tests(simulation: Simulation) -> dict[str, Any]:
    """Return the true lifts of the finished tests, which only the brands with a backlog have."""
    tests = draw_tests(simulation)
    variants = tests.loc[
        tests["arm"] == "variant", ["id", "metric", "true_lift", "true_value_lift"]
    ]
    return {
        "true_lift": "relative effect of the variant on the metric of the test, drawn from a "
        "normal distribution around 0 with the spread of its kind",
        "true_value_lift": "the same on contribution per exposed person in the 90 days after the "
        "exposure; a lift of order value differs there: costs per order and later orders stay",
        "spread": SPREAD,
        "finished": _records(variants),
    }


def _round(value: float, digits: int = 9) -> float | None:
    """Round to significant digits, so that the file is the same on any processor."""
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None


def _list(values: Any) -> list[float | None]:
    return [_round(value) for value in values]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.to_dict(orient="records")
    ]


def _columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): [_plain(value, digits=6) for value in table[name]] for name in table}


def _plain(value: Any, digits: int = 9) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    return _round(float(value), digits)
