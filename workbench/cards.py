"""Small cards in which a notebook shows an object: escaped, without scripts, light or dark.

Text comes from exports and settings, so every word is escaped. Nothing here computes: a card shows
what is already known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["AS_IT_IS", "card", "pill"]

AS_IT_IS = 'class="mathjax_ignore"'
"""Attribute of an element whose text JupyterLab leaves alone: two prices in it are no formula."""

_ROWS = 40
_LONG = 300
_COLOURS = {"PASS": "#00694D", "REVIEW": "#B84A00", "FAIL": "#9B1C31"}
_BOX = (
    "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif; "
    "border-left: 3px solid #005A8F; padding: 2px 0 2px 12px; max-width: 60em"
)
_CELL = "text-align: left; vertical-align: top; padding: 2px 14px 2px 0; white-space: normal"


class _Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def pill(status: str) -> str:
    """Return PASS, REVIEW or FAIL as a coloured word; other words stay plain."""
    colour = _COLOURS.get(status)
    if colour is None:
        return _Markup(_text(status))
    return _Markup(f'<b style="color: {colour}">{status}</b>')


def card(
    title: str,
    facts: Mapping[str, object] | None = None,
    *,
    header: Sequence[str] = (),
    rows: Iterable[Sequence[object]] = (),
    note: str = "",
) -> str:
    """Return a card as HTML.

    Parameters
    ----------
    title : str
        What the object is.
    facts : mapping, optional
        Name -> value; None and "" are left out.
    header, rows : sequences
        A table below the facts; more than 40 rows are counted, not shown.
    note : str
        One sentence below, e.g. what to do next.
    """
    parts = [f'<div {AS_IT_IS} style="{_BOX}"><div style="font-weight: 600">{_text(title)}</div>']
    known = {name: value for name, value in (facts or {}).items() if value not in (None, "")}
    if known:
        lines = (_row([name, value], muted_first=True) for name, value in known.items())
        parts.append(_table("".join(lines)))
    listed = list(rows)
    if listed:
        head = "".join(f'<th style="{_CELL}">{_text(name)}</th>' for name in header)
        body = "".join(_row(row) for row in listed[:_ROWS])
        parts.append(_table(f"<tr>{head}</tr>{body}" if head else body))
        if len(listed) > _ROWS:
            note = f"{len(listed) - _ROWS:,} more rows. {note}".strip()
    if note:
        parts.append(f'<div style="opacity: 0.75; padding-top: 2px">{_text(note)}</div>')
    return "".join([*parts, "</div>"])


def _table(body: str) -> str:
    return f'<table style="border-collapse: collapse; margin: 2px 0">{body}</table>'


def _row(cells: Sequence[object], *, muted_first: bool = False) -> str:
    styles = [f"{_CELL}; opacity: 0.75" if muted_first else _CELL, *([_CELL] * len(cells))]
    pairs = zip(cells, styles, strict=False)
    inner = "".join(f'<td style="{style}">{_text(cell)}</td>' for cell, style in pairs)
    return f"<tr>{inner}</tr>"


def _text(value: object) -> str:
    if isinstance(value, _Markup):
        return value
    text = str(value)
    return escape(text if len(text) <= _LONG else f"{text[: _LONG - 1]}…")
