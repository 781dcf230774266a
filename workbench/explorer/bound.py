"""A native widget bound to one part of the view, with its label above and words on hover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

import ipywidgets as w

from workbench.explorer.view import View

__all__ = ["Bound", "Silence", "control", "put", "same", "stop_slider"]

_WIDE = {"width": "auto"}


@dataclass(frozen=True)
class Bound:
    """A widget and the part of the view that it shows.

    Attributes
    ----------
    name : str
        As in `Explorer(presenting=...)`.
    widget : Widget
        Its `value` is the part.
    read : callable
        View -> value of the widget.
    write : callable
        (View, value of the widget) -> View.
    """

    name: str
    widget: Any
    read: Callable[[View], Any]
    write: Callable[[View, Any], View]


class Silence:
    """Inside ``with``, controls are moved by the explorer itself, and nobody answers."""

    def __init__(self) -> None:
        self.on = False

    def __enter__(self) -> None:
        self.on = True

    def __exit__(self, *_: object) -> None:
        self.on = False


def control(kind: Callable[..., Any], label: str, tip: str, **more: Any) -> Any:
    """A widget with its label above it, an explanation on hover and for screen readers."""
    widget = kind(description=label, tooltip=tip, layout=_WIDE, **more)
    widget.add_class("wb-control")
    return widget


def stop_slider(label: str, tip: str, stops: Sequence[tuple[str, float]]) -> Any:
    """A slider over named stops."""
    return control(w.SelectionSlider, label, tip, options=list(stops)).add_class("wb-range")


def same(told: Any, kept: Any) -> bool:
    """Tell whether a value from the browser is the one it was sent, but for a float's last digit.

    Sliders round to their step and send that back without being touched.
    """
    if isinstance(told, float) and isinstance(kept, float):
        return isclose(told, kept, rel_tol=1e-9, abs_tol=1e-12)
    return bool(told == kept)


def put(widget: Any, value: Any) -> None:
    """Move a widget to a value, the range of a slider with it; a choice it lacks is left out."""
    if isinstance(widget, w.SelectMultiple):
        known = [option[1] for option in widget.options]
        value = tuple(one for one in value if one in known)
    elif isinstance(widget, w.Dropdown):
        known = [option[1] for option in widget.options]
        if value not in known:
            return
    elif isinstance(widget, w.SelectionSlider):
        known = [option[1] for option in widget.options]
        value = min(known, key=lambda one: abs(one - value))
    elif hasattr(widget, "max") and hasattr(widget, "min"):
        widget.max, widget.min = max(widget.max, value), min(widget.min, value)
    widget.value = value
