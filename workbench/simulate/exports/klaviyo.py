"""Klaviyo's exports: profiles of a segment, flow performance by day, campaign performance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.simulate.exports.files import cents, csv_text, write_text
from workbench.simulate.exports.people import people
from workbench.simulate.simulation import Simulation

__all__ = ["Flow", "write_campaigns", "write_flows", "write_profiles"]


@dataclass(frozen=True)
class Flow:
    """One message of a flow: its daily sends per new customer, and how well it does.

    `status` is Klaviyo's: live, draft or manual. A live flow with `sends` 0 delivers nothing.
    """

    name: str
    message: str
    sends: float
    open_rate: float = 0.42
    click_rate: float = 0.05
    order_rate: float = 0.02
    status: str = "live"
    channel: str = "Email"


def write_flows(
    path: Path,
    simulation: Simulation,
    flows: tuple[Flow, ...],
    *,
    days: int = 180,
    complaint_rate: float = 0.0003,
) -> None:
    """Write flow performance of the last days: one row per day and message, rates in percent."""
    settings = simulation.settings
    random = settings.generator(simulation.seed, "flows")
    first_day = simulation.customers["first_day"]
    start = settings.days - days
    arrivals = np.bincount(first_day, minlength=settings.days)[start:]
    dates = np.datetime64(settings.start, "D") + np.arange(start, settings.days)
    names = {name: f"F{number:05d}" for number, name in enumerate({f.name: 0 for f in flows}, 1)}
    parts = []
    for number, flow in enumerate(flows, 1):
        sent = random.poisson(flow.sends * arrivals)
        opens = _part(random, sent, flow.open_rate)
        clicks = _part(random, sent, flow.click_rate)
        orders = _part(random, sent, flow.order_rate)
        value = orders * settings.spending.mean_order_value * random.lognormal(0, 0.1, days)
        parts.append(
            pd.DataFrame(
                {
                    "Day": dates.astype(str),
                    "Flow ID": names[flow.name],
                    "Flow Name": flow.name,
                    "Flow Message ID": f"M{number:05d}",
                    "Flow Message Name": flow.message,
                    "Flow Message Channel": flow.channel,
                    "Status": flow.status,
                    "Delivered": sent.astype(str),
                    "Unique Opens": opens.astype(str),
                    "Open Rate": _percent(opens, sent),
                    "Unique Clicks": clicks.astype(str),
                    "Click Rate": _percent(clicks, sent),
                    "Placed Order": orders.astype(str),
                    "Placed Order Rate": _percent(orders, sent),
                    "Revenue": cents(value),
                    "Revenue per Recipient": cents(value / np.maximum(sent, 1)),
                    "Unsub Rate": _percent(_part(random, sent, 0.003), sent),
                    "Complaint Rate": _percent(_part(random, sent, complaint_rate), sent),
                    "Bounce Rate": _percent(_part(random, sent, 0.006), sent),
                    "Tags": "",
                }
            )
        )
    table = pd.concat(parts).sort_values(["Day", "Flow Message ID"], kind="stable")
    write_text(path, csv_text(table))


def write_campaigns(
    path: Path, simulation: Simulation, lists: tuple[str, ...], *, weeks: int = 52
) -> None:
    """Write campaign performance: two sends a week to one of the lists."""
    settings = simulation.settings
    random = settings.generator(simulation.seed, "campaigns")
    count = 2 * weeks
    back = np.repeat(np.arange(weeks)[::-1] * 7, 2) + np.tile([4, 1], weeks)
    days = settings.days - 1 - back
    customers = np.searchsorted(simulation.customers["first_day"].to_numpy(), days)
    which = np.arange(count) % len(lists)
    sent = np.round(1.6 * customers * np.array([1.0, 0.45, 0.3, 0.2])[which % 4]).astype(int)
    bounced = _part(random, sent, 0.007)
    opens = _part(random, sent - bounced, 0.36)
    clicks = _part(random, sent - bounced, 0.014)
    orders = _part(random, sent - bounced, 0.0012)
    unsubscribed = _part(random, sent, 0.002)
    complaints = _part(random, sent, 0.0002)
    dates = pd.Series(np.datetime64(settings.start, "D") + days)
    value = orders * settings.spending.mean_order_value * random.lognormal(0, 0.1, count)
    table = pd.DataFrame(
        {
            "Campaign ID": [f"C{number:05d}" for number in range(1, count + 1)],
            "Campaign Name": [f"Newsletter {day:%Y-%m-%d}" for day in dates],
            "Tags": "newsletter",
            "Subject": "News from " + settings.name,
            "List": [lists[item] for item in which],
            "Campaign Channel": "email",
            "Send Time": [f"{day:%Y-%m-%d} 10:00:00" for day in dates],
            "Send Weekday": [f"{day:%A}" for day in dates],
            "Total Recipients": sent,
            "Successful Deliveries": sent - bounced,
            "Bounces": bounced,
            "Bounce Rate": _percent(bounced, sent),
            "Unique Opens": opens,
            "Total Opens": np.round(opens * 1.4).astype(int),
            "Open Rate": _percent(opens, sent - bounced),
            "Unique Clicks": clicks,
            "Total Clicks": np.round(clicks * 1.2).astype(int),
            "Click Rate": _percent(clicks, sent - bounced),
            "Unique Placed Order": orders,
            "Placed Order Rate": _percent(orders, sent - bounced),
            "Revenue": cents(value),
            "Unsubscribes": unsubscribed,
            "Spam Complaints": complaints,
            "Spam Complaints Rate": _percent(complaints, sent),
        }
    )
    write_text(path, csv_text(table))


def write_profiles(
    path: Path,
    simulation: Simulation,
    *,
    count: int,
    with_tax: bool = False,
    properties: dict[str, str] | None = None,
) -> None:
    """Write the profiles of a segment: buyers drawn at random, and subscribers who never bought.

    Klaviyo's predictions are imitated by a rule that knows the customer's past but not the channel:
    its predicted value is too high for customers who bought once.

    Parameters
    ----------
    path : Path
        File to write.
    simulation : Simulation
        The brand.
    count : int
        Buyers at most; a tenth as many who never bought come with them.
    with_tax : bool
        Whether the integration sends order totals with tax, so that historic value exceeds the
        shop's net revenue.
    properties : dict of str to str, optional
        Custom properties and the value that every profile has.
    """
    settings = simulation.settings
    random = settings.generator(simulation.seed, "profiles")
    buyers = min(count, settings.customers)
    chosen = np.sort(random.choice(settings.customers, size=buyers, replace=False))
    strangers = 2 * settings.customers + np.arange(buyers // 10)
    customer = np.concatenate([chosen, strangers])
    contact = people(customer)

    amount = "total" if with_tax else "revenue"
    orders = simulation.orders[simulation.observed & (simulation.orders["kind"] == "kept")]
    history = orders.groupby("customer").agg(
        orders=("order", "size"), value=(amount, "sum"), first=("day", "min"), last=("day", "max")
    )
    history = history.reindex(customer)
    known = history["orders"].notna().to_numpy()
    times = history["orders"].fillna(0).to_numpy()
    value = history["value"].fillna(0.0).to_numpy()
    gap = ((history["last"] - history["first"]) / (history["orders"] - 1)).to_numpy()
    age = settings.days - history["first"].fillna(settings.days).to_numpy()
    expected = np.where(known, 0.35 * (times + 1) / (age / 365 + 0.7), 0.0)
    average = np.divide(value, times, out=np.zeros_like(value), where=times > 0)
    silence = settings.days - history["last"].fillna(0).to_numpy()
    churn = 1 / (1 + np.exp(-(silence - 150) / 60))
    next_day = np.where(gap > 0, history["last"] + gap, np.nan)
    source = np.where(known, "Shopify", "Klaviyo form")
    created = np.where(
        known, history["first"].fillna(0), random.integers(0, settings.days, len(customer))
    )

    table = pd.DataFrame(
        {
            "Email": contact["email"],
            "Klaviyo ID": [f"01K{number:08d}" for number in contact["number"]],
            "First Name": "Sample",
            "Last Name": "Customer",
            "Phone Number": contact["phone"],
            "City": contact["city"],
            "State / Region": contact["province_name"],
            "Country": "United States",
            "Zip Code": contact["zip"],
            "Source": source,
            "Email Marketing Consent": np.where(
                contact["consent_email"], "SUBSCRIBED", "NEVER_SUBSCRIBED"
            ),
            "SMS Marketing Consent": np.where(
                contact["consent_sms"], "SUBSCRIBED", "NEVER_SUBSCRIBED"
            ),
            "Email Suppressions": np.where(contact["number"] % 61 == 0, '["HARD_BOUNCE"]', "[]"),
            "Profile Created On": _dates(created, simulation, "%Y-%m-%d"),
            "Total Customer Lifetime Value": cents(value + expected * average),
            "Predicted Customer Lifetime Value": cents(expected * average),
            "Predicted Number Of Orders": [f"{number:.2f}" for number in expected],
            "Average Order Value": cents(average),
            "Average Days Between Orders": [f"{d:.0f}" if d > 0 else "" for d in gap],
            "Historic Customer Lifetime Value": cents(value),
            "Historic Number Of Orders": times.astype(int),
            "Expected Date Of Next Order": _dates(next_day, simulation, "%m/%d/%Y"),
            "Churn Risk Prediction": [
                f"{c:.2f}" if k else "" for c, k in zip(churn, known, strict=True)
            ],
            **(properties or {}),
        }
    )
    write_text(path, csv_text(table))


def _part(
    random: np.random.Generator, whole: npt.NDArray[np.int64], share: float
) -> npt.NDArray[np.int64]:
    """Return a share of counts, rounded up or down at random, so that the mean is exact."""
    return (whole * share + random.random(len(whole))).astype(np.int64)


def _percent(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> list[str]:
    return [f"{100 * p / w:.2f}%" if w else "0.00%" for p, w in zip(part, whole, strict=True)]


def _dates(days: npt.NDArray[np.float64], simulation: Simulation, pattern: str) -> list[str]:
    start = pd.Timestamp(simulation.settings.start)
    return [
        "" if np.isnan(day) else (start + pd.Timedelta(days=int(day))).strftime(pattern)
        for day in days
    ]
