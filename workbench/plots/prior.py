"""What the model believed before it saw a brand, what it says since, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from workbench.locales import written
from workbench.plots.frame import (
    Note,
    add_notes,
    bold,
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    note,
    one_row_each,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, AXIS, GRID, INK, MUTED, PAPER
from workbench.plots.words import (
    is_number,
    literal_lines,
    money,
    money_tick,
    nice_ticks,
    number,
    plural,
    share,
    wrap,
)

_PRIOR = ("prior_q05", "prior_q25", "prior_q50", "prior_q75", "prior_q95")
_NEEDED = ("quantity", *_PRIOR, "posterior_mean", "posterior_q05", "posterior_q95", "observed",
           "customers", "prior_below")  # fmt: skip
NAMES = {
    "repeat_share": "Customers who buy again",
    "orders_12m": "Orders in the first year",
    "value_12m": "12-month value",
}
_PANEL, _GAP = 74, 74
#: Places of prior, posterior and observed in a panel, from top to bottom.
_PLACES = {"prior": 2.0, "fitted": 1.0, "observed": 0.0}


def prior_against_brand(
    prior: pd.DataFrame, *, currency: str = "", interval: float = 0.90, title: str | None = None
) -> go.Figure:
    """First year of a customer: prior, fitted model and what older customers did.

    Parameters
    ----------
    prior
        `prior_predictive_table`: quantity, prior_q05, prior_q25, prior_q50, prior_q75, prior_q95,
        posterior_mean, posterior_q05, posterior_q95, observed, customers (who are a year old) and
        prior_below (share of the prior below what was observed). Only quantities in `NAMES` are
        drawn, each on an axis of its own.
    currency
        ISO code of the 12-month value.
    interval, title
        As in `value_by_channel`; purchase randomness is never inside, these are means over many
        customers.

    Raises
    ------
    WorkbenchError
        If columns are missing, or a quantity stands in several rows.
    """
    kind = "prior_against_brand"
    table = require(prior, _NEEDED, kind)
    one_row_each(table, ["quantity"], kind)
    order = {name: i for i, name in enumerate(NAMES)}
    drawn = table[has(table, *_PRIOR) & table["quantity"].isin(list(NAMES))]
    drawn = drawn.sort_values("quantity", key=lambda names: names.map(order))
    subtitle = statement(
        "Prior, predicted by the fitted model, and observed, per customer",
        horizon="12 months from the first order",
        currency=currency,
        interval=interval,
        purchase_randomness=False,
        notes=[
            "Thin line: interval, thick line: middle half of the prior, dot: median of the prior, "
            "mean of the fitted model, diamond: observed of customers who are a year old",
            left_out(table.drop(drawn.index)["quantity"], "Not known"),
        ],
    )
    if drawn.empty:
        why = "There is no prior of the first year to show."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    finding = find_prior_against_brand(drawn, interval)
    fig = go.Figure()
    records = drawn.to_dict("records")
    height = len(records) * (_PANEL + _GAP)
    for i, record in enumerate(records):
        _panel(fig, i, record, currency, height, len(records))
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Dots on intervals: prior, fitted and observed in {plural(len(drawn), 'panel')}. "
        f"{title or finding}",
        height=height,
        margin=(0, 18, 6, 66),
    )


def _writer(quantity: str, currency: str) -> tuple[Callable, Callable]:
    """How amounts of a quantity, and its axis, are written."""
    if quantity == "repeat_share":
        return share, share
    if quantity == "value_12m":
        return lambda v: money(v, currency), lambda v: money_tick(v, currency)
    return lambda v: number(v, 2), lambda v: number(v, 1).removesuffix(".0")


def _panel(fig: go.Figure, i: int, r: dict, currency: str, height: int, panels: int) -> None:
    write, write_tick = _writer(r["quantity"], currency)
    bottom = 1.0 - ((i + 1) * (_PANEL + _GAP) - _GAP / 2) / height
    domain = [max(bottom, 0.0), min(bottom + _PANEL / height, 1.0)]
    ends = [r[name] for name in _PRIOR]
    others = [r[c] for c in ("posterior_q05", "posterior_q95", "posterior_mean", "observed")]
    values = [v for v in (*ends, *others) if is_number(v)]
    low, high = min(0.0, *values), max(values)
    pad = 0.04 * ((high - low) or 1.0)
    axes = {"xaxis": f"x{i + 1}", "yaxis": f"y{i + 1}"}
    words = _words(r, write)
    hover = literal_lines([NAMES[r["quantity"]], *words])

    def line(x: Sequence[float], place: str, colour: str, width: float, name: str) -> None:
        if all(is_number(v) for v in x):
            y = [_PLACES[place]] * 2
            style = {"color": colour, "width": width}
            fig.add_scatter(x=list(x), y=y, mode="lines", line=style, hoverinfo="skip",
                            name=name, opacity=0.4 if width > 5 else 1.0, **axes)  # fmt: skip

    def dot(x: float, place: str, name: str, **marker: object) -> None:
        if is_number(x):
            fig.add_scatter(x=[x], y=[_PLACES[place]], mode="markers", hoverinfo="text",
                            hovertext=[hover], name=name, cliponaxis=False,
                            marker={"size": 11, **marker}, **axes)  # fmt: skip

    line((ends[0], ends[4]), "prior", AXIS, 2.5, "prior interval")
    line((ends[1], ends[3]), "prior", AXIS, 10, "prior middle half")
    dot(ends[2], "prior", "prior median", color=PAPER, line={"color": MUTED, "width": 2})
    line((r["posterior_q05"], r["posterior_q95"]), "fitted", ACCENT, 3, "fitted interval")
    dot(r["posterior_mean"], "fitted", "fitted mean", color=ACCENT)
    dot(r["observed"], "observed", "observed", color=INK, symbol="diamond")
    ticks = nice_ticks(low - pad, high + pad, 5)
    fig.update_layout(
        {
            f"xaxis{i + 1}": {
                "anchor": f"y{i + 1}",
                "range": [low - pad, high + pad],
                "gridcolor": GRID,
                **money_axis(ticks, [write_tick(t) for t in ticks]),
            },
            f"yaxis{i + 1}": {
                "anchor": f"x{i + 1}",
                "domain": domain,
                "range": [-0.5, 2.5],
                "showgrid": False,
                **money_axis(list(_PLACES.values()), list(_PLACES)),
            },
        }
    )
    add_notes(fig, _label(r, words, domain[1], currency))


def _words(r: dict, write: Callable) -> list[str]:
    """Numbers of a panel in words."""
    parts = [f"prior {write(r['prior_q50'])} ({write(r['prior_q05'])} to {write(r['prior_q95'])})"]
    if is_number(r["posterior_mean"]):
        parts.append(f"fitted {write(r['posterior_mean'])}")
    if is_number(r["observed"]):
        of = f" ({written(int(r['customers']))} customers)" if is_number(r["customers"]) else ""
        parts.append(f"observed {write(r['observed'])}{of}")
    return parts


def _label(r: dict, words: Sequence[str], top: float, currency: str) -> list[Note]:
    unit = f", {currency}" if r["quantity"] == "value_12m" and currency else ""
    name = bold(NAMES[r["quantity"]] + unit)
    text = literal_lines(wrap(" · ".join(words), 74, 1))
    side = {"xref": "paper", "yref": "paper", "yanchor": "bottom", "yshift": 3}
    both = f'{name}<br><span style="color:{MUTED}">{text}</span>'
    return [note(both, 0, top, xanchor="left", align="left", xshift=-56, **side)]


def find_prior_against_brand(drawn: pd.DataFrame, interval: float = 0.90) -> str:
    """Finding of `prior_against_brand` in one sentence."""
    known = drawn[has(drawn, "observed", "prior_below")]
    if known.empty:
        return "What the model believed before it saw this brand; no customer is a year old yet."
    tail = (1.0 - interval) / 2.0
    outside = known[~known["prior_below"].between(tail, 1.0 - tail)]
    told = f"{100 * interval:.0f}% interval of the prior"
    if outside.empty:
        return f"What customers did in their first year lies inside the {told}."
    names = ", ".join(NAMES[name].lower() for name in outside["quantity"])
    ways = np.where(outside["prior_below"] > 0.5, "more", "less")
    way = str(ways[0]) if len(set(ways)) == 1 else "other"
    return f"Customers did {way} than the {told} held possible: {names}."
