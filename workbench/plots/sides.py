"""Two sides of one question: as it is against what if, segment A against segment B."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import empty_figure, finish, require, statement
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, INK, WARM
from workbench.plots.words import (
    estimate,
    is_number,
    money,
    money_range,
    money_tick,
    number,
    probability,
    within,
)

_BASIS = "Observed + predicted contribution per customer"
_MARKS = "Dot: mean, line: interval, upright bar: CAC"


def what_if(
    table: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    horizon: int = 365,
    assumptions: Sequence[str] = (),
    title: str | None = None,
) -> go.Figure:
    """Value of a customer beside CAC, as it is and under assumptions.

    Parameters
    ----------
    table
        One row per quantity (value, and if known cac, true_profit): quantity, now_mean, now_low,
        now_high, then_mean, then_low, then_high, change_mean, change_low, change_high.
    currency, interval, title
        As in `value_by_channel`.
    horizon
        Days from the first order.
    assumptions
        What is assumed, in sentences, for the subtitle.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "what_if"
    ends = [
        f"{side}_{end}" for side in ("now", "then", "change") for end in ("mean", "low", "high")
    ]
    known = require(table, ["quantity", *ends], kind).set_index("quantity")
    if not _known(known, "now_mean", "then_mean"):
        return empty_figure(kind, "Nothing is known of these customers.", title=title or "")
    rows = [
        _row(
            name,
            known.loc["value"],
            side,
            _cac(known, side),
            colour,
            currency,
        )
        for name, side, colour in (
            ("As it is", "now", INK),
            ("Under the assumptions", "then", ACCENT),
        )
    ]
    finding = find_what_if(table, currency, horizon)
    return _finished(rows, kind, title or finding, currency, interval, horizon, assumptions)


def find_what_if(table: pd.DataFrame, currency: str, horizon: int = 365) -> str:
    """Finding of `what_if` in one sentence."""
    known = table.set_index("quantity")
    name = "true_profit" if "true_profit" in known.index else "value"
    r = known.loc[name]
    what = "True Profit" if name == "true_profit" else "Value of a customer"
    if not is_number(r["change_mean"]):
        return f"{what} over {within(horizon)} under the assumptions is not known."
    if not r["change_mean"]:
        return f"Nothing is assumed to change: {what} over {within(horizon)} stays as it is."
    way = "rises" if r["change_mean"] > 0 else "falls"
    size = abs(r["change_mean"])
    low, high = sorted((abs(r["change_low"]), abs(r["change_high"])))
    if r["change_low"] * r["change_high"] < 0:
        low, high = r["change_low"], r["change_high"]
    return (
        f"{what} over {within(horizon)} {way} by {money(size, currency)} "
        f"({money_range(low, high, currency)}) to {money(r['then_mean'], currency)}."
    )


def comparison(
    table: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    horizon: int = 365,
    title: str | None = None,
) -> go.Figure:
    """Value of a customer beside CAC in two segments.

    Parameters
    ----------
    table
        One row per quantity (value, and if known cac): quantity, a_name, b_name, a_customers,
        b_customers, a_mean, a_low, a_high, b_mean, b_low, b_high, difference_mean,
        difference_low, difference_high, p_a_above_b.
    currency, interval, title
        As in `value_by_channel`.
    horizon
        Days from the first order.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "comparison"
    ends = _ends("a", "b", "difference")
    names = ["a_name", "b_name", "a_customers", "b_customers", "p_a_above_b"]
    known = require(table, ["quantity", *names, *ends], kind).set_index("quantity")
    if not _known(known, "a_mean", "b_mean"):
        return empty_figure(kind, "Nothing is known of these segments.", title=title or "")
    value = known.loc["value"]
    rows = [
        _row(
            f"{value[f'{side}_name']}, {_size(value[f'{side}_customers'])}",
            value,
            side,
            _cac(known, side),
            colour,
            currency,
        )
        for side, colour in (("a", ACCENT), ("b", WARM))
    ]
    finding = find_comparison(table, currency, horizon)
    return _finished(rows, kind, title or finding, currency, interval, horizon, ())


def find_comparison(table: pd.DataFrame, currency: str, horizon: int = 365) -> str:
    """Finding of `comparison` in one sentence."""
    r = table.set_index("quantity").loc["value"]
    first, second, p = r["a_name"], r["b_name"], r["p_a_above_b"]
    low, high = r["difference_low"], r["difference_high"]
    if r["difference_mean"] < 0:
        first, second, p, low, high = second, first, 1.0 - p, -high, -low
    return (
        f"A customer of {first} brings {money(abs(r['difference_mean']), currency)} "
        f"({money_range(low, high, currency)}) more within {within(horizon)} than one of "
        f"{second}; probability that it is more: {probability(p)}."
    )


def _size(customers: object) -> str:
    return f"{number(customers, 0)} customers"


def _cac(known: pd.DataFrame, side: str) -> float | None:
    cac: Any = known.loc["cac", f"{side}_mean"] if "cac" in known.index else None
    return float(cac) if is_number(cac) else None


def _known(table: pd.DataFrame, *columns: str) -> bool:
    return "value" in table.index and all(is_number(table.loc["value", c]) for c in columns)


def _ends(*sides: str) -> list[str]:
    return [f"{side}_{end}" for side in sides for end in ("mean", "low", "high")]


def _row(
    name: str,
    value: pd.Series,
    side: str,
    cac: float | None,
    colour: str,
    currency: str,
) -> Row:
    mean, low, high = (float(value[f"{side}_{end}"]) for end in ("mean", "low", "high"))
    note = estimate(mean, low, high, currency)
    if is_number(cac):
        note += f" · CAC {money(cac, currency)}"
    return Row(
        name=name, note=note, mid=mean, low=low, high=high, mark=cac, colour=colour,
        hover=[name, note],
    )  # fmt: skip


def _finished(
    rows: list[Row],
    kind: str,
    title: str,
    currency: str,
    interval: float,
    horizon: int,
    notes: Sequence[str],
) -> go.Figure:
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"Value per customer, {currency}",
    )
    return finish(
        fig,
        kind=kind,
        title=title,
        subtitle=statement(
            _BASIS,
            horizon=f"{within(horizon)} from the first order",
            currency=currency,
            interval=interval,
            purchase_randomness=True,
            notes=[_MARKS, *(note.rstrip(".") for note in notes)],
        ),
        alt=f"Dot plot of value per customer with interval and CAC, two rows. {title}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )
