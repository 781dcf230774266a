"""The tabs of the explorer: a bench and a view in, tiles, figures and small tables out."""

from __future__ import annotations

from collections.abc import Callable

from workbench.explorer.bench import Bench
from workbench.explorer.shown import Shown
from workbench.explorer.tabs.budget import budget
from workbench.explorer.tabs.cohorts import channels, cohorts, curves
from workbench.explorer.tabs.customer import customer
from workbench.explorer.tabs.experiment import experiment
from workbench.explorer.tabs.sides import compare, suppose
from workbench.explorer.view import View

__all__ = ["ANSWERS_TO", "TABS", "show_tab"]

_TABS: dict[str, Callable[[Bench, View], Shown]] = {
    "Channels": channels,
    "Value": curves,
    "Cohorts": cohorts,
    "Customer": customer,
    "What if": suppose,
    "Compare": compare,
    "Budget desk": budget,
    "Experiment desk": experiment,
}
TABS = tuple(_TABS)
"""Names of the tabs, in their order."""

_FILTERS = ("channel", "first_product", "first_month")
_ASSUMED = ("cac_change", "margin_change", "retention_change")
ANSWERS_TO: dict[str, tuple[str, ...]] = {
    "Channels": (*_FILTERS, "horizon", "interval", *_ASSUMED),
    "Value": (*_FILTERS, "by", "horizon", "interval", *_ASSUMED),
    "Cohorts": (*_FILTERS, "by", "horizon", "interval", *_ASSUMED),
    "Customer": ("interval",),
    "What if": (*_FILTERS, "horizon", "interval", *_ASSUMED),
    "Compare": ("horizon", "interval", *_ASSUMED),
    "Budget desk": ("interval",),
    "Experiment desk": ("interval",),
}
"""Which of the controls on the left a tab answers to; the others are greyed there."""


def show_tab(name: str, bench: Bench, view: View) -> Shown:
    """Return what a tab shows.

    Parameters
    ----------
    name : str
        One of `TABS`.
    bench : Bench
    view : View
    """
    return _TABS[name](bench, view)
