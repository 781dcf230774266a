"""The desks of the explorer: what a spend that a person chooses would change."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.budget import ASSOCIATION
from workbench.plots.frame import finish, one_row_each, require, statement
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, ChannelStyle, channel_styles, style_of
from workbench.plots.words import (
    estimate,
    is_number,
    money,
    money_range,
    money_tick,
    number,
    plural,
    probability,
)

__all__ = ["find_profit_change", "marginal_value", "profit_change"]

ALL = "All channels"


def profit_change(
    channels: pd.DataFrame,
    total: Mapping[str, float],
    *,
    currency: str,
    horizon_weeks: int,
    interval: float = 0.90,
    palette: Mapping[str, ChannelStyle] | None = None,
) -> go.Figure:
    """Change in True Profit against today's spend: all channels together, then each that moves.

    A hollow dot marks a channel whose elasticity is driven by the prior.

    Parameters
    ----------
    channels
        channel, spend_now, spend, profit_change_mean, profit_change_low, profit_change_high,
        p_better, seen, identified; money in `currency` a month.
    total
        spend_now, spend, profit_change_mean, profit_change_low, profit_change_high, p_better.
    currency
        ISO code.
    horizon_weeks
        Weeks ahead that the change is for.
    interval
        Probability between low and high, for the wording.
    palette
        Style by channel name.

    Raises
    ------
    WorkbenchError
        If columns are missing, or a channel stands in several rows.
    """
    kind = "profit_change"
    needed = ["channel", "spend_now", "spend", "profit_change_mean", "profit_change_low",
              "profit_change_high", "p_better", "seen", "identified"]  # fmt: skip
    table = require(channels, needed, kind)
    one_row_each(table, ["channel"], kind)
    palette = palette or channel_styles(table["channel"])
    rows = [_row(ALL, total, currency, ACCENT, "circle", hollow=False)]
    for r in _largest_first(table):
        style = style_of(r["channel"], palette)
        hollow = not bool(r["identified"])
        rows.append(_row(r["channel"], r, currency, style.colour, style.symbol, hollow=hollow))
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"change in profit a month against today's spend, {currency}",
    )
    finding = find_profit_change(total, currency)
    beyond = table.loc[~table["seen"].astype(bool) & (table["spend"] > 0), "channel"].tolist()
    subtitle = statement(
        "12-month value of the customers won, less spend, predicted",
        horizon=f"spend of {plural(horizon_weeks, 'week')} ahead",
        currency=f"{currency} a month",
        interval=interval,
        purchase_randomness=False,
        notes=[
            f"Beyond any weekly spend that occurred: {', '.join(beyond)}" if beyond else "",
            "Hollow: elasticity from the prior",
            ASSOCIATION,
        ],
    )
    return finish(
        fig,
        kind=kind,
        title=finding,
        subtitle=subtitle,
        alt=f"Dots with intervals: change in profit a month for {plural(len(table), 'channel')} "
        f"and together. {finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def _largest_first(table: pd.DataFrame) -> list[dict]:
    order = table.sort_values(["spend_now", "channel"], ascending=[False, True])
    return order.to_dict("records")


def _row(name: str, r: Mapping, currency: str, colour: str, symbol: str, *, hollow: bool) -> Row:
    spend = f"{money(r['spend_now'], currency)} to {money(r['spend'], currency)}"
    mean, low, high = (float(r[f"profit_change_{end}"]) for end in ("mean", "low", "high"))
    if is_number(r["p_better"]):
        words = f"{estimate(mean, low, high, currency)} · better {probability(r['p_better'])}"
    else:
        spend, words = f"{money(r['spend_now'], currency)}, as today", "as today"
    return Row(
        name=str(name),
        note=words,
        mid=mean,
        low=low,
        high=high,
        colour=colour,
        symbol=symbol,
        hover=[str(name), f"spend a month: {spend}", f"profit a month: {words}"],
        hollow=hollow,
    )


def find_profit_change(total: Mapping[str, float], currency: str) -> str:
    """Finding of `profit_change` in one sentence."""
    if not is_number(total["p_better"]):
        return "Today's spend: move a slider to see what would change."
    mean, low, high = (total[f"profit_change_{end}"] for end in ("mean", "low", "high"))
    ends = money_range(low, high, currency)
    way = "rise" if mean >= 0 else "fall"
    return (
        f"Profit is expected to {way} by {money(abs(mean), currency)} a month ({ends}); "
        f"better than today with probability {probability(total['p_better'])}."
    )


def marginal_value(
    channels: pd.DataFrame,
    *,
    currency: str,
    horizon_weeks: int,
    interval: float = 0.90,
    palette: Mapping[str, ChannelStyle] | None = None,
) -> go.Figure:
    """12-month value that one more unit of money brings, at the spend on the desk.

    Parameters
    ----------
    channels
        channel, spend_now, marginal_value_mean, _low, _high (`currency` per `currency`),
        marginal_cac_mean, _low, _high (`currency`), identified.
    currency, horizon_weeks, interval, palette
        As in `profit_change`.

    Raises
    ------
    WorkbenchError
        If columns are missing, or a channel stands in several rows.
    """
    kind = "marginal_value"
    ends = ("mean", "low", "high")
    needed = ["channel", "spend_now", "identified"]
    needed += [f"{name}_{end}" for name in ("marginal_value", "marginal_cac") for end in ends]
    table = require(channels, needed, kind)
    one_row_each(table, ["channel"], kind)
    palette = palette or channel_styles(table["channel"])
    rows = []
    for r in _largest_first(table):
        style = style_of(r["channel"], palette)
        cac = estimate(
            r["marginal_cac_mean"], r["marginal_cac_low"], r["marginal_cac_high"], currency
        )
        mean, low, high = (r[f"marginal_value_{end}"] for end in ends)
        rows.append(
            Row(
                name=str(r["channel"]),
                note=f"next customer costs {cac}",
                mid=mean,
                low=low,
                high=high,
                colour=style.colour,
                symbol=style.symbol,
                hover=[
                    str(r["channel"]),
                    f"one more {currency}: {number(mean, 2)} ({number(low, 2)} to "
                    f"{number(high, 2)}) back",
                    f"next customer that spend causes: {cac}",
                ],
                hollow=not bool(r["identified"]),
            )
        )
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: number(v, 1),
        axis_title=f"12-month value brought by one more {currency}",
        reference=1.0,
    )
    pays = int((table["marginal_value_low"] > 1.0).sum())
    loses = int((table["marginal_value_high"] < 1.0).sum())
    finding = _find_marginal(table["channel"].astype(str).tolist(), pays, loses, currency)
    subtitle = statement(
        "Predicted; line: the money comes back just so. In grey: marginal CAC, spend per "
        "additional customer that it causes",
        horizon=f"spend of {plural(horizon_weeks, 'week')} ahead",
        currency=f"{currency} per {currency}",
        interval=interval,
        purchase_randomness=False,
        notes=["Surely: over the whole interval", ASSOCIATION],
    )
    return finish(
        fig,
        kind=kind,
        title=finding,
        subtitle=subtitle,
        alt=f"Dots with intervals: 12-month value of one more {currency} for "
        f"{plural(len(table), 'channel')}. {finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def _find_marginal(channels: list[str], pays: int, loses: int, currency: str) -> str:
    """Say in how many channels one more unit of currency comes back."""
    more = f"one more {currency}"
    if len(channels) == 1:
        name = channels[0]
        if pays:
            return f"At this spend {more} on {name} surely comes back."
        if loses:
            return f"At this spend {more} on {name} surely does not come back."
        return f"At this spend it is open whether {more} on {name} comes back."
    if not pays and not loses:
        return (
            f"At this spend it is open in all {len(channels)} channels whether {more} comes back."
        )
    lost = f", and surely does not in {loses}" if loses else ""
    number = f"{pays or 'none'} of {len(channels)} channels"
    return f"At this spend {more} surely comes back in {number}{lost}."
