"""The automation spectrum: the state of every capability, level by level."""

from __future__ import annotations

from dataclasses import dataclass

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
from workbench.plots.theme import AXIS, GOOD, MUTED
from workbench.plots.words import (
    is_number,
    literal,
    literal_lines,
    plural,
    wrap,
)

LEVEL_NAMES = {
    0: "Every level",
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
    "gap_no_profit": State("gap, unpriced", "diamond-open", "#A63C00"),
    "ask": State("ask a person", "square-open", "#5B4A00"),
    "unknown": State("not evidenced", "circle-open", MUTED),
    "informative": State("not needed yet", "triangle-up-open", MUTED),
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
        gaps.csv: capability, level (1 to 4, 0: asked at every level), declared, state (proven,
        gap, gap_no_profit, ask, unknown, informative, not_applicable), and evidence and action
        for the hover. Unknown never counts as proven; what is not applicable is left out of the
        counts, what is not needed yet is counted by itself.
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
    row, pitch = 0.0, 48
    places: list[tuple[int, float]] = []
    members: list[pd.DataFrame] = []
    notes: list[Note] = []
    rules: list[float] = []
    levels = dict(list(table.groupby("level", sort=True)))
    for level in sorted(levels, key=lambda level: (level < 1, level)):  # asked at all levels: last
        group = levels[level]
        rules.append(row + 0.74)
        notes.append(_level_head(int(level), group, row, stage_level))
        row += 1.05
        for i, r in enumerate(group.to_dict("records")):
            place = (i % _COLUMNS, row + i // _COLUMNS)
            places.append(place)
            notes.append(_words(r, *place))
        members.append(group)
        row += -(-len(group) // _COLUMNS) + 0.1
    _shapes(fig, pd.concat(members).to_dict("records"), places)
    add_notes(fig, notes)
    fig.update_xaxes(visible=False, range=[0, _COLUMNS])
    fig.update_yaxes(
        range=[row, 0], showticklabels=False, tickmode="array", tickvals=rules, gridcolor=AXIS
    )
    finding = find_spectrum_matrix(table)
    used = [s.word for key, s in STATES.items() if (table["state"] == key).any()]
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            "Observed in the exports (evidenced) and in the stack list (declared)",
            notes=["A state is a shape and a word: " + "; ".join(used)],
        ),
        alt=f"{plural(len(table), 'capability').replace('capabilitys', 'capabilities')} by level, "
        f"each with its state. {title or finding}",
        height=round(pitch * row) + 8,
        margin=(4, 8, 4, 12),
        max_width=820,
    )


def _level_head(level: int, group: pd.DataFrame, row: float, stage_level: int | None) -> Note:
    counted_rows = group[group["state"] != "not_applicable"]
    proven = int((group["state"] == "proven").sum())
    name = LEVEL_NAMES.get(level, "")
    words = f"{proven} of {len(counted_rows)} proven" if len(counted_rows) else "not applicable"
    if stage_level is not None:
        words += ", needed at this stage" if level <= stage_level else ", not needed yet"
    title = bold(f"Level {level}: {name}" if level else name, 44)
    head = f'{title}<br><span style="color:{MUTED}">{words}</span>'
    place = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "align": "left"}
    return note(head, 0, row + 0.72, **place)


def _shapes(fig: go.Figure, rows: list[dict], places: list[tuple[int, float]]) -> None:
    states = [state_of(r["state"]) for r in rows]
    colours = [s.colour for s in states]
    fig.add_scatter(
        x=[x for x, _ in places],
        y=[y + 0.02 for _, y in places],
        mode="markers",
        marker={
            "symbol": [s.symbol for s in states],
            "size": 11,
            "opacity": 1,
            "color": colours,
            "line": {"color": colours, "width": 2},
        },
        hoverinfo="text",
        hovertext=[
            literal_lines(
                [r["capability"], s.word]
                + [str(r[c]) for c in ("evidence", "action") if isinstance(r.get(c), str)]
            )
            for r, s in zip(rows, states, strict=True)
        ],
        name="states",
        cliponaxis=False,
    )


def _words(r: dict, column: int, row: float) -> Note:
    state = state_of(r["state"])
    closed = r["state"] in ("proven", "not_applicable", "informative")
    declared = ", declared" if _yes(r.get("declared")) and not closed else ""
    lines = wrap(r["capability"], 25, 2)
    text = (
        f'<span style="color:{state.colour}"><b>{literal(state.word)}</b>{declared}</span><br>'
        f"{literal_lines(lines)}"
    )
    place = {"xanchor": "left", "yanchor": "top", "align": "left", "xshift": 10, "yshift": 9}
    return note(text, column, row, size=11, **place)


def _yes(value: object) -> bool:
    """Whether a declaration says that something is there (yes, true, a positive score)."""
    if isinstance(value, str):
        return value.strip().lower() in {"yes", "true", "live", "1", "2", "1.0", "2.0"}
    return is_number(value) and float(value) > 0  # type: ignore[arg-type]


def find_spectrum_matrix(table: pd.DataFrame) -> str:
    """Finding of `spectrum_matrix` in one sentence."""
    counted_rows = table[table["state"] != "not_applicable"]
    proven = int((counted_rows["state"] == "proven").sum())
    gaps = int(counted_rows["state"].isin(["gap", "gap_no_profit"]).sum())
    later = int((counted_rows["state"] == "informative").sum())
    rest = len(counted_rows) - proven - gaps - later
    return (
        f"{proven} of {len(counted_rows)} capabilities are proven, {plural(gaps, 'gap')} found, "
        f"{rest} not evidenced or to be asked" + (f", {later} not needed yet." if later else ".")
    )
