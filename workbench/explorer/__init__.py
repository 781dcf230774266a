"""The explorer: questions answered by moving a control, as pure functions of material and view.

`Material` holds sums over customers by cohort, draw by draw; `View` is the state of the controls;
an answer is a function of both that returns a table, or a `Sentence` where there is nothing to
show. Tables carry notes in words in ``attrs["notes"]``.

Making and keeping
------------------
open_material(analysis, *, rebuild=False) -> Material
    As kept in the brand's cache, or built and kept. Material.default_view() is the view whose
    numbers are the report's; Material.known(view) -> (View, notes) drops what no longer exists;
    Material.values(dimension) lists the choices of a filter.
View.to_dict(), View.from_dict(told), view.save(path), View.load(path), view.change(**fields)
unpack_budget(material.budget) -> (ResponseDraws, value_next, value_channels)

Answers
-------
channel_answer(material, view) -> DataFrame | Sentence
curve_answer(material, view) -> DataFrame | Sentence
payback_answer(material, view) -> DataFrame | Sentence
cohort_answer(material, view, across="age_days" | "channel" | "first_product")
    -> DataFrame | Sentence
shrinkage_answer(material, view) -> DataFrame | Sentence
customer_answer(material, view) -> DataFrame | Sentence: one row, view.customer
order_answer(material, view) -> DataFrame | Sentence: the orders of view.customer
what_if_answer(material, view) -> DataFrame | Sentence: now, then, change by quantity
compare_answer(material, view) -> DataFrame | Sentence: view.segments, P(A > B)

Figures (`workbench.explorer.figures`)
--------------------------------------
An answer that is a Sentence gives a figure that says it. `facts` is material.facts, `palette`
that of `workbench.plots.channel_styles`.

roas_figure, value_figure(channel_answer, view, facts, palette=None) -> Figure
curve_figure(curve_answer, payback_answer, view, facts, palette=None) -> Figure
cohort_figure(cohort_answer, view, facts), shrinkage_figure(shrinkage_answer, view, facts),
what_if_figure(what_if_answer, view, facts), compare_figure(compare_answer, view, facts) -> Figure
story_figure(order_answer, customer_answer, view, facts) -> Figure
report_names(table) -> DataFrame: columns as in the report's tables
"""

from __future__ import annotations

from workbench.explorer.answers import (
    channel_answer,
    cohort_answer,
    compare_answer,
    curve_answer,
    customer_answer,
    order_answer,
    payback_answer,
    shrinkage_answer,
    what_if_answer,
)
from workbench.explorer.budget_material import unpack_budget
from workbench.explorer.build import open_material
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.view import Assumptions, Segment, View

__all__ = [
    "Assumptions",
    "Material",
    "Segment",
    "Sentence",
    "View",
    "channel_answer",
    "cohort_answer",
    "compare_answer",
    "curve_answer",
    "customer_answer",
    "open_material",
    "order_answer",
    "payback_answer",
    "shrinkage_answer",
    "unpack_budget",
    "what_if_answer",
]
