"""What each gap costs: profit at stake over 12 months, with interval, and the joint total."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import counted, empty_figure, finish, has, left_out, require, statement
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, INK
from workbench.plots.words import estimate, is_number, money_tick, plural, probability

_STAKE = ("profit_at_stake_mean", "profit_at_stake_q05", "profit_at_stake_q95")


def gap_bars(
    gaps: pd.DataFrame,
    joint: Mapping[str, float] | None = None,
    *,
    currency: str,
    interval: float = 0.90,
    title: str | None = None,
    at_most: int = 20,
) -> go.Figure:
    """Profit at stake per gap and year, from the largest to the smallest, then all together.

    Parameters
    ----------
    gaps
        gaps.csv: capability, state, profit_at_stake_mean, profit_at_stake_q05,
        profit_at_stake_q95 (money over 12 months), p_pays, action. Only rows in state "gap" with an
        amount are drawn; gaps without one are named in the subtitle.
    joint
        `mean`, `q05`, `q95` of all gaps together, overlaps removed draw by draw. The lines must
        not be added up, so without it no total is drawn.
    currency, interval, title
        As in `value_by_channel`.
    at_most
        Rows at most; the subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "gap_bars"
    table = require(gaps, ["capability", "state", *_STAKE], kind)
    open_gaps = table[table["state"] == "gap"]
    drawn = open_gaps[has(open_gaps, _STAKE[0])]
    drawn = drawn.sort_values([_STAKE[0], "capability"], ascending=[False, True])
    shown = drawn.head(at_most)
    subtitle = statement(
        "Predicted profit at stake, what closing one gap alone would bring",
        horizon="12 months",
        currency=currency,
        interval=interval,
        notes=[
            ""
            if len(drawn) == 1
            else "Gaps compete for the same customers, so the lines do not add up"
            if joint
            else "Gaps may compete for the same customers: do not add the lines up",
            counted(len(drawn), len(shown), "gap"),
            left_out(open_gaps.drop(drawn.index)["capability"], "No amount for"),
        ],
    )
    if drawn.empty:
        why = "No gap has an amount of profit at stake."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    rows = [_gap_row(r, currency) for r in shown.to_dict("records")]
    if joint and is_number(joint.get("mean")) and len(drawn) > 1:
        rows.append(_joint_row(joint, currency))
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"profit over 12 months, {currency}",
    )
    finding = find_gap_bars(table, currency, joint)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Range bars of profit at stake for {plural(len(shown), 'gap')}. {title or finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def _gap_row(r: dict, currency: str) -> Row:
    mean, low, high = (r[c] for c in _STAKE)
    note = estimate(mean, low, high, currency)
    if is_number(r.get("p_pays")):
        note += f" · pays: {probability(r['p_pays'])}"
    hover = [r["capability"], note]
    if isinstance(r.get("action"), str):
        hover.append(r["action"])
    return Row(
        name=str(r["capability"]),
        note=note,
        mid=mean,
        low=low,
        high=high,
        colour=ACCENT,
        hover=hover,
    )


def _joint_row(joint: Mapping[str, float], currency: str) -> Row:
    mean, low, high = (joint.get(k, float("nan")) for k in ("mean", "q05", "q95"))
    return Row(
        name="All together, overlaps removed",
        note=estimate(mean, low, high, currency),
        mid=mean,
        low=low,
        high=high,
        colour=INK,
        symbol="diamond",
    )


def find_gap_bars(
    table: pd.DataFrame, currency: str, joint: Mapping[str, float] | None = None
) -> str:
    """Finding of `gap_bars` in one sentence."""
    drawn = table[(table["state"] == "gap") & has(table, _STAKE[0])]
    if drawn.empty:
        return "No gap has an amount of profit at stake."
    if joint and is_number(joint.get("mean")) and len(drawn) > 1:
        together = estimate(joint["mean"], joint.get("q05"), joint.get("q95"), currency)
        return f"Closing {plural(len(drawn), 'gap')} together is worth {together} over 12 months."
    top = drawn.sort_values([_STAKE[0], "capability"], ascending=[False, True]).iloc[0]
    alone = estimate(top[_STAKE[0]], top[_STAKE[1]], top[_STAKE[2]], currency)
    if len(drawn) == 1:
        return f"Closing the gap {top['capability']} is worth {alone} over 12 months."
    return f"The largest gap, {top['capability']}, is worth {alone} over 12 months on its own."
