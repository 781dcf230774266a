"""The look of every figure: one template, one palette, one fixed style per channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from workbench.colours import channels_of, contrast

__all__ = [
    "ACCENT",
    "AXIS",
    "DIVERGING",
    "FONT",
    "GOOD",
    "GRID",
    "INK",
    "MUTED",
    "PAPER",
    "SEQUENTIAL",
    "TEMPLATE",
    "WARM",
    "ChannelStyle",
    "channel_styles",
    "channels_of",
    "contrast",
    "style_of",
]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, MUTED, AXIS, GRID, PAPER = "#1F2933", "#52606D", "#7B8794", "#E4E7EB", "#FFFFFF"
ACCENT = "#005A8F"
WARM = "#B84A00"
GOOD = "#00694D"
SEQUENTIAL = ("#EAF1F7", "#BCD5E8", "#7FB0D3", "#3E86B6", "#005A8F", "#063B5E")
DIVERGING = ("#8A3800", "#D98A4E", "#F6E3D4", "#FFFFFF", "#D3E4F0", "#5F9CC6", "#063B5E")


@dataclass(frozen=True)
class ChannelStyle:
    """Colour, marker symbol and line dash of one channel; the same on every figure of a brand."""

    colour: str
    symbol: str
    dash: str


# Okabe and Ito's palette, the light hues darkened until they reach 3:1 against white.
_COLOURS = (
    "#0072B2",
    "#C24F00",
    "#00805E",
    "#A8487E",
    "#8A6A00",
    "#2B7FB3",
    "#3B3B98",
    "#8C1D40",
    "#3F6B1F",
    "#1F2933",
)
_SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "pentagon",
    "star",
    "hexagon",
    "cross",
    "x",
)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_PINNED = {
    "Meta Ads": ChannelStyle("#0072B2", "circle", "solid"),
    "Google Ads": ChannelStyle("#C24F00", "square", "dash"),
    "TikTok Ads": ChannelStyle("#1F2933", "diamond", "dot"),
    "Email": ChannelStyle("#00805E", "triangle-up", "dashdot"),
    "Organic Search": ChannelStyle("#A8487E", "cross", "longdash"),
    "Direct": ChannelStyle("#8A6A00", "triangle-down", "longdashdot"),
    "Affiliates": ChannelStyle("#3B3B98", "star", "solid"),
    "Unknown": ChannelStyle("#6B7280", "x", "dot"),
}


def channel_styles(channels: Iterable[object]) -> dict[str, ChannelStyle]:
    """Give every channel of a brand its fixed colour, symbol and dash.

    Parameters
    ----------
    channels
        All channel names of the brand, in any order; duplicates do not matter. Well-known names
        keep the same style in every brand, the others get theirs in alphabetical order, so pass
        the whole set once and hand the result to each figure as `palette`.
    """
    names = sorted({str(name) for name in channels})
    styles = {name: _PINNED[name] for name in names if name in _PINNED}
    taken = {(style.colour, style.symbol) for style in styles.values()}
    # The symbols shift by one on each round of the colours, so that the first 100 pairs differ.
    turns = ((i, _COLOURS[i % 10], _SYMBOLS[(i + i // 10) % 10]) for i in range(100))
    free = iter([turn for turn in turns if turn[1:] not in taken])
    for name in names:
        if name not in styles:
            turn, colour, symbol = next(free, (0, _PINNED["Unknown"].colour, "x"))
            styles[name] = ChannelStyle(colour, symbol, _DASHES[turn % 6])
    return styles


def style_of(name: object, palette: Mapping[str, ChannelStyle]) -> ChannelStyle:
    """Style of one channel; a name missing from the palette gets the style of "Unknown"."""
    return palette.get(str(name), _PINNED["Unknown"])


def _template() -> go.layout.Template:
    axis = {
        "showgrid": True,
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": AXIS,
        "tickcolor": AXIS,
        "tickfont": {"size": 12, "color": MUTED},
        "title": {"font": {"size": 12, "color": MUTED}, "standoff": 8},
        "fixedrange": True,
        "automargin": False,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 12, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "colorway": list(_COLOURS),
            "showlegend": False,
            "dragmode": False,
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": PAPER,
                "bordercolor": AXIS,
                "align": "left",
                "font": {"family": FONT, "size": 12, "color": INK},
            },
            "xaxis": axis,
            "yaxis": axis,
            "bargap": 0,
        }
    )


TEMPLATE = _template()
