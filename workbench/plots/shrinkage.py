"""What partial pooling makes of cohorts: raw means drawn towards pooled values, by cohort size."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    counted,
    empty_figure,
    finish,
    has,
    money_axis,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, AXIS, GRID, INK
from workbench.plots.words import (
    estimate,
    literal_lines,
    money,
    money_tick,
    nice_ticks,
    number,
    plural,
    share,
    within,
)

_SMALL, _TINY = 100, 10
_NEEDED = ("customers", "raw_mean", "raw_low", "raw_high", "pooled_mean", "pooled_low",
           "pooled_high")  # fmt: skip
_NAMES = ("channel", "first_product", "first_month")


def shrinkage(
    cohorts: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    horizon: int = 365,
    title: str | None = None,
    at_most: int = 200,
) -> go.Figure:
    """Raw mean of every cohort, and the pooled value it is drawn to, by its number of customers.

    Parameters
    ----------
    cohorts
        channel, first_product, first_month ("All" where not told apart), customers, raw_mean,
        raw_low, raw_high (observed; NaN ends for one customer), pooled_mean, pooled_low,
        pooled_high, in currency per customer.
    currency, interval, title
        As in `value_by_channel`.
    horizon
        Customer age in days to which both count.
    at_most
        Cohorts at most, spread over all sizes; the subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "shrinkage"
    table = require(cohorts, [*_NEEDED, *_NAMES], kind)
    known = table[has(table, "raw_mean", "pooled_mean", "customers")]
    known = known[known["customers"] > 0]
    if known.empty:
        why = "No cohort is old enough to compare its raw mean with its pooled value."
        return empty_figure(kind, why, title=title or "")
    known = known.sort_values(["customers", *_NAMES], kind="stable").reset_index(drop=True)
    step = -(-len(known) // at_most)
    drawn = known.iloc[::step] if step > 1 else known
    mean = float((drawn["raw_mean"] * drawn["customers"]).sum() / drawn["customers"].sum())
    finding = find_shrinkage(known)
    return finish(
        _figure(drawn, mean, currency),
        kind=kind,
        title=title or finding,
        subtitle=statement(
            f"Contribution per customer to day {horizon}",
            horizon=f"{within(horizon)} from the first order",
            currency=currency,
            interval=interval,
            notes=[
                "Ring: raw mean, observed; dot: what the model expects of the same cohort, chance "
                "of purchase left out; ends of intervals on hover",
                f"Dotted line: raw mean of all, {money(mean, currency)}",
                counted(len(known), len(drawn), "cohort"),
            ],
        ),
        alt=f"Raw means and pooled values of {plural(len(drawn), 'cohort')} by number of "
        f"customers. {title or finding}",
        height=360,
        margin=(10, 18, 48, 60),
    )


def _figure(drawn: pd.DataFrame, mean: float, currency: str) -> go.Figure:
    x = drawn["customers"].astype(float).tolist()
    raw, pooled = drawn["raw_mean"].tolist(), drawn["pooled_mean"].tolist()
    lines_x = [v for one in x for v in (one, one, None)]
    lines_y = [v for pair in zip(raw, pooled, strict=True) for v in (*pair, None)]
    hover = [_hover(r, currency) for r in drawn.to_dict("records")]
    marks = {"mode": "markers", "hoverinfo": "text", "hovertext": hover, "type": "scatter"}
    line = {"color": AXIS, "width": 1.2, "dash": "dot"}
    traces = [
        {
            "type": "scatter",
            "x": lines_x,
            "y": lines_y,
            "mode": "lines",
            "line": {"color": AXIS, "width": 1},
            "hoverinfo": "skip",
            "name": "drawn to",
        },
        {
            **marks,
            "x": x,
            "y": raw,
            "marker": {"symbol": "circle-open", "size": 8, "color": INK},
            "name": "raw mean",
        },
        {**marks, "x": x, "y": pooled, "marker": {"size": 8, "color": ACCENT}, "name": "pooled"},
    ]
    # a cohort of three customers must not squeeze all others
    firm = [mean for mean, n in zip(raw, x, strict=True) if n >= _TINY] or raw
    low, high = min(*firm, *pooled), max(*firm, *pooled)
    pad = 0.06 * (high - low or 1.0)
    ticks = nice_ticks(low - pad, high + pad, 5)
    sizes = [step * 10**power for power in range(6) for step in (1, 2, 5)]
    layout: dict[str, Any] = {
        "xaxis": {
            "type": "log",
            "title": {"text": "customers of the cohort that have reached the age (logarithmic)"},
            "showgrid": False,
            "showline": True,
            **money_axis(sizes, [number(t, 0) for t in sizes]),
        },
        "yaxis": {
            "range": [low - pad, high + pad],
            "gridcolor": GRID,
            **money_axis(ticks, [money_tick(t, currency) for t in ticks]),
        },
    }
    layout["shapes"] = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": mean, "y1": mean, "line": line}
    ]
    return go.Figure(data=traces, layout=layout)


def _hover(r: dict, currency: str) -> str:
    told = [str(r[name]) for name in _NAMES if r[name] != "All"] or ["All customers"]
    return literal_lines(
        [
            ", ".join(told),
            plural(int(r["customers"]), "customer"),
            f"raw {estimate(r['raw_mean'], r['raw_low'], r['raw_high'], currency)}",
            f"pooled {estimate(r['pooled_mean'], r['pooled_low'], r['pooled_high'], currency)}",
            f"moved by {money(r['pooled_mean'] - r['raw_mean'], currency)}",
        ]
    )


def find_shrinkage(table: pd.DataFrame) -> str:
    """Finding of `shrinkage` in one sentence."""
    known = table[has(table, "raw_mean", "pooled_mean", "customers")]
    moved = (known["pooled_mean"] / known["raw_mean"].where(known["raw_mean"] > 0) - 1.0).abs()
    small, large = moved[known["customers"] < _SMALL], moved[known["customers"] >= _SMALL]
    if small.notna().any() and large.notna().any():
        return (
            f"The model's value of a cohort lies {share(small.median())} from its raw mean below "
            f"{_SMALL} customers, {share(large.median())} above (medians)."
        )
    if not moved.notna().any():
        return "Raw means and pooled values of the cohorts."
    return f"The model's value of a cohort lies {share(moved.median())} from its raw mean (median)."
