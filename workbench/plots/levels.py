"""Levels of the automation spectrum: points declared beside points evidenced."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    Note,
    add_notes,
    bold,
    empty_figure,
    finish,
    has,
    note,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, GOOD, GRID, INK, MUTED, PAPER, WARM
from workbench.plots.words import is_number, literal_lines, plural, share


def spectrum_levels(
    levels: pd.DataFrame, *, threshold: float = 0.80, title: str | None = None
) -> go.Figure:
    """Share of points per level: declared (hollow bar) beside evidenced (filled bar).

    Parameters
    ----------
    levels
        levels.csv: level, name, required (whether the brand's stage needs it), share_declared,
        share_evidenced, holds_declared, holds_evidenced.
    threshold
        Share of points from which a level may hold, drawn as an upright line.
    title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "spectrum_levels"
    needed = ["level", "name", "required", "share_declared", "share_evidenced", "holds_evidenced"]
    table = require(levels, needed, kind)
    table = table[has(table, "level")].sort_values("level")
    if table.empty:
        return empty_figure(kind, "No level was assessed.", title=title or "")
    fig = go.Figure()
    rows = table.to_dict("records")
    add_notes(fig, [_level_bars(fig, r, -float(i)) for i, r in enumerate(rows)])
    fig.add_vline(x=threshold, line={"color": INK, "width": 1.2, "dash": "dot"})
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    fig.update_xaxes(
        range=[0, 1.0],
        gridcolor=GRID,
        tickmode="array",
        tickvals=ticks,
        ticktext=[share(t) for t in ticks],
        title_text="share of the level's points",
    )
    fig.update_yaxes(visible=False, range=[-len(table) + 0.42, 0.62])
    finding = find_spectrum_levels(table)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            "Declared in the stack list against observed in the exports (evidenced)",
            notes=[
                "Filled bar: evidenced, hollow bar: declared, dotted line: "
                f"{share(threshold)} needed to hold a level"
            ],
        ),
        alt=f"Bars of declared and evidenced points for {plural(len(table), 'level')}. "
        f"{title or finding}",
        height=76 * len(table) + 60,
        margin=(6, 22, 46, 14),
    )


def _level_bars(fig: go.Figure, r: dict, y: float) -> Note:
    both = f"{share(r['share_evidenced'])} evidenced, {share(r['share_declared'])} declared"
    hover = literal_lines([f"Level {r['level']:.0f}: {r['name']}", both])
    for column, height, filled in (("share_declared", 0.34, False), ("share_evidenced", 0.2, True)):
        value = r[column]
        fig.add_bar(
            x=[min(max(float(value), 0.0), 1.0) if is_number(value) else 0.0],
            y=[y - 0.2],
            orientation="h",
            width=height,
            marker={
                "color": ACCENT if filled else "#FFFFFF",
                "line": {"color": ACCENT, "width": 0 if filled else 1.5},
            },
            hoverinfo="text",
            hovertext=[hover],
            name="evidenced" if filled else "declared",
        )
    fig.update_layout(barmode="overlay")
    holds, required = bool(r["holds_evidenced"]), bool(r["required"])
    name = f"{r['level']:.0f}. {r['name']}"
    state = "● holds" if holds else "✕ does not hold"
    proven = share(r["share_evidenced"])
    need = "needed" if required else "not needed yet"
    colour = GOOD if holds else WARM if required else MUTED
    text = (
        f"{bold(name, 40)}<br>"
        f'<span style="color:{colour}"><b>{state}</b></span>'
        f'<span style="color:{MUTED}">, {need} · {proven} evidenced</span>'
    )
    place = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "align": "left"}
    return note(text, 0, y + 0.02, bgcolor=PAPER, **place)


def find_spectrum_levels(table: pd.DataFrame) -> str:
    """Finding of `spectrum_levels` in one sentence."""
    ordered = table.sort_values("level")
    held = 0
    for r in ordered.to_dict("records"):
        if not bool(r["holds_evidenced"]):
            break
        held = int(r["level"])
    needed = [int(r["level"]) for r in ordered.to_dict("records") if bool(r["required"])]
    text = f"Level {held} is evidenced" if held else "No level is evidenced"
    return text + (f"; the stage needs level {max(needed)}." if needed else ".")
