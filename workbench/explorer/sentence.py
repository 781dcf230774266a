"""What an answer is when there is nothing to show: a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from workbench.cards import AS_IT_IS

__all__ = ["Sentence"]


@dataclass(frozen=True)
class Sentence:
    """Plain words in place of a table or a figure.

    Attributes
    ----------
    text : str
        What is missing, and what to do about it.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p {AS_IT_IS}>{escape(self.text)}</p>"
