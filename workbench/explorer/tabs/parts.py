"""What the tabs share: a panel of an answer, a sentence alone, signed money, payback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Panel, Shown
from workbench.plots.words import days, money

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Answer", "only", "paid_back", "panel", "payback_range", "with_sign"]

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


def paid_back(day: float) -> str:
    """A day of payback; day 0 is the first order itself."""
    text = days(day)
    return "with the first order" if text == "0 days" else text


def payback_range(low: float, high: float) -> str:
    """The interval of a payback; ends that read the same are said once."""
    first, last = days(low), days(high)
    return paid_back(low) if first == last else f"{first} to {last}"
