"""The automation spectrum: the state of every capability, level by level."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import bold, empty_figure, finish, has, require, statement, text_at
from workbench.plots.theme import AXIS, GOOD, MUTED
from workbench.plots.words import (
    is_number,
    literal,
    literal_lines,
    plural,
    wrap,
)

LEVEL_NAMES = {
    1: "Rule-based triggers",
    2: "Audience-based automation",
    3: "CLV-weighted automation",
    4: "Autonomous growth execution",
}


@dataclass(frozen=True)
class State:
    """How one state of a capability looks: shape and word first, colour only beside them."""

    word: str
    symbol: str
    colour: str


STATES = {
    "proven": State("proven", "circle", GOOD),
    "gap": State("gap", "x", "#A63C00"),
    "gap_no_profit": State("gap, no profit in it", "diamond-open", "#A63C00"),
    "ask": State("ask a person", "square-open", "#5B4A00"),
    "unknown": State("not evidenced", "circle-open", MUTED),
    "informative": State("for information", "triangle-up-open", MUTED),
    "not_applicable": State("not applicable", "line-ew-open", MUTED),
}
_COLUMNS = 2


def state_of(name: object) -> State:
    """Look of a state; an unknown word never looks like a proven one."""
    return STATES.get(str(name), State(str(name).replace("_", " "), "circle-open", MUTED))


def spectrum_matrix(
    gaps: pd.DataFrame, *, stage_level: int | None = None, title: str | None = None
) -> go.Figure:
    """Every capability by level: a shape and a word for its state, its name below.

    Parameters
    ----------
    gaps
        gaps.csv: capability, level (1 to 4), declared, state (proven, gap, gap_no_profit, ask,
        unknown, informative, not_applicable), and evidence and action for the hover. Unknown
        never counts as proven; not applicable and for information are left out of the counts.
    stage_level
        Level that the brand's stage needs; higher levels are headed "not needed yet".
    title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "spectrum_matrix"
    table = require(gaps, ["capability", "level", "state"], kind)
    table = table[has(table, "level")]
    if table.empty:
        return empty_figure(kind, "No capability was assessed.", title=title or "")
    fig = go.Figure()
    row, pitch = 0.0, 54
    for level, group in table.groupby("level", sort=True):
        _level_head(fig, int(level), group, row, stage_level)
        row += 1.05
        for i, r in enumerate(group.to_dict("records")):
            _capability(fig, r, i % _COLUMNS, row + i // _COLUMNS)
        row += -(-len(group) // _COLUMNS) + 0.1
    fig.update_xaxes(visible=False, range=[0, _COLUMNS])
    fig.update_yaxes(visible=False, range=[row, 0])
    finding = find_spectrum_matrix(table)
    used = [s.word for key, s in STATES.items() if (table["state"] == key).any()]
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            "Observed in the exports (evidenced) and in the stack list (declared)",
            notes=["A state is a shape and a word: " + ", ".join(used)],
        ),
        alt=f"{plural(len(table), 'capability').replace('capabilitys', 'capabilities')} by level, "
        f"each with its state. {title or finding}",
        height=round(pitch * row) + 8,
        margin=(4, 8, 4, 12),
        max_width=820,
    )


def _level_head(
    fig: go.Figure, level: int, group: pd.DataFrame, row: float, stage_level: int | None
) -> None:
    counted_rows = group[~group["state"].isin(["informative", "not_applicable"])]
    proven = int((group["state"] == "proven").sum())
    name = LEVEL_NAMES.get(level, "")
    words = f"{proven} of {len(counted_rows)} proven" if len(counted_rows) else "not assessed"
    if stage_level is not None:
        words += ", needed at this stage" if level <= stage_level else ", not needed yet"
    fig.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="paper",
        y0=row + 0.74,
        y1=row + 0.74,
        line={"color": AXIS, "width": 1},
    )
    title = bold(f"Level {level}: {name}", 44)
    head = f'{title}<br><span style="color:{MUTED}">{words}</span>'
    text_at(fig, head, 0, row + 0.72, xref="paper", xanchor="left", yanchor="bottom", align="left")


def _capability(fig: go.Figure, r: dict, column: int, row: float) -> None:
    state = state_of(r["state"])
    fig.add_scatter(
        x=[column],
        y=[row + 0.02],
        mode="markers",
        marker={
            "symbol": state.symbol,
            "size": 11,
            "color": state.colour,
            "line": {"color": state.colour, "width": 2},
        },
        hoverinfo="text",
        hovertext=[
            literal_lines(
                [r["capability"], state.word]
                + [str(r[c]) for c in ("evidence", "action") if isinstance(r.get(c), str)]
            )
        ],
        name=literal(state.word),
        cliponaxis=False,
    )
    word = state.word
    if _yes(r.get("declared")) and r["state"] not in ("proven", "not_applicable", "informative"):
        word += ", declared"
    lines = wrap(r["capability"], 25, 2)
    text = (
        f'<span style="color:{state.colour}"><b>{literal(word)}</b></span><br>'
        f"{literal_lines(lines)}"
    )
    text_at(
        fig,
        text,
        column,
        row,
        xanchor="left",
        yanchor="top",
        align="left",
        xshift=10,
        yshift=9,
        size=11,
    )


def _yes(value: object) -> bool:
    """Whether a declaration says that something is there (yes, true, a positive score)."""
    if isinstance(value, str):
        return value.strip().lower() in {"yes", "true", "live", "1", "2", "1.0", "2.0"}
    return is_number(value) and float(value) > 0  # type: ignore[arg-type]


def find_spectrum_matrix(table: pd.DataFrame) -> str:
    """Finding of `spectrum_matrix` in one sentence."""
    asked = table[~table["state"].isin(["informative", "not_applicable"])]
    proven = int((asked["state"] == "proven").sum())
    gaps = int(asked["state"].isin(["gap", "gap_no_profit"]).sum())
    rest = len(asked) - proven - gaps
    return (
        f"{proven} of {len(asked)} capabilities are proven, {plural(gaps, 'gap')} found, "
        f"{rest} not evidenced or to be asked."
    )
