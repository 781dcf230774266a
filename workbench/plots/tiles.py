"""A grid of tiles: colour for the value, a small tile for few customers, a hatch for prediction.

Bars instead of a heat map trace: they carry a size and a hatch, so that a cohort of 40 customers
never looks like one of 4,000, nor a forecast like a fact, in print and without colour vision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from workbench.plots.frame import Traces, add_notes, money_axis, note
from workbench.plots.theme import DIVERGING, INK, MUTED, PAPER, SEQUENTIAL, channels_of, contrast
from workbench.plots.words import literal, literal_lines, nice_ticks, wrap

_TEXT_COLUMNS = 14
_CLEAR = "rgba(255,255,255,0)"
_BLACK = "#000000"  # the dark text colour with which every tile reaches 4.5:1


@dataclass(frozen=True)
class Tile:
    """One cell at `column`, `row`; `value` gives the colour, `lines` are written inside."""

    column: int
    row: int
    value: float
    lines: Sequence[str] = ()
    hover: Sequence[str] = ()
    small: bool = False
    hatched: bool = False


@dataclass(frozen=True)
class Scale:
    """Colour scale from `low` to `high`; diverging around 0 if values fall on both sides."""

    low: float
    high: float

    @property
    def diverging(self) -> bool:
        """Whether there are negative values."""
        return self.low < 0

    @property
    def colours(self) -> tuple[str, ...]:
        """Colours from low to high."""
        return DIVERGING if self.diverging else SEQUENTIAL

    @property
    def ends(self) -> tuple[float, float]:
        """Limits of the colour axis."""
        if self.diverging:
            widest = max(-self.low, self.high)
            return -widest, widest
        if self.high > self.low:
            return self.low, self.high
        pad = 0.1 * abs(self.high) or 1.0
        return self.low - pad, self.high + pad

    def colour(self, value: float) -> str:
        """Colour of a value; values past the ends get the colour of the end."""
        low, high = self.ends
        place = min(max((value - low) / (high - low), 0.0), 1.0) * (len(self.colours) - 1)
        step = min(int(place), len(self.colours) - 2)
        below, above = (channels_of(self.colours[step + i]) for i in (0, 1))
        mixed = [a + (b - a) * (place - step) for a, b in zip(below, above, strict=True)]
        return "#" + "".join(f"{round(part):02X}" for part in mixed)

    def ink(self, value: float) -> str:
        """Text colour, dark or white, whichever has more contrast on the colour of `value`."""
        colour = self.colour(value)
        return max(_BLACK, PAPER, key=lambda text: contrast(text, colour))


def scale_of(tiles: Sequence[Tile]) -> Scale:
    """Scale over the tiles that stand on enough customers, or over all if those are too few."""
    firm = [t.value for t in tiles if not t.small]
    values = firm if len(firm) >= 3 else [t.value for t in tiles]
    return Scale(min(values), max(values))


def tile_grid(
    tiles: Sequence[Tile],
    columns: Sequence[str],
    rows: Sequence[str],
    *,
    write: Callable[[float], str],
    colour_title: str,
    column_title: str = "",
    row_title: str = "",
    first_column: Sequence[str] | None = None,
    scale: Scale | None = None,
) -> tuple[go.Figure, dict[str, object]]:
    """Draw tiles; returns the figure and what `finish` needs: height, margin, min_width.

    `first_column` adds a column of plain texts (numbers of customers) before the tiles.
    """
    scale = scale or scale_of(tiles)
    low, high = scale.ends
    with_text = len(columns) <= _TEXT_COLUMNS
    deep = with_text and any(len(t.lines) > 1 for t in tiles)
    pitch = 42 if deep else 27 if with_text else 20
    # Where tiles are narrow, the numbers of the first column take the room of three.
    offset = 0 if first_column is None else 1 if with_text else 3
    traces = Traces()
    _bars(traces, tiles, offset, [scale.colour(t.value) for t in tiles], None)
    # A hatch over colours needs traces of its own, one for dark and one for light lines.
    for ink in (_BLACK, PAPER):
        hatched = [t for t in tiles if t.hatched and scale.ink(t.value) == ink]
        if hatched:
            _bars(traces, hatched, offset, _CLEAR, ink)
    # The bars have their colours already: an empty trace carries the legend.
    traces.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"color": [low], "coloraxis": "coloraxis"},
        hoverinfo="skip",
        name="scale",
    )
    if with_text:
        _texts(traces, tiles, scale, offset)
    fig = go.Figure(data=traces, layout={"barmode": "overlay"})
    middle = (offset - 1) / 2
    first = enumerate(first_column or ())
    add_notes(fig, [note(literal(text), middle, i, color=MUTED, size=11) for i, text in first])
    heads = ["first buyers", *columns] if offset else list(columns)
    _axes(fig, heads, rows, columns, offset)
    top = 14 * max(len(_head(h, len(columns))) for h in heads) + (28 if column_title else 10)
    corner = {"xref": "paper", "yref": "paper", "yanchor": "bottom", "color": MUTED}
    if column_title:
        words = literal(column_title)
        add_notes(fig, [note(words, 0, 1, xanchor="left", yshift=top - 20, **corner)])
    if row_title:
        words = literal_lines(wrap(row_title, 8, 2))
        side = {"xanchor": "right", "align": "right", "xshift": -4, "yshift": 4}
        add_notes(fig, [note(words, 0, 1, **side, **corner)])
    ticks = nice_ticks(low, high, 4)
    fig.update_layout(
        coloraxis={
            "cmin": low,
            "cmax": high,
            "colorscale": [[i / (len(scale.colours) - 1), c] for i, c in enumerate(scale.colours)],
            "colorbar": {
                "orientation": "h",
                "thickness": 9,
                "len": 240,
                "lenmode": "pixels",
                "x": 0,
                "xanchor": "left",
                "y": 0,
                "yanchor": "top",
                "ypad": 10,
                "outlinewidth": 0,
                "title": {
                    "text": literal(colour_title),
                    "side": "top",
                    "font": {"size": 12, "color": MUTED},
                },
                "tickfont": {"size": 11, "color": MUTED},
                **money_axis(ticks, [write(t) for t in ticks]),
            },
        }
    )
    widest = max(len(row) for row in rows)
    left = max(min(12 + round(6.4 * min(widest, 20)), 140), 54 if row_title else 0)
    longest = max(len(line) for head in heads for line in _head(head, len(columns)))
    cell = max(44, 5 + round(6.2 * longest)) if with_text else 15
    return fig, {
        "height": pitch * len(rows) + top + 66,
        "margin": (top, 8, 66, left),
        "min_width": min(left + 8 + cell * (len(columns) + offset), 660),
    }


def _bars(
    fig: Traces, tiles: Sequence[Tile], offset: int, colour: object, hatch: str | None
) -> None:
    pattern = {
        "shape": "/",
        "bgcolor": _CLEAR,
        "fgcolor": hatch,
        "fgopacity": 0.4,
        "size": 7,
        "solidity": 0.14,
    }
    fig.add_bar(
        x=[t.column + offset for t in tiles],
        base=[t.row - _extent(t) / 2 for t in tiles],
        y=[_extent(t) for t in tiles],
        width=[_extent(t) for t in tiles],
        marker={"color": colour, "line": {"width": 0}, "pattern": pattern if hatch else None},
        hoverinfo="skip" if hatch else "text",
        hovertext=None if hatch else [literal_lines(t.hover) for t in tiles],
        textposition="none",
        name="mostly predicted" if hatch else "tiles",
    )


def _extent(tile: Tile) -> float:
    return 0.62 if tile.small else 0.95


def _texts(fig: Traces, tiles: Sequence[Tile], scale: Scale, offset: int) -> None:
    written = [t for t in tiles if t.lines]
    first_size, rest_size = 12, 10
    fig.add_scatter(
        x=[t.column + offset for t in written],
        y=[t.row for t in written],
        mode="text",
        text=[
            "<br>".join(
                f'<span style="font-size:{first_size if i == 0 else rest_size}px">'
                f"{literal(line)}</span>"
                for i, line in enumerate(t.lines)
            )
            for t in written
        ],
        textfont={"size": first_size, "color": [scale.ink(t.value) for t in written]},
        hoverinfo="skip",
        name="texts",
    )


def _head(text: str, columns: int) -> list[str]:
    """Column head in lines that fit the column on a narrow screen."""
    return wrap(text, 18 if columns <= 2 else 11 if columns <= 8 else 8, 3)


def _axes(
    fig: go.Figure, heads: Sequence[str], rows: Sequence[str], columns: Sequence[str], offset: int
) -> None:
    step = 1 if len(columns) <= _TEXT_COLUMNS else -(-len(columns) // 12)
    labels = {float(offset + i): columns[i] for i in range(0, len(columns), step)}
    if offset:
        labels = {(offset - 1) / 2: heads[0], **labels}
    fig.update_xaxes(
        range=[-0.5, len(columns) + offset - 0.5],
        side="top",
        showgrid=False,
        tickmode="array",
        tickvals=list(labels),
        ticktext=[literal_lines(_head(text, len(columns))) for text in labels.values()],
        tickangle=0,
        tickfont={"size": 11, "color": INK},
    )
    fig.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        tickmode="array",
        tickvals=list(range(len(rows))),
        ticktext=[literal(wrap(row, 20, 1)[0]) for row in rows],
        tickfont={"size": 12, "color": INK},
    )
