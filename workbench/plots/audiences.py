"""Audiences by what they are expected to bring, segments by band, and the ranked plan."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    counted,
    empty_figure,
    finish,
    has,
    left_out,
    require,
    statement,
)
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, GOOD, WARM
from workbench.plots.tiles import Tile, tile_grid
from workbench.plots.words import (
    estimate,
    is_number,
    listing,
    money,
    money_tick,
    number,
    plural,
    probability,
    share,
)

__all__ = ["audience_ranges", "plan_ranges", "segment_bands"]

_BANDS = ("low", "mid", "top")
_SEGMENTS = ("new", "active", "lapsing", "lapsed")
_EXPECTED = ("expected_value", "expected_value_q05", "expected_value_q95")
_COLOURS = {"suppress": WARM, "acquire": ACCENT}


def audience_ranges(
    audiences: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    title: str | None = None,
    at_most: int = 16,
) -> go.Figure:
    """Size of every audience, and what its members are expected to bring each.

    Parameters
    ----------
    audiences
        audiences.csv: audience, purpose, tool, customers, expected_value, expected_value_q05,
        expected_value_q95 (all members together, next 12 months). An audience of several tools is
        drawn once; those without members are named in the subtitle.
    currency, interval, title
        As in `value_by_channel`.
    at_most
        Rows at most, the largest value per member first; the subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "audience_ranges"
    table = require(audiences, ["audience", "purpose", "tool", "customers", *_EXPECTED], kind)
    tools = table.groupby("audience", sort=False)["tool"].agg(", ".join)
    once = table.drop_duplicates("audience")
    drawn = once[(once["customers"] > 0) & has(once, _EXPECTED[0])].copy()
    for name in _EXPECTED:
        drawn[name] = drawn[name] / drawn["customers"]
    drawn = drawn.sort_values([_EXPECTED[0], "audience"], ascending=[False, True])
    shown = drawn.head(at_most)
    subtitle = statement(
        "Predicted contribution per member",
        horizon="next 12 months",
        currency=currency,
        interval=interval,
        purchase_randomness=False,
        notes=[
            "Audiences overlap: do not add them up",
            counted(len(drawn), len(shown), "audience"),
            left_out(once.drop(drawn.index)["audience"], "Nobody in, or no value for"),
        ],
    )
    if drawn.empty:
        why = "No audience has members with an expected value."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    rows = [_audience_row(r, tools[r["audience"]], currency) for r in shown.to_dict("records")]
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"expected contribution per member, next 12 months, {currency}",
    )
    top = shown.iloc[0]
    finding = (
        f"Members of {top['audience']} are expected to bring "
        f"{estimate(top[_EXPECTED[0]], top[_EXPECTED[1]], top[_EXPECTED[2]], currency)} each in "
        "the next 12 months."
    )
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Range plot of expected contribution per member for {plural(len(shown), 'audience')}. "
        f"{title or finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def _audience_row(r: dict[str, Any], tools: str, currency: str) -> Row:
    mean, low, high = (r[c] for c in _EXPECTED)
    size = plural(int(r["customers"]), "member")
    return Row(
        name=str(r["audience"]),
        note=f"{size} · {estimate(mean, low, high, currency)}",
        mid=mean,
        low=low,
        high=high,
        colour=_COLOURS.get(str(r["purpose"]), GOOD),
        symbol="square" if r["purpose"] == "suppress" else "circle",
        hover=[r["audience"], f"{r['purpose']} · {tools}", size],
    )


def segment_bands(
    segments: pd.DataFrame, *, currency: str, title: str | None = None, small: int = 50
) -> go.Figure:
    """Customers by lifecycle segment and by band of the next 12 months' contribution.

    Parameters
    ----------
    segments
        segment (new, active, lapsing, lapsed), clv_band (top, mid, low), next_12m_mean: one row
        per customer.
    currency, title
        As in `value_by_channel`.
    small
        Cells with fewer customers get a small tile.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "segment_bands"
    table = require(segments, ["segment", "clv_band", "next_12m_mean"], kind)
    known = table[has(table, "next_12m_mean") & table["clv_band"].isin(_BANDS)]
    subtitle = statement(
        "Predicted contribution per customer, mean of the cell",
        horizon="next 12 months",
        currency=currency,
        notes=[
            "Second number in a tile: customers",
            f"Small tile: fewer than {small} customers",
            "Means only; the intervals of groups stand in the table of audiences",
        ],
    )
    if known.empty:
        why = "No customer has an expected contribution."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    cells = known.groupby(["segment", "clv_band"])["next_12m_mean"].agg(["size", "mean"])
    rows = [s for s in _SEGMENTS if s in set(known["segment"])]
    tiles = [
        Tile(
            column=_BANDS.index(band),
            row=rows.index(segment),
            value=float(cell["mean"]),
            lines=[money(cell["mean"], currency), number(cell["size"], 0)],
            hover=[
                f"{segment}, {band} band",
                f"{money(cell['mean'], currency)} each in the next 12 months",
                f"{plural(int(cell['size']), 'customer')}, {share(cell['size'] / len(known))}",
            ],
            small=bool(cell["size"] < small),
        )
        for (segment, band), cell in cells.iterrows()
    ]
    fig, frame = tile_grid(
        tiles,
        list(_BANDS),
        rows,
        write=lambda v: money_tick(v, currency),
        colour_title=f"contribution per customer, next 12 months, {currency}",
    )
    top = known[known["clv_band"] == "top"]
    part = top["next_12m_mean"].sum() / known["next_12m_mean"].sum()
    finding = (
        f"The top band, {share(len(top) / len(known))} of the customers, is expected to bring "
        f"{share(part)} of the next 12 months' contribution."
    )
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Grid of expected contribution by segment ({listing(rows)}) and band. "
        f"{title or finding}",
        **frame,  # type: ignore[arg-type]
    )


def plan_ranges(
    plan: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    title: str | None = None,
    at_most: int = 15,
) -> go.Figure:
    """Profit at stake of the plan's actions in their order, with the zero line.

    Parameters
    ----------
    plan
        plan table: rank, kind, subject, area, action, profit, q05, q95 (currency, 12 months),
        p_better, randomness, gain. Actions without a figure are counted in the subtitle.
    currency, interval, title
        As in `value_by_channel`. A hollow dot is a shortfall, not a gain.
    at_most
        Rows at most, by rank.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "plan_ranges"
    columns = ["rank", "kind", "subject", "area", "action", "profit", "q05", "q95", "p_better"]
    table = require(plan, [*columns, "randomness", "gain"], kind)
    drawn = table[has(table, "profit", "rank")].sort_values("rank")
    shown = drawn.head(at_most)
    unpriced = len(table) - len(drawn)
    inside = drawn.loc[drawn["randomness"].str.endswith("included"), "kind"].drop_duplicates()
    inside = inside.map(_kind)
    subtitle = statement(
        "Predicted profit at stake of one action alone",
        horizon="12 months",
        currency=currency,
        interval=interval,
        notes=[
            "Actions compete for the same customers and money: do not add them up",
            f"Chance of purchase included for {listing(inside)}, left out for the rest"
            if len(inside)
            else "Chance of purchase left out",
            "Hollow: a shortfall, of which a remedy recovers an unknown part"
            if not shown["gain"].all()
            else "",
            f"{plural(unpriced, 'action')} without a figure" if unpriced else "",
            counted(len(drawn), len(shown), "action"),
        ],
    )
    if drawn.empty:
        why = "No action has a figure of profit at stake."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    fig, height = dot_ranges(
        [_plan_row(r, currency) for r in shown.to_dict("records")],
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"profit over 12 months, {currency}",
    )
    finding = _find_plan(shown, currency)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Range plot of profit at stake for {plural(len(shown), 'action')}. {title or finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


KINDS = {
    "broken_economics": "losing channel",
    "budget_change": "budget",
    "channel_above_share": "budget",
    "lapsing_high_value": "lapsing customers",
    "leaking_suppression": "suppression leak",
    "next_experiment": "test",
}
"""Kinds of action in a reader's words; the others are words already."""


def _kind(name: object) -> str:
    return KINDS.get(str(name), str(name).replace("_", " "))


def _label(r: dict[str, Any]) -> str:
    kind, subject = _kind(r["kind"]), str(r["subject"])
    return f"{int(r['rank'])}. {subject if kind in subject else f'{kind}: {subject}'}"


def _plan_row(r: dict[str, Any], currency: str) -> Row:
    words = estimate(r["profit"], r["q05"], r["q95"], currency)
    if is_number(r["p_better"]):
        words += f" · above 0: {probability(r['p_better'])}"
    return Row(
        name=_label(r),
        note=words,
        mid=r["profit"],
        low=r["q05"],
        high=r["q95"],
        colour=ACCENT if r["gain"] else WARM,
        hover=[_label(r), words, str(r["action"])],
        hollow=not r["gain"],
    )


def _find_plan(shown: pd.DataFrame, currency: str) -> str:
    gains = shown[shown["gain"].astype(bool)]
    if gains.empty:
        return "No action has a known gain; the figures are shortfalls against forecasts."
    first = gains.sort_values("rank").iloc[0]
    worth = estimate(first["profit"], first["q05"], first["q95"], currency)
    kind, subject = _kind(first["kind"]), str(first["subject"])
    what = subject if kind in subject else f"{subject} ({kind})"
    return f"First comes {what}: {worth} over 12 months."
