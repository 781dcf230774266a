"""The controls of the explorer: each is a native widget bound to one part of the view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as w

from workbench.explorer.bench import Bench
from workbench.explorer.desk_budget import LARGEST_RATIO, BudgetDesk
from workbench.explorer.desk_experiments import ExperimentPlan
from workbench.explorer.material import Material
from workbench.explorer.view import DIMENSIONS, Filters, Segment, View
from workbench.plots.words import money, month, shorten

__all__ = [
    "Bound",
    "assumption_controls",
    "budget_controls",
    "compare_controls",
    "customer_controls",
    "experiment_controls",
    "view_controls",
]

NAMES = {"channel": "Channel", "first_product": "First product", "first_month": "First month"}
_MOST_ROWS = 6
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


def view_controls(material: Material) -> list[Bound]:
    """Filters, split, horizon and interval: what every figure answers to."""
    return [
        *_filters(material, lambda view: view.filters, lambda view, f: view.change(filters=f)),
        Bound(
            "by",
            _control(
                w.Dropdown,
                "Split by",
                "Dimension whose values get a line of their own.",
                options=[(NAMES[name], name) for name in _known_dimensions(material)],
            ),
            lambda view: view.by,
            lambda view, value: view.change(by=value),
        ),
        Bound(
            "horizon",
            _control(
                w.IntSlider,
                "Horizon, days from first order",
                "Customer age up to which contribution counts.",
                min=30,
                max=material.horizon,
                step=5,
            ),
            lambda view: view.horizon,
            lambda view, value: view.change(horizon=value),
        ),
        Bound(
            "interval",
            _control(
                w.FloatSlider,
                "Interval",
                "Probability inside each interval.",
                min=0.5,
                max=0.95,
                step=0.05,
                readout_format=".0%",
            ),
            lambda view: view.interval,
            lambda view, value: view.change(interval=round(value, 2)),
        ),
    ]


def assumption_controls() -> list[Bound]:
    """CAC, margin and retention against what they are."""
    told = {
        "cac_change": ("CAC", "Spend that won these customers, against what was spent."),
        "margin_change": ("Margin", "Contribution of every order, against what it is."),
        "retention_change": (
            "Retention",
            "Predicted contribution of repeat orders, against the forecast. An approximation.",
        ),
    }
    return [
        Bound(
            name,
            _control(
                w.FloatSlider, label, tip, min=-0.5, max=0.5, step=0.01, readout_format="+.0%"
            ),
            lambda view, name=name: getattr(view.assumptions, name),  # type: ignore[misc]
            lambda view, value, name=name: view.change(  # type: ignore[misc]
                assumptions=replace(view.assumptions, **{name: round(value, 2)})
            ),
        )
        for name, (label, tip) in told.items()
    ]


def customer_controls(material: Material) -> list[Bound]:
    """Whose story is told: any id, or one of the customers with the highest expected value."""
    best = material.customers.sort_values(
        ["value_12m_mean", "customer_id"], ascending=[False, True]
    )
    box = _control(
        w.Combobox,
        "Customer id",
        "Type an id, or choose one of the 50 customers with the highest 12-month value.",
        options=best["customer_id"].head(50).tolist(),
        ensure_option=False,
        continuous_update=False,
    )
    return [
        Bound(
            "customer",
            box,
            lambda view: view.customer,
            lambda view, value: view.change(customer=value.strip()),
        )
    ]


def compare_controls(material: Material) -> tuple[list[Bound], list[Bound]]:
    """Two groups of filters, one per segment; each begins with the name of the segment."""
    return _segment(material, 0), _segment(material, 1)


def _segment(material: Material, place: int) -> list[Bound]:
    def put(view: View, segment: Segment) -> View:
        pair = list(view.segments)
        pair[place] = segment
        return view.change(segments=(pair[0], pair[1]))

    name = Bound(
        f"segment_{'ab'[place]}",
        _control(
            w.Text, f"Name of {'AB'[place]}", "How the segment is called.", continuous_update=False
        ),
        lambda view: view.segments[place].name,
        lambda view, value: put(
            view, replace(view.segments[place], name=value.strip() or "AB"[place])
        ),
    )
    filters = _filters(
        material,
        lambda view: view.segments[place].filters,
        lambda view, chosen: put(view, replace(view.segments[place], filters=chosen)),
        prefix=f"segment_{'ab'[place]}_",
    )
    return [name, *filters]


def budget_controls(desk: BudgetDesk, currency: str) -> list[Bound]:
    """A slider of spend per channel in steps of 2% of today's; the view keeps currency a week.

    Its stops are exact: a slider of numbers would send back today's spend rounded to its step, and
    a budget that nobody touched would seem changed.
    """
    from workbench.decisions.budget_draws import WEEKS_PER_MONTH

    percents = range(-100, round(100 * (LARGEST_RATIO - 1.0)) + 1, 2)
    controls = []
    for channel, today in zip(desk.channels, desk.today.tolist(), strict=True):
        stops = [
            (
                f"{money(today * (1 + p / 100) * WEEKS_PER_MONTH, currency)} "
                f"({f'{p:+d}%' if p else 'today'})",
                today if p == 0 else today * (1 + p / 100),
            )
            for p in percents
        ]
        controls.append(
            Bound(
                f"budget_{channel}",
                _stops(
                    f"{shorten(channel, 28)}, a month", "Spend a month, against today's.", stops
                ),
                lambda view, channel=channel, today=today: view.budget.get(  # type: ignore[misc]
                    channel, today
                ),
                lambda view, value, channel=channel: view.change(  # type: ignore[misc]
                    budget=view.budget | {channel: value}
                ),
            )
        )
    return controls


def _stops(label: str, tip: str, stops: Sequence[tuple[str, float]]) -> Any:
    """A slider over named stops."""
    return _control(w.SelectionSlider, label, tip, options=list(stops)).add_class("wb-range")


def experiment_controls(currency: str) -> list[Bound]:
    """What a test is planned with."""
    from workbench.decisions.experiment_settings import KINDS

    kinds = [(kind.capitalize(), float(i)) for i, kind in enumerate(KINDS)]
    share: dict[str, Any] = {"readout_format": ".1%"}
    widgets = {
        "metric": _control(w.Dropdown, "Primary metric", "What the idea moves.", options=kinds),
        "weekly_traffic": _stops(
            "People a week", "Whom the test can be shown to.",
            [(f"{n:,.0f}", n) for n in _round_numbers(2, 5)] + [("1,000,000", 1e6)],
        ),
        "baseline_rate": _stops(
            "Baseline rate", "Share of people with the outcome today.",
            [(f"{r:.4g}%", r / 100) for r in _round_numbers(-1, 1) if r <= 90],
        ),
        "lift_mean": _control(
            w.FloatSlider, "Expected lift", "Mean of the relative lift before the test.",
            min=-0.1, max=0.1, step=0.0025, readout_format="+.1%",
        ),
        "lift_sd": _control(
            w.FloatSlider, "Spread of lifts", "Standard deviation of true lifts of such ideas.",
            min=0.0025, max=0.15, step=0.0025, **share,
        ),
        "cost": _control(
            w.FloatSlider, f"Cost, {currency}", "Building and running the test.",
            min=0, max=50_000, step=250, readout_format=",.0f",
        ),
        "weeks": _control(
            w.IntSlider, "Weeks (0: the best)", "How long the test takes traffic.", min=0, max=26
        ),
        "smallest_lift": _control(
            w.FloatSlider, "Smallest lift of a classical test",
            "The test of 80% power beside it is sized for this lift.",
            min=0.005, max=0.3, step=0.005, **share,
        ),
    }  # fmt: skip
    whole = ("weeks",)
    return [
        Bound(
            f"experiment_{name}",
            widget,
            lambda view, name=name: (int if name in whole else float)(  # type: ignore[misc]
                getattr(ExperimentPlan.of(view.experiment), name)
            ),
            lambda view, value, name=name: view.change(  # type: ignore[misc]
                experiment=view.experiment | {name: round(float(value), 6)}
            ),
        )
        for name, widget in widgets.items()
    ]


def _round_numbers(first: int, last: int) -> list[float]:
    """1, 1.2, 1.5, 2, ... 9 times each power of ten from `first` to `last`."""
    parts = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
    return [round(part * 10.0**power, 10) for power in range(first, last + 1) for part in parts]


def _filters(
    material: Material,
    get: Callable[[View], Filters],
    put: Callable[[View, Filters], View],
    prefix: str = "",
) -> list[Bound]:
    """A filter per dimension with more than one value."""
    return [
        _filter(material.values(dimension), dimension, get, put, prefix)
        for dimension in _known_dimensions(material)
        if len(material.values(dimension)) > 1
    ]


def _filter(
    values: Sequence[str],
    dimension: str,
    get: Callable[[View], Filters],
    put: Callable[[View, Filters], View],
    prefix: str,
) -> Bound:
    def write(view: View, value: Sequence[str]) -> View:
        if dimension == "first_month":
            first, last = value
            value = [one for one in values if first <= one <= last]
        chosen = {name: kept for name, kept in get(view).items() if name != dimension}
        if len(value) < len(values):
            chosen[dimension] = tuple(value)
        return put(view, chosen)

    def read(view: View) -> tuple[str, ...]:
        kept = get(view).get(dimension, tuple(values))
        if dimension == "first_month":
            return (min(kept), max(kept)) if kept else (values[0], values[0])
        return tuple(kept)

    name = prefix + dimension
    if dimension == "first_month":
        tip = "Months of the first order, from and to."
        slider = _control(
            w.SelectionRangeSlider,
            "First months",
            tip,
            options=[(month(one), one) for one in values],
            index=(0, 0),
        ).add_class("wb-range")
        return Bound(name, slider, read, write)
    label = {"channel": "Channels", "first_product": "First products"}[dimension]
    tip = "Hold Ctrl or Shift to choose several; Ctrl+A chooses all."
    options = [(shorten(one, 34), one) for one in values]
    rows = min(len(values), _MOST_ROWS)
    return Bound(
        name, _control(w.SelectMultiple, label, tip, options=options, rows=rows), read, write
    )


def _known_dimensions(material: Material) -> Iterator[str]:
    for dimension in DIMENSIONS:
        if material.cells[dimension].nunique() > 1:
            yield dimension
    if not any(material.cells[dimension].nunique() > 1 for dimension in DIMENSIONS):
        yield "channel"


def _control(kind: Callable[..., Any], label: str, tip: str, **more: Any) -> Any:
    """A widget with its label above it, an explanation on hover and for screen readers."""
    widget = kind(description=label, tooltip=tip, layout=_WIDE, **more)
    widget.add_class("wb-control")
    return widget


def desk_of(bench: Bench) -> list[Bound]:
    """Controls of the budget desk, none where there is no budget."""
    if not isinstance(bench.budget, BudgetDesk):
        return []
    return budget_controls(bench.budget, bench.material.facts.currency)
