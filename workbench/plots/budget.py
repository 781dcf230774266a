"""The budget: spend now and proposed, within its bounds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    counted,
    empty_figure,
    finish,
    has,
    one_row_each,
    require,
    statement,
)
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ChannelStyle, channel_styles, style_of
from workbench.plots.words import estimate, is_number, money, money_tick, plural, probability

ASSOCIATION = "Responses are associations times a prior share that spend causes, unless a test says"


def budget_moves(
    budget: pd.DataFrame,
    *,
    currency: str,
    horizon_weeks: int,
    interval: float = 0.90,
    title: str | None = None,
    palette: Mapping[str, ChannelStyle] | None = None,
    at_most: int = 16,
) -> go.Figure:
    """Spend a month now (upright bar) and proposed (dot), within the bounds (line).

    A hollow dot marks a channel whose elasticity is driven by the prior.

    Parameters
    ----------
    budget
        budget.csv: channel, spend_now, spend_proposed, low, high, change, identified,
        expected_profit_change, q05, q95, p_better, p_cac_above_value, verb. Money in `currency` a
        month.
    currency
        ISO code.
    horizon_weeks
        Weeks ahead that the changes in profit are for.
    interval
        Probability between q05 and q95, for the wording.
    title, palette
        As in `value_by_channel`.
    at_most
        Rows at most: the channels with the most spend. The subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing, or a channel stands in several rows.
    """
    kind = "budget_moves"
    columns = ["spend_now", "spend_proposed", "low", "high", "change", "identified", "verb"]
    words = ["expected_profit_change", "q05", "q95", "p_better", "p_cac_above_value"]
    table = require(budget, ["channel", *columns, *words], kind)
    one_row_each(table, ["channel"], kind)
    drawn = table[has(table, "spend_now", "spend_proposed")]
    if drawn.empty:
        return empty_figure(kind, "No channel has spend to decide on.", title=title or "")
    palette = palette or channel_styles(table["channel"])
    shown = drawn.sort_values(["spend_now", "channel"], ascending=[False, True]).head(at_most)
    rows = [_move_row(r, currency, palette) for r in shown.to_dict("records")]
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"spend a month, {currency}",
    )
    finding = find_budget_moves(table, currency)
    subtitle = statement(
        "Bar: observed spend now, dot: proposed, line: bounds; hollow: elasticity from the prior",
        horizon=f"change in 12-month profit predicted for {plural(horizon_weeks, 'week')} ahead",
        currency=f"{currency} a month",
        interval=interval,
        purchase_randomness=False,
        notes=[ASSOCIATION, counted(len(drawn), len(shown), "channel")],
    )
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Dumbbell chart of monthly spend now and proposed for "
        f"{plural(len(shown), 'channel')}. {title or finding}",
        height=height,
        margin=(6, SIDE, 34, SIDE),
        max_width=900,
    )


def _move_row(r: dict, currency: str, palette: Mapping[str, ChannelStyle]) -> Row:
    style = style_of(r["channel"], palette)
    now, proposed = r["spend_now"], r["spend_proposed"]
    if abs(r["change"]) < 1e-9:
        words = f"{money(now, currency)}, no change: {r['verb']}"
    else:
        # part of the best plan, but nothing to do for its own sake
        told = "even odds or less by itself" if r["verb"] == "leave" else r["verb"]
        words = f"{money(now, currency)} to {money(proposed, currency)}: {told}"
    hover = [
        r["channel"],
        f"now {money(now, currency)} a month, proposed {money(proposed, currency)}",
        f"bounds {money(r['low'], currency)} to {money(r['high'], currency)}",
    ]
    if is_number(r["p_better"]):
        change = estimate(r["expected_profit_change"], r["q05"], r["q95"], currency)
        hover += [f"profit a month {change}", f"earns more: {probability(r['p_better'])}"]
    if is_number(r["p_cac_above_value"]):
        hover.append(f"CAC above 12-month value: {probability(r['p_cac_above_value'])}")
    return Row(
        name=str(r["channel"]),
        note=words,
        mid=proposed,
        low=r["low"],
        high=r["high"],
        colour=style.colour,
        symbol=style.symbol,
        inner=(min(now, proposed), max(now, proposed)),
        mark=now,
        hover=hover,
        hollow=not bool(r["identified"]),
    )


def find_budget_moves(table: pd.DataFrame, currency: str) -> str:
    """Finding of `budget_moves` in one sentence."""
    known = table[has(table, "p_cac_above_value")]
    first = known.sort_values(["p_cac_above_value", "channel"], ascending=[False, True]).head(1)
    if len(first) and first["p_cac_above_value"].iloc[0] >= 0.55:
        worst = first.iloc[0]
        return (
            f"{worst['channel']} costs more to win a customer than 12 months bring back with "
            f"probability {probability(worst['p_cac_above_value'])}."
        )
    moved = table[has(table, "change") & (table["change"].abs() > 1e-9)]
    if moved.empty:
        return "Today's budget is kept: no change within the bounds is expected to earn more."
    up, down = moved[moved["change"] > 0]["change"].sum(), -moved[moved["change"] < 0]["change"]
    released = float(down.sum())
    if up > 0 and released > 0:
        return (
            f"{money(up, currency)} a month would go to other channels, "
            f"{money(released, currency)} is released."
        )
    if up > 0:
        return f"{money(up, currency)} a month more would be spent."
    return f"{money(released, currency)} a month less would be spent."
