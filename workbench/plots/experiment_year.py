"""A year of tests, under each ranking of the backlog."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    add_notes,
    empty_figure,
    finish,
    has,
    money_axis,
    note,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, INK, MUTED, WARM
from workbench.plots.words import is_number, literal, money, money_tick, nice_ticks, plural

__all__ = ["year_of_tests"]

_COLOURS = {"EVSI": ACCENT, "ICE": WARM, "PIE": "#00805E", "PXL": "#A8487E"}
_DASHES = {"EVSI": "solid", "ICE": "dash", "PIE": "dot", "PXL": "longdash"}


def year_of_tests(year: pd.DataFrame, *, currency: str, title: str | None = None) -> go.Figure:
    """Expected profit within a year of tests, test by test, under each ranking.

    Parameters
    ----------
    year
        ranking, tests, id, title, end_week, profit, cumulative_profit: one row per ranking and
        test, in the order in which they run.
    currency, title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "year_of_tests"
    needed = ["ranking", "tests", "id", "title", "profit", "cumulative_profit"]
    table = require(year, needed, kind)
    subtitle = statement(
        "Predicted, expected profit of the first tests, cost subtracted",
        horizon="12-month contribution that arrives before the year of tests is over",
        currency=currency,
        notes=[
            "An expectation, without interval: all rankings face the same true effects",
            "Tests of one surface run one after another; one team builds",
        ],
    )
    table = table[has(table, "tests", "profit", "cumulative_profit")]
    table = table.sort_values(["ranking", "tests"])
    if table.empty:
        why = "No test of the backlog fits into the year."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    fig = go.Figure()
    notes = []
    for name, part in table.groupby("ranking", sort=False):
        base = str(name).partition(",")[0]
        colour = MUTED if "," in str(name) else _COLOURS.get(base, INK)
        xs, ys = [0, *part["tests"]], [0.0, *part["cumulative_profit"]]
        words = [f"{t}: {money(p, currency)}"
                 for t, p in zip(part["title"], part["profit"], strict=True)]  # fmt: skip
        fig.add_scatter(
            x=xs,
            y=ys,
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": _DASHES.get(base, "solid")},
            marker={"size": 7, "color": colour},
            hoverinfo="text",
            hovertext=["start", *(literal(w) for w in words)],
            name=literal(name),
            cliponaxis=False,
        )
        text = f"<b>{literal(name)}</b> {literal(money(ys[-1], currency))}"
        side = {"xanchor": "left", "xshift": 8, "yanchor": "middle", "color": colour}
        notes.append(note(text, xs[-1], ys[-1], **side))
    add_notes(fig, _apart(notes, table["cumulative_profit"]))
    low = min(0.0, table["cumulative_profit"].min())
    high = max(0.0, table["cumulative_profit"].max())
    ticks = nice_ticks(low, high, 5)
    pad = 0.06 * (high - low or 1.0)
    fig.update_yaxes(
        range=[low - pad, high + pad],
        **money_axis(ticks, [money_tick(t, currency) for t in ticks]),
    )
    fig.update_xaxes(range=[0, table["tests"].max() + 0.2], title_text="tests run", dtick=1)
    fig.add_hline(y=0, line={"color": INK, "width": 1}, layer="below")
    finding = find_year_of_tests(table, currency)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Lines of cumulative expected profit by number of tests for "
        f"{plural(table['ranking'].nunique(), 'ranking')}. {title or finding}",
        height=330,
        margin=(10, 190, 44, 70),
        max_width=860,
        min_width=560,
    )


def _apart(notes: list[dict], values: pd.Series) -> list[dict]:
    """Shift labels at the ends of lines up until none covers another."""
    reach = max(values.max(), 0.0) - min(values.min(), 0.0) or 1.0
    placed: list[tuple[float, float]] = []
    for one in sorted(notes, key=lambda n: n["y"]):
        shift = 0.0
        for x, y in placed:
            if abs(x - one["x"]) < 4 and one["y"] + shift - y < 0.06 * reach:
                shift = y + 0.06 * reach - one["y"]
        one["yshift"] = round(270 * shift / (1.12 * reach))
        placed.append((one["x"], one["y"] + shift))
    return notes


def find_year_of_tests(table: pd.DataFrame, currency: str) -> str:
    """Finding of `year_of_tests` in one sentence."""
    if table.empty:
        return "No test of the backlog fits into the year."
    totals = table.groupby("ranking", sort=False)["profit"].sum()
    own = totals.get("EVSI")
    others = totals.drop("EVSI", errors="ignore")
    if not is_number(own) or others.empty:
        name = totals.idxmax()
        return f"A year of tests in the order of {name} brings {money(totals[name], currency)}."
    other = "ICE" if "ICE" in others else str(others.index[0])
    gap = own - others[other]
    more = "more" if gap >= 0 else "less"
    return (
        f"A year of tests in the order of their value brings {money(own, currency)}, "
        f"{money(abs(gap), currency)} {more} than in the order of {other}."
    )
