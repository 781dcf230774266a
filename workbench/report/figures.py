"""From a plotly figure and its table to a figure of the report; the data table of each figure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.locales import signs, written
from workbench.report.document import Column, Figure, Kind, Sentence, Table

__all__ = ["as_figure", "as_table"]

Spec = tuple[str, str, Kind]
"""Column of the frame (a prefix for a range), label, kind."""


def as_figure(
    key: str, figure: go.Figure, table: Table, turns: Sentence | None = None
) -> Iterator[Figure]:
    """Yield a figure of `workbench.plots`, or nothing where it has nothing to draw.

    Its meta holds title, subtitle and alternative text; `turns` says what would change our mind.
    """
    if figure.data:
        plot = json.loads(figure.to_json())
        meta = plot["layout"]["meta"]
        plot["layout"]["separators"] = "".join(signs())  # where plotly itself writes a number
        yield Figure(key, meta["title"], meta["subtitle"], meta["alt"], plot, table, turns)


def as_table(
    frame: pd.DataFrame,
    specs: Sequence[Spec],
    *,
    key: str,
    caption: str,
    file: str = "",
    note: str = "",
    folded: bool = False,
    at_most: int | None = None,
) -> Table:
    """Choose and name columns of a frame; a column that the frame lacks is left out.

    Parameters
    ----------
    specs : sequence of (column, label, kind)
        For a range the column is a prefix, to which mean, q05 and q95 are added.
    at_most : int, optional
        Rows at most; the note then says where the rest is.
    """
    present = [spec for spec in specs if _columns(spec)[0] in frame.columns]
    shown = frame if at_most is None else frame.head(at_most)
    rows = tuple(tuple(_value(row, spec) for spec in present) for row in shown.to_dict("records"))
    if len(shown) < len(frame):
        part = f"{written(len(shown))} of {written(len(frame))} rows"
        note = f"{note} {part}; all of them in {file}.".strip()
    columns = tuple(Column(label, kind) for _, label, kind in present)
    return Table(key, caption, columns, rows, file, note, folded)


def _columns(spec: Spec) -> tuple[str, ...]:
    name, _, kind = spec
    if kind.endswith("_range"):
        return tuple(f"{name}{end}" for end in ("mean", "q05", "q95"))
    return (name,)


def _value(row: dict[Any, Any], spec: Spec) -> Any:
    values = tuple(row.get(column) for column in _columns(spec))
    return values if len(values) > 1 else values[0]
