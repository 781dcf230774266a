"""Page 5: what a customer is worth, and when CAC is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.plots import (
    cohort_heatmap,
    cumulative_value,
    history_matrix,
    retention_triangle,
    tracking,
    value_by_month,
    value_by_product,
)
from workbench.plots.words import month
from workbench.report.document import Figure, Page, Sentence, Table
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.pages import tables
from workbench.report.pages.common import NOT_TOLD, UNKNOWN, basis_notes, withheld_flags
from workbench.report.wording import KICKERS

__all__ = ["customers_page"]


def customers_page(facts: Facts) -> Page:
    """Value over time, by cohort and product; who comes back; observed against expected."""
    return Page(
        key="customers",
        kicker=KICKERS["customers"],
        title=_title(facts),
        flags=tuple(withheld_flags(facts, "all", "amounts", "forecast", "channel", "cohort")),
        lead=tuple(_lead(facts)),
        figures=tuple(_figures(facts)),
        tables=(tables.cohort_table(facts, "cohorts"),) if facts.compares_cohorts else (),
        notes=tuple(basis_notes(facts)),
    )


def _title(facts: Facts) -> Sentence:
    value = facts.quantity("value_12m")
    if facts.forecast and value:
        return facts.voice.say("customers_title", value=value)
    return facts.voice.say(
        "customers_title_purchases",
        repeat=float(facts.meta["repeat_share"]),
        customers=facts.meta["customers"],
    )


def _lead(facts: Facts) -> Iterator[Sentence]:
    say = facts.voice.say
    retained = _retention(facts)
    if retained is not None:
        yield say("retention", share=retained)
    if facts.meta.get("repeat_share") == 0:
        yield say("no_repeat")
    if facts.spend:
        # the channel that is least sure to pay back
        for row in facts.paid.sort_values("p_payback_12m").head(1).to_dict("records"):
            yield from _payback(facts, row)
    if facts.compares_cohorts:
        yield from _cohorts(facts)
    elif facts.forecast and len(facts["cohorts"]) == 1:
        yield say("one_cohort")


def _cohorts(facts: Facts) -> Iterator[Sentence]:
    """Yield the largest cohort whose year is not over."""
    cohorts = facts["cohorts"]
    open_year = cohorts[cohorts["observed_share"] < 0.995]
    value = None
    if not open_year.empty:
        largest = open_year.loc[open_year["customers"].idxmax()]
        value = triple(largest, "value_12m_")
    if value:
        yield facts.voice.say(
            "cohort_largest",
            cohort=_cohort_name(largest),
            value=value,
            share=float(largest["observed_share"]),
        )


def _cohort_name(row: Any) -> str:
    names = ("channel", "first_product", "first_month")
    parts = [str(row[name]) for name in names if name in row]
    told = [month(part) for part in parts if part not in (*NOT_TOLD, UNKNOWN)]
    return " · ".join(told or parts)


def _retention(facts: Facts) -> float | None:
    """Return 90-day retention over all customers old enough to tell."""
    cohorts = facts["cohorts"]
    if cohorts.empty or "retention_90d" not in cohorts or "customers_90d" not in cohorts:
        value = facts.quantity("retention_90d")
        return value[0] if value else None
    old = cohorts[cohorts["retention_90d"].map(known)]
    seen = float(old["customers_90d"].sum())
    return float((old["retention_90d"] * old["customers_90d"]).sum()) / seen if seen else None


def _payback(facts: Facts, row: dict[Any, Any]) -> Iterator[Sentence]:
    p, name = row.get("p_payback_12m"), str(row["channel"])
    low, high = row.get("payback_days_q05"), row.get("payback_days_q95")
    if not known(p):
        return
    if known(high) and high <= 0:
        yield facts.voice.say("payback_at_once", channel=name, cac=row["cac"], p=1 - float(p))
    elif known(row.get("payback_days_mean")) and known(low):
        payback = (row["payback_days_mean"], low, high if known(high) else float("inf"))
        yield facts.voice.say("payback", channel=name, payback=payback, p=1 - float(p))
    else:
        yield facts.voice.say("payback_never", channel=name, p=1 - float(p), cac=row["cac"])


def _largest_first(facts: Facts) -> pd.DataFrame:
    """Return the curves in the order of the channels' customers: few panels show most of them."""
    size = facts["channels"].set_index("channel")["customers"]
    order = facts["curves"]["channel"].map(size).fillna(0)
    curves = facts["curves"].iloc[(-order).argsort(kind="stable")]
    alone = not facts.meta.get("has_channels", True) and set(curves["channel"]) <= {UNKNOWN}
    return curves.assign(channel="All customers") if alone else curves


def _figures(facts: Facts) -> Iterator[Figure]:
    money: dict[str, Any] = {"currency": facts.currency, "interval": facts.voice.interval}
    builders: list[tuple[str, bool, str, Callable[[], go.Figure], Callable[..., Table]]] = [
        (
            "months",
            facts.forecast and len(facts["months"]) > 1,
            "months",
            lambda: value_by_month(facts["months"], **money),
            tables.month_table,
        ),
        (
            "payback",
            facts.by_channel,
            "curves",
            lambda: cumulative_value(
                _largest_first(facts),
                facts["channels"] if facts.spend else None,
                palette=facts.palette,
                **money,
            ),
            tables.curve_table,
        ),
        (
            "cohort-map",
            facts.compares_channels and facts.compares_cohorts,
            "channel_months",
            lambda: cohort_heatmap(facts["channel_months"], **money),
            tables.channel_month_table,
        ),
        (
            "products",
            facts.forecast and len(facts["products"]) > 1,
            "products",
            lambda: value_by_product(facts["products"], **money),
            tables.product_table,
        ),
        (
            "retention",
            True,
            "retention",
            lambda: retention_triangle(facts["retention"]),
            tables.retention_table,
        ),
        (
            "history",
            facts.predictions,
            "history_matrix",
            lambda: history_matrix(facts["history_matrix"]),
            tables.history_table,
        ),
        (
            "tracking",
            facts.predictions,
            "tracking",
            lambda: tracking(facts["tracking"], interval=facts.voice.interval),
            tables.tracking_table,
        ),
    ]
    for key, wanted, table, draw, printed in builders:
        if wanted and facts.has(table):
            yield from as_figure(key, draw(), printed(facts, key))
