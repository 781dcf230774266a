"""The controls of what is looked at: filters, horizon, assumptions, a customer, two segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import ipywidgets as w

from workbench.explorer.answers.common import untold_note
from workbench.explorer.bound import Bound, control
from workbench.explorer.material import Material
from workbench.explorer.view import DIMENSIONS, NAMES, Filters, Segment, View
from workbench.plots.words import month, shorten

__all__ = [
    "assumption_controls",
    "compare_controls",
    "customer_controls",
    "view_controls",
]

_MOST_ROWS = 6


def view_controls(material: Material) -> list[Bound]:
    """Filters, split, horizon and interval: what every figure answers to."""
    return [
        *_filters(material, lambda view: view.filters, lambda view, f: view.change(filters=f)),
        Bound(
            "by",
            control(
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
            control(
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
            control(
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
        "cac_change": (
            "CAC, assumed change",
            "Spend that won these customers, against what was spent.",
        ),
        "margin_change": (
            "Margin, assumed change",
            "Contribution of every order, against what it is.",
        ),
        "retention_change": (
            "Retention, assumed change",
            "Predicted contribution of repeat orders, against the forecast. An approximation.",
        ),
    }
    return [
        Bound(
            name,
            control(w.FloatSlider, label, tip, min=-0.5, max=0.5, step=0.01, readout_format="+.0%"),
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
    box = control(
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
        control(
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


def _filters(
    material: Material,
    get: Callable[[View], Filters],
    put: Callable[[View, Filters], View],
    prefix: str = "",
) -> list[Bound]:
    """A filter per dimension with more than one value."""
    return [
        _filter(material, dimension, get, put, prefix)
        for dimension in _known_dimensions(material)
        if len(material.values(dimension)) > 1
    ]


def _filter(
    material: Material,
    dimension: str,
    get: Callable[[View], Filters],
    put: Callable[[View, Filters], View],
    prefix: str,
) -> Bound:
    values = material.values(dimension)
    untold = dimension in material.untold and dimension != "first_month"
    doubt, why = (" (no effect in the model)", f" {untold_note(dimension)}") if untold else ("", "")

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
        slider = control(
            w.SelectionRangeSlider,
            "First months",
            "Months of the first order, from and to.",
            options=[(month(one), one) for one in values],
            index=(0, 0),
        ).add_class("wb-range")
        return Bound(name, slider, read, write)
    label = {"channel": "Channels", "first_product": "First products"}[dimension]
    tip = f"Hold Ctrl or Shift to choose several; Ctrl+A chooses all.{why}"
    options = [(shorten(one, 34), one) for one in values]
    rows = min(len(values), _MOST_ROWS)
    box = control(w.SelectMultiple, label + doubt, tip, options=options, rows=rows)
    return Bound(name, box, read, write)


def _known_dimensions(material: Material) -> Iterator[str]:
    for dimension in DIMENSIONS:
        if material.cells[dimension].nunique() > 1:
            yield dimension
    if not any(material.cells[dimension].nunique() > 1 for dimension in DIMENSIONS):
        yield "channel"
