"""CAC and payback on a value curve, drawn and in words."""

from __future__ import annotations

import pandas as pd

from workbench.plots.frame import Traces
from workbench.plots.theme import INK
from workbench.plots.words import days, is_number, literal, literal_lines, money, probability

YEAR = 365
PAYBACK = ("payback_days_mean", "payback_days_q05", "payback_days_q95")


def cost_line(
    fig: Traces,
    rows: pd.DataFrame,
    paid: dict | None,
    currency: str,
    axes: dict[str, str],
    top: float,
) -> str:
    """Draw CAC and payback; returns the words under the panel's name."""
    cac = rows["cac"].iloc[0]
    if not is_number(cac):
        return "no spend, so no CAC<br> "
    fig.add_scatter(
        x=[0, YEAR],
        y=[cac, cac],
        mode="lines",
        line={"color": INK, "width": 1.5},
        hoverinfo="text",
        hovertext=[literal(f"CAC {money(cac, currency)}")] * 2,
        name="CAC",
        **axes,
    )
    note = literal(f"CAC {money(cac, currency)}")
    if paid is None:
        return note + "<br> "
    middle, start, end = (paid[c] for c in PAYBACK)
    if not is_number(start) or start > YEAR:
        return note + "<br>payback beyond a year"
    beyond = not is_number(end) or end > YEAR
    fig.add_scatter(
        x=[start, YEAR if beyond else end],
        y=[cac, cac],
        mode="lines+markers",
        line={"color": INK, "width": 6},
        marker={
            "symbol": ["line-ns", "triangle-right" if beyond else "line-ns"],
            "size": [0, 13 if beyond else 0],
            "color": INK,
        },
        hoverinfo="skip",
        name="payback interval",
        cliponaxis=False,
        **axes,
    )
    hit = is_number(middle) and middle <= YEAR
    if hit:
        words = [f"payback {days(middle)}", f"interval {days(start)} to {days(end)}"]
        if is_number(paid.get("p_payback_12m")):
            words.append(f"P(within a year): {probability(paid['p_payback_12m'])}")
        fig.add_scatter(
            x=[middle],
            y=[cac],
            mode="markers",
            marker={
                "symbol": "diamond",
                "size": 12,
                "color": "#FFFFFF",
                "line": {"color": INK, "width": 2},
            },
            hoverinfo="text",
            hovertext=[literal_lines(words)],
            name="payback",
            cliponaxis=False,
            **axes,
        )
    return note + "<br>payback " + literal(payback_words(start, middle, end))


def payback_words(start: object, middle: object, end: object) -> str:
    """Word a payback: `day 140 (95 to 365+)`, where 365+ is beyond a year or never."""
    if is_number(end) and float(end) < 0.5:  # type: ignore[arg-type]
        return "with the first order"
    low, mean, high = (
        f"{float(d):.0f}" if is_number(d) and float(d) <= YEAR else "365+"  # type: ignore[arg-type]
        for d in (start, middle, end)
    )
    return f"day {low} to {high}" if mean == "365+" else f"day {mean} ({low} to {high})"
