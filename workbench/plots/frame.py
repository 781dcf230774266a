"""What every figure has around its plot: checked input, title, subtitle, margins, meta."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from workbench.errors import WorkbenchError
from workbench.plots.theme import INK, MUTED, TEMPLATE
from workbench.plots.words import is_number, listing, literal, literal_lines, plural, shorten, wrap


def statement(
    basis: str,
    *,
    horizon: str = "",
    currency: str = "",
    interval: float | None = None,
    purchase_randomness: bool | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Word the subtitle: what is shown, observed or predicted, horizon, currency, interval."""
    parts = [basis, horizon, currency]
    if interval is not None:
        words = f"{100 * interval:.0f}% interval"
        if purchase_randomness is not None:
            words += ", chance of purchase " + ("included" if purchase_randomness else "left out")
        parts.append(words)
    return ". ".join([" · ".join(p for p in parts if p), *(n for n in notes if n)]) + "."


def left_out(names: Iterable[object], why: str) -> str:
    """Word the channels (or groups) that a figure cannot draw, or nothing if there are none."""
    names = list(names)
    return f"{why}: {listing(names)}" if names else ""


def require(table: pd.DataFrame, columns: Sequence[str], figure: str) -> pd.DataFrame:
    """Return a fresh-indexed copy of `table`, or raise if columns are missing.

    Raises
    ------
    WorkbenchError
        Naming the figure, the missing columns and those the table has.
    """
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise WorkbenchError(
            f"The figure {figure} needs the column(s) {', '.join(missing)}. "
            f"The table has: {', '.join(map(str, table.columns)) or 'none'}."
        )
    return table.reset_index(drop=True)


def has(table: pd.DataFrame, *columns: str) -> pd.Series:
    """Mask of the rows with a finite number in every one of `columns`."""
    ok = pd.Series(True, index=table.index)
    for column in columns:
        values = table[column]
        if values.dtype.kind in "fiu":  # the same, at once
            ok &= np.isfinite(values.to_numpy())
        else:
            ok &= values.map(is_number).astype(bool)
    return ok


def one_row_each(table: pd.DataFrame, keys: list[str], figure: str) -> None:
    """Raise if several rows share `keys`: their intervals would have to be averaged."""
    twice = table.duplicated(keys)
    if twice.any():
        first = ", ".join(str(v) for v in table.loc[twice, keys].iloc[0])
        raise WorkbenchError(
            f"The figure {figure} needs one row per {' x '.join(keys)}, but {first} stands in "
            "several. Intervals cannot be averaged over cohorts: aggregate the draws first."
        )


def finish(
    fig: go.Figure,
    *,
    kind: str,
    title: str,
    subtitle: str,
    alt: str,
    height: int,
    margin: tuple[int, int, int, int] = (16, 10, 40, 10),
    min_width: int = 0,
    max_width: int = 0,
) -> go.Figure:
    """Put template, title, subtitle, margins (top, right, bottom, left) and meta on a figure.

    `height` is that of the plot without its title. `layout.meta` carries the plain texts, so that
    a page can set title and alternative text in HTML, where they wrap on a phone.
    """
    title, subtitle = (" ".join(str(t).split()) for t in (title, subtitle))
    head_lines = wrap(title, 84)
    sub_lines = wrap(subtitle, 124)
    head = 16 + 22 * (len(head_lines) + len(sub_lines))
    top, right, bottom, left = margin
    text = (
        f"<b>{literal_lines(head_lines)}</b><br>"
        f'<span style="font-size:12px;color:{MUTED}">{literal_lines(sub_lines)}</span>'
    )
    fig.update_layout(
        template=TEMPLATE,
        height=height + head,
        margin={"t": top + head, "r": right, "b": bottom, "l": left, "pad": 0},
        title={
            "text": text,
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            # plotly puts the first baseline of a text of several lines here, whatever its anchor
            "y": 1 - 25 / (height + head),
            "yref": "container",
            "yanchor": "bottom",
            "pad": {"l": 10},
            "font": {"size": 17, "color": INK},
        },
        meta={
            "kind": kind,
            "title": title,
            "subtitle": subtitle,
            "alt": " ".join(alt.split()),
            "head": head,
            "min_width": min_width,
            "max_width": max_width,
        },
    )
    return fig


def empty_figure(kind: str, sentence: str, *, title: str = "", subtitle: str = "") -> go.Figure:
    """A figure that says in its middle why there is nothing to draw."""
    fig = go.Figure()
    fig.update_xaxes(visible=False, range=[0, 1])
    fig.update_yaxes(visible=False, range=[0, 1])
    fig.add_annotation(
        text=literal_lines(wrap(sentence, 44)),
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"size": 14, "color": MUTED},
    )
    finish(
        fig,
        kind=kind,
        title=title or "Nothing to show yet",
        subtitle=subtitle,
        alt=f"Empty figure. {sentence}",
        height=110,
        margin=(4, 10, 4, 10),
    )
    return fig.update_layout(plot_bgcolor="#F5F7FA")


class Traces(list[dict[str, Any]]):
    """Traces of a figure as plain data, so that plotly checks them once and not with each one."""

    def add_scatter(self, **trace: Any) -> None:
        """Add a scatter trace, as `go.Figure.add_scatter` does."""
        self.append({"type": "scatter", **trace})

    def add_bar(self, **trace: Any) -> None:
        """Add a trace of bars, as `go.Figure.add_bar` does."""
        self.append({"type": "bar", **trace})


Note = dict[str, Any]


def note(text: str, x: Any, y: Any, **style: Any) -> Note:
    """Return a text without an arrow, for `add_notes`; `text` must already be literal."""
    font = {"size": style.pop("size", 12), "color": style.pop("color", INK)}
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": font, **style}


def add_notes(fig: go.Figure, notes: Sequence[Note]) -> None:
    """Add all texts at once: plotly checks every text again with each one that is added."""
    fig.layout.annotations = [*fig.layout.annotations, *notes]


def money_axis(ticks: Sequence[float], labels: Sequence[str], **more: Any) -> dict[str, Any]:
    """Axis settings for ticks that were chosen and written in Python."""
    return {
        "tickmode": "array",
        "tickvals": list(ticks),
        "ticktext": [literal(label) for label in labels],
        **more,
    }


def bold(text: object, length: int = 40) -> str:
    """A literal, shortened text in bold."""
    return f"<b>{literal(shorten(text, length))}</b>"


def counted(total: int, shown: int, noun: str) -> str:
    """Word a cut: `12 of 38 channels shown, the rest is in the table`; nothing if all fit."""
    if shown >= total:
        return ""
    return f"{shown} of {plural(total, noun)} shown, the rest is in the table"
