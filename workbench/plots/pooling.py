"""What pooling is worth: errors by size of cohort under partial, complete and no pooling."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.backtest import horizon_of, shared_value
from workbench.plots.frame import (
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    one_row_each,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, GRID, INK, WARM
from workbench.plots.words import is_number, literal_lines, nice_ticks, plural, share

_SIZES = ("<30", "30-99", "100-299", "300-999", ">=1000")
_STYLES = {
    "partial": (ACCENT, "circle", -0.0),
    "complete": (WARM, "square", -0.2),
    "none": (INK, "diamond", 0.2),
}
_NAMES = {"partial": "partial pooling", "complete": "complete pooling", "none": "no pooling"}
_SCORES = {"wape": "absolute error", "pinball": "pinball loss"}


def pooling_by_size(
    ablation: pd.DataFrame,
    *,
    score: Literal["wape", "pinball"] = "wape",
    title: str | None = None,
) -> go.Figure:
    """Error of the forecasts by size of the cohort, one mark per kind of pooling.

    Parameters
    ----------
    ablation
        `ablation_by_size` of one horizon and metric: size, pooling, groups, wape, pinball, covered
        (share inside the 90% interval); if there, metric and horizon_days word the subtitle.
    score
        What is drawn; the other one stands on hover.
    title
        Replaces the finding.

    Raises
    ------
    WorkbenchError
        If columns are missing, or a size stands twice under one pooling.
    """
    kind = "pooling_by_size"
    table = require(ablation, ["size", "pooling", "groups", "wape", "pinball", "covered"], kind)
    one_row_each(table, ["size", "pooling"], kind)
    known = has(table, score) & table["size"].isin(_SIZES) & table["pooling"].isin(_STYLES)
    drawn = table[known]
    drawn = drawn.assign(place=[_SIZES.index(s) for s in drawn["size"]])
    drawn = drawn.sort_values(["place", "pooling"])
    subtitle = statement(
        f"Predicted against observed {shared_value(drawn, 'metric')}".rstrip()
        + f", {_SCORES[score]} of the cohorts over all that was observed in them",
        horizon=horizon_of(drawn),
        notes=[
            "Circle: partial pooling, square: complete pooling, diamond: no pooling",
            left_out(sorted(set(table["size"]) - set(drawn["size"]), key=str), "Not scored, size"),
        ],
    )
    if drawn.empty:
        why = "No cohort has been forecast with several kinds of pooling yet."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    finding = find_pooling_by_size(drawn, score)
    return finish(
        _marks(drawn, score),
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Marks of the {_SCORES[score]} by size of cohort for "
        f"{plural(drawn['pooling'].nunique(), 'kind')} of pooling. {title or finding}",
        height=260,
        margin=(12, 18, 48, 52),
        max_width=760,
    )


def _marks(drawn: pd.DataFrame, score: str) -> go.Figure:
    fig = go.Figure()
    for pooling, (colour, symbol, shift) in _STYLES.items():
        rows = drawn[drawn["pooling"] == pooling]
        if rows.empty:
            continue
        fig.add_scatter(
            x=[place + shift for place in rows["place"]],
            y=rows[score].tolist(),
            mode="markers",
            marker={
                "symbol": symbol,
                "size": 13,
                "color": colour,
                "line": {"color": "#FFFFFF", "width": 1.5},
            },
            hoverinfo="text",
            hovertext=[_hover(r) for r in rows.to_dict("records")],
            name=_NAMES[pooling],
            cliponaxis=False,
        )
    high = max(float(drawn[score].max()), 1e-6)
    ticks = nice_ticks(0.0, high * 1.1, 4)
    fig.update_yaxes(
        range=[min(0.0, float(drawn[score].min())), high * 1.1],
        gridcolor=GRID,
        **money_axis(ticks, [share(t) for t in ticks]),
    )
    sizes = sorted(set(drawn["place"]))
    fig.update_xaxes(
        range=[min(sizes) - 0.5, max(sizes) + 0.5],
        showgrid=False,
        title_text="customers of the cohort",
        **money_axis(sizes, [_SIZES[i].replace(">=1000", "1,000+") for i in sizes]),
    )
    return fig


def _hover(r: dict) -> str:
    lines = [f"{_NAMES[r['pooling']]}, cohorts of {r['size']}"]
    if is_number(r["groups"]):
        lines.append(plural(int(r["groups"]), "cohort"))
    for name, words in _SCORES.items():
        if is_number(r[name]):
            lines.append(f"{words} {share(r[name])}")
    if is_number(r["covered"]):
        lines.append(f"{share(r['covered'])} inside the 90% interval")
    return literal_lines(lines)


def find_pooling_by_size(drawn: pd.DataFrame, score: str = "wape") -> str:
    """Finding of `pooling_by_size` in one sentence."""
    wide = drawn.pivot_table(index="place", columns="pooling", values=score)
    if "partial" not in wide or wide.shape[1] < 2:
        return "One kind of pooling was fitted: there is nothing to compare it with."
    both = wide.dropna()
    if both.empty:
        return "No size of cohort was forecast under every kind of pooling."
    best = int((both["partial"] <= both.min(axis=1)).sum())
    return (
        f"Partial pooling has the smallest {_SCORES[score]} in {best} of "
        f"{plural(len(both), 'size')} of cohorts."
    )
