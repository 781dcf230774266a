"""What the tabs share: a panel of an answer, a sentence alone, money with its sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Panel, Shown
from workbench.plots.words import money

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Answer", "only", "panel", "with_sign"]

Answer: TypeAlias = pd.DataFrame | Sentence


def only(slug: str, why: Sentence) -> Shown:
    """A tab that holds one sentence."""
    return Shown((Panel(slug, why),))


def panel(slug: str, table: Answer, draw: Callable[[], go.Figure]) -> Panel:
    """A figure of an answer, or the sentence that stands for it."""
    if isinstance(table, Sentence):
        return Panel(slug, table)
    return Panel(slug, draw, table)


def with_sign(amount: float, currency: str) -> str:
    """Money with its sign, none where it rounds to nothing."""
    text = money(amount, currency)
    return text if text.startswith("-") or not any(d in text for d in "123456789") else f"+{text}"
