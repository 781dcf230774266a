"""Pages of the appendix: views that the analyst added, each with its settings and its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench.explorer.export import assumptions_grid
from workbench.explorer.figures import assumed
from workbench.explorer.kept import KeptView
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Shown
from workbench.explorer.tabs import ANSWERS_TO
from workbench.plots.words import month
from workbench.report.document import Column, Figure, Flag, Kind, Page, Table
from workbench.report.facts import Facts
from workbench.report.figures import Spec, as_figure, as_table
from workbench.report.lexicon import day
from workbench.report.views import AddedViews, AnsweredView, table_path
from workbench.report.wording import KICKERS, check_label

if TYPE_CHECKING:
    from workbench.explorer.bench import Bench

__all__ = ["view_pages", "withheld_views"]

_RESTS_ON: dict[str, tuple[str, ...]] = {
    "Channels": ("forecast", "channel", "acquisition"),
    "Value": ("forecast", "channel", "cohort", "acquisition"),
    "Cohorts": ("forecast", "channel", "cohort"),
    "Customer": ("forecast",),
    "What if": ("forecast", "acquisition"),
    "Compare": ("forecast", "channel", "cohort", "acquisition"),
    "Budget desk": ("forecast", "channel", "acquisition"),
    "Experiment desk": ("forecast",),
}
"""What a failed check may take away that a tab rests on, besides all and amounts."""
_MOST_ROWS = 40
_WHO: list[Spec] = [
    ("channel", "Channel", "text"),
    ("first_product", "First product", "text"),
    ("first_month", "First month", "text"),
]
_N: Spec = ("customers", "Customers", "count")
_AGE: Spec = ("age_days", "Customer age, days", "count")
_VALUE: Spec = ("value_", "Value per customer", "money_range")
_SEEN: Spec = ("observed_share", "Observed share", "share")
_SPECS: dict[str, list[Spec]] = {
    "roas": [
        *_WHO, _N, ("spend", "Spend", "money"),
        ("attribution", "Attribution of the platform", "text"),
        ("reported_roas", "Reported ROAS", "ratio"), ("roas_", "ROAS", "ratio_range"),
    ],
    "value": [
        *_WHO, _N, _VALUE, _SEEN, ("cac", "CAC", "money"),
        ("p_value_above_cac", "P(value > CAC)", "chance"),
        ("payback_days_", "Payback, days, median", "days_range"),
        ("true_profit_", "True Profit", "money_range"),
    ],
    "curves": [*_WHO, _AGE, _N, _VALUE, _SEEN],
    "cohorts": [*_WHO, _AGE, _N, _VALUE, _SEEN],
    "shrinkage": [
        *_WHO, _N, ("raw_", "Raw mean, observed", "money_range"),
        ("pooled_", "Partially pooled", "money_range"),
    ],
    "orders": [
        ("order", "Order", "count"), ("day", "Day", "day"), _AGE, ("revenue", "Revenue", "money"),
        ("contribution", "Contribution", "money"),
        ("contribution_to_date", "Contribution so far", "money"),
    ],
    "budget-profit": [
        *_WHO, ("spend_now", "Spend a month, today", "money"), ("spend", "In this view", "money"),
        ("profit_change_", "Change in profit a month", "money_range"),
        ("p_better", "Better than today", "chance"),
    ],
    "budget-marginal": [
        *_WHO, ("spend", "Spend a month", "money"),
        ("marginal_value_", "12-month value of one more spent", "ratio_range"),
        ("marginal_cac_", "Marginal CAC", "money_range"),
        ("cac_", "Average CAC", "money_range"), ("cac_now", "Average CAC, observed", "money"),
    ],
    "experiment-size": [
        ("sample_per_arm", "People per arm", "count"), ("weeks", "Weeks", "number"),
        ("expected_profit", "Expected profit", "money"),
    ],
}  # fmt: skip
"""Printed columns of the tables that a figure draws, by slug; the others have a small table."""
_DRAWN_FROM = {"budget-marginal": "budget-profit", "experiment-size": "experiment-curve"}
"""Tables of figures that are not drawn from a table of their own name."""


def view_pages(facts: Facts, added: AddedViews) -> tuple[Page, ...]:
    """One page for each view, in the order in which they were added."""
    return tuple(_page(facts, added.bench, one, n) for n, one in enumerate(added.answered, start=1))


def withheld_views(pages: Iterable[Page], added: AddedViews) -> frozenset[str]:
    """Names of the views that a failed check takes away, told by the pages of the report."""
    taken = {page.key for page in pages if page.flags}
    return frozenset(
        one.kept.name for number, one in enumerate(added.answered, start=1) if _key(number) in taken
    )


def _key(number: int) -> str:
    return f"view-{number}"


def _page(facts: Facts, bench: Bench | Sentence, answered: AnsweredView, number: int) -> Page:
    one, view, shown = answered.kept, answered.view, answered.shown
    say = facts.voice.say
    kicker = f"{KICKERS['views']}, {day(datetime.fromisoformat(one.added).date().isoformat())}"
    title = say("view_title", text=one.title)
    key = _key(number)
    failed = [
        check
        for scope in ("all", "amounts", *_RESTS_ON[one.tab])
        for check in facts.withheld.get(scope, ())
    ]
    if failed:
        names = ", ".join(dict.fromkeys(map(check_label, failed)))
        flag = Flag("FAIL", say("view_withheld", checks=names))
        return Page(key, kicker, title, flags=(flag,))
    words = [
        f"{text}." for text in assumed(view.assumptions) if "cac_change" in ANSWERS_TO[one.tab]
    ]
    words += [p.figure.text for p in shown.panels if isinstance(p.figure, Sentence)]
    tables = []
    if not isinstance(bench, Sentence):
        grid = assumptions_grid(bench, view, one.tab)
        tables.append(_grid_table(f"{key}-settings", grid, "told"))
    return Page(
        key,
        kicker,
        title,
        lead=tuple(say("view_note", text=text) for text in words),
        figures=tuple(_figures(one, key, shown, view.interval)),
        tables=tuple(tables),
        notes=tuple(say("view_note", text=text) for text in (*answered.gone, *shown.notes)),
    )


def _figures(one: KeptView, key: str, shown: Shown, interval: float) -> Iterator[Figure]:
    for panel in shown.panels:
        if isinstance(panel.figure, Sentence):
            continue
        name = f"{key}-{panel.slug}"
        source = _DRAWN_FROM.get(panel.slug, panel.slug)
        file = f"tables/{table_path(one, source)}"
        if panel.slug in _SPECS:
            specs = _SPECS[panel.slug]
            table = _data_table(name, shown.tables[source], specs, interval, file)
        else:
            table = _grid_table(name, shown.grids[0], "text", file)
        yield from as_figure(name, panel.figure, table)


def _data_table(
    key: str, frame: pd.DataFrame, specs: list[Spec], interval: float, file: str
) -> Table:
    """Print the columns of an answer; its ends are those of the view's interval."""
    ends = {"_low": "_q05", "_high": "_q95", "_median": "_mean"}
    names = {
        name: name.removesuffix(old) + new
        for name in frame
        for old, new in ends.items()
        if name.endswith(old)
    }
    told = frame.rename(columns=names)
    if "first_month" in told:
        told = told.assign(first_month=told["first_month"].map(month))
    caption = f"The data of the figure; {interval:.0%} intervals"
    return as_table(told, specs, key=key, caption=caption, file=file, at_most=_MOST_ROWS)


def _grid_table(key: str, grid: Grid, kind: Kind, file: str = "") -> Table:
    columns = tuple(Column(label or "Figure", kind if i else "text")
                    for i, label in enumerate(grid.header))  # fmt: skip
    rows = tuple(tuple(map(str, row)) for row in grid.rows)
    return Table(key, grid.caption, columns, rows, file)
