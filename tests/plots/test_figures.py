"""What holds for every figure, whatever it shows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from tests.plots import (
    examples,
    test_audiences,
    test_budget,
    test_experiments,
    test_ledger,
    test_record,
)
from workbench import plots
from workbench.errors import WorkbenchError

HOSTILE = [
    "<script>alert(1)</script>",
    '=cmd|" /C calc"!A0',
    "<b>bold</b> & %{meta.title}",
    "$a_1$ and $b^2$",
    "Z" * 90,
    "\u202eright to left \x00\n two lines",
]
TWELVE = [*examples.NAMES, "Pinterest Ads", "Podcast", "Referral", "Unknown", "Affinity", "Radio"]


@dataclass(frozen=True)
class Case:
    draw: Callable[..., go.Figure]
    table: Callable[[], pd.DataFrame]
    settings: dict[str, Any] = field(default_factory=dict)
    money: bool = True

    def __call__(self, table: pd.DataFrame | None = None, **more: Any) -> go.Figure:
        return self.draw(self.table() if table is None else table, **(self.settings | more))


USD = {"currency": "USD"}
CASES = {
    "roas_against_value": Case(plots.roas_against_value, examples.channels, USD),
    "rank_slope": Case(plots.rank_slope, examples.channels, money=False),
    "value_by_channel": Case(plots.value_by_channel, examples.channels, USD),
    "value_by_product": Case(plots.value_by_product, examples.products, USD),
    "value_by_month": Case(plots.value_by_month, lambda: examples.by_month(5), USD),
    "cohort_heatmap": Case(
        plots.cohort_heatmap, lambda: examples.cohorts(examples.NAMES[2:5], 5), USD
    ),
    "cumulative_value": Case(
        plots.cumulative_value, lambda: examples.curves(examples.NAMES[2:5]), USD
    ),
    "value_by_age": Case(plots.value_by_age, examples.ages, USD),
    "shrinkage": Case(plots.shrinkage, examples.shrunk, USD),
    "what_if": Case(plots.what_if, examples.what_if, USD),
    "comparison": Case(plots.comparison, examples.comparison, USD),
    "customer_story": Case(
        plots.customer_story,
        examples.orders,
        {**USD, "customer": examples.customer(), "as_of": date(2026, 6, 30)},
    ),
    "retention_triangle": Case(
        plots.retention_triangle, lambda: examples.retention(6), money=False
    ),
    "history_matrix": Case(plots.history_matrix, examples.history_matrix, money=False),
    "tracking": Case(plots.tracking, lambda: examples.tracking(12, 5), money=False),
    "calibration": Case(plots.calibration, lambda: examples.backtest(14), money=False),
    "interval_coverage": Case(plots.interval_coverage, lambda: examples.backtest(14), money=False),
    "pit_histogram": Case(plots.pit_histogram, lambda: examples.backtest(14), money=False),
    "decile_chart": Case(plots.decile_chart, examples.deciles, {"gini": 0.41}, money=False),
    "model_errors": Case(plots.model_errors, examples.models, money=False),
    "pooling_by_size": Case(plots.pooling_by_size, examples.ablation, money=False),
    "prior_against_brand": Case(plots.prior_against_brand, examples.prior, USD),
    "spectrum_matrix": Case(plots.spectrum_matrix, examples.gaps, money=False),
    "spectrum_levels": Case(plots.spectrum_levels, examples.levels, money=False),
    "gap_bars": Case(plots.gap_bars, examples.gaps, USD),
    "budget_moves": Case(plots.budget_moves, test_budget.budget, {**USD, "horizon_weeks": 13}),
    "marginal_curves": Case(
        plots.marginal_curves, test_budget.curves, {**USD, "horizon_weeks": 13}
    ),
    "audience_ranges": Case(plots.audience_ranges, test_audiences.audiences, USD),
    "segment_bands": Case(plots.segment_bands, test_audiences.segments, USD),
    "plan_ranges": Case(plots.plan_ranges, test_audiences.plan, USD),
    "evsi_bars": Case(plots.evsi_bars, test_experiments.ideas, USD),
    "value_against_size": Case(
        plots.value_against_size, test_experiments.curve, {**USD, "name": "Bundle offer"}
    ),
    "year_of_tests": Case(plots.year_of_tests, test_experiments.year, USD),
    "ledger_by_channel": Case(plots.ledger_by_channel, test_ledger.scores, money=False),
    "ledger_coverage": Case(plots.ledger_coverage, test_ledger.scores, money=False),
    "forecast_record_ranges": Case(
        plots.forecast_record_ranges, test_record.record, {"currency": "USD"}, money=False
    ),
    "ledger_errors": Case(plots.ledger_errors, test_ledger.scores, money=False),
}
EVERY = pytest.mark.parametrize("name", CASES)


def texts(fig: go.Figure) -> Iterator[str]:
    """Every text that plotly would write, hover included."""

    def walk(node: Any, key: str = "") -> Iterator[str]:
        if isinstance(node, dict):
            for k, v in node.items():
                yield from walk(v, k)
        elif isinstance(node, list | tuple | np.ndarray):
            for v in node:
                yield from walk(v, key)
        elif isinstance(node, str) and key in {"text", "hovertext", "ticktext", "name"}:
            yield node

    content = fig.to_dict()
    content["layout"].pop("meta", None)
    yield from walk(content)


def numbers(fig: go.Figure) -> Iterator[Any]:
    for trace in fig.data:
        for key in ("x", "y", "base", "width"):
            values = getattr(trace, key, None)
            if values is not None and not isinstance(values, int | float):
                yield from values


def test_every_figure_is_registered() -> None:
    assert set(CASES) == set(plots.FIGURES)


@EVERY
def test_a_figure_says_what_it_shows(name: str) -> None:
    case = CASES[name]
    fig = case()
    meta = fig.layout.meta
    assert meta["kind"] == name
    assert meta["title"].endswith(".")
    subtitle = meta["subtitle"].lower()
    assert re.search("observed|predicted", subtitle)
    if case.money:
        assert "usd" in subtitle
        assert re.search("12.months?|day 365", subtitle)
    if name not in {
        "retention_triangle", "history_matrix", "spectrum_matrix", "spectrum_levels",
        "decile_chart", "model_errors", "pooling_by_size", "segment_bands", "evsi_bars",
        "value_against_size", "year_of_tests",
    }:  # fmt: skip
        assert "90% interval" in subtitle
    assert meta["title"] in meta["alt"]
    assert not meta["alt"].startswith(meta["title"])
    assert len(fig.data) > 0


@pytest.mark.parametrize(
    "name", [n for n, c in CASES.items() if "purchase_randomness" in (c.draw.__kwdefaults__ or {})]
)
def test_the_interval_and_what_is_inside_are_worded(name: str) -> None:
    case = CASES[name]
    inside, left_out, unsaid = (
        case(purchase_randomness=p, interval=0.8).layout.meta["subtitle"]
        for p in (True, False, None)
    )
    assert "80% interval, chance of purchase included" in inside
    assert "80% interval, chance of purchase left out" in left_out
    assert "80% interval" in unsaid
    assert "chance of purchase" not in unsaid


@EVERY
def test_a_given_title_is_kept_word_for_word(name: str) -> None:
    title = "Move $12k <a month> & see: 5% < 10%."
    meta = CASES[name](title=title).layout.meta
    assert meta["title"] == title
    assert title in meta["alt"]


@EVERY
@pytest.mark.parametrize("kind", ["typed", "object"])
def test_an_empty_table_gives_a_sentence_and_no_error(name: str, kind: str) -> None:
    table = CASES[name].table()
    empty = table.head(0) if kind == "typed" else pd.DataFrame(columns=table.columns)
    fig = CASES[name](empty)
    assert len(fig.data) == 0
    (note,) = fig.layout.annotations
    assert (note.x, note.y, note.xref, note.yref) == (0.5, 0.5, "paper", "paper")
    assert note.text.endswith(".")
    assert fig.layout.meta["alt"].startswith("Empty figure.")


@EVERY
def test_a_missing_column_is_named(name: str) -> None:
    case = CASES[name]
    table = case.table()
    with pytest.raises(WorkbenchError, match=rf"{name} needs the column\(s\) ") as error:
        case(table[[]])
    needed = str(error.value).split("column(s) ")[1].split(". The table")[0].split(", ")
    assert set(needed) <= set(table.columns)
    for column in needed:
        with pytest.raises(WorkbenchError, match=rf"column\(s\) {column}\. The table has: "):
            case(table.drop(columns=column))


@EVERY
def test_no_column_of_nan_or_infinity_breaks_or_shows(name: str) -> None:
    case = CASES[name]
    table = case.table()
    used = [c for c in table.select_dtypes("number") if c in (case.draw.__doc__ or "")]
    bad = (math.nan, math.inf, -math.inf)
    frames = {c: table.assign(**{c: bad[i % 3]}) for i, c in enumerate(used)}
    for i, value in enumerate(bad):
        spoilt = (table.index + i) % 2 == 0
        frames[f"half {value}"] = table.assign(
            **{c: table[c].astype(float).mask(spoilt, value) for c in used}
        )
    for label, frame in frames.items():
        fig = case(frame)
        for text in [*texts(fig), *(str(v) for v in fig.layout.meta.values())]:
            assert not re.search(r"\b(nan|inf|None|NaT)\b", text), (label, text)
        for value in numbers(fig):
            assert value is None or isinstance(value, str) or math.isfinite(value), label


@EVERY
def test_hostile_names_come_out_as_text(name: str) -> None:
    case = CASES[name]
    table = case.table()
    for column in ("channel", "first_product", "group", "capability", "attribution", "action"):
        if column in table:
            known = list(dict.fromkeys(table[column]))
            swap = {old: HOSTILE[i % len(HOSTILE)] + "#" * (i // 6) for i, old in enumerate(known)}
            table[column] = table[column].map(swap)
    fig = case(table)
    for text in texts(fig):
        stripped = re.sub(r"</?b>|<br>|</span>|<span style=\"[\w\-:;#]+\">", "", text)
        assert not re.search(r"[<>$\n]|%\{", stripped), text


@EVERY
def test_long_names_leave_the_width_alone(name: str) -> None:
    case = CASES[name]
    table = case.table()
    for column in ("channel", "first_product", "group", "capability", "name"):
        if column in table:
            table[column] = "Influencer partnerships and brand ambassadors " + table[column]
    fig, usual = case(table), case()
    assert fig.layout.margin.l <= max(usual.layout.margin.l, 140)
    assert (
        max(len(note.text) for note in fig.layout.annotations or [go.layout.Annotation(text="")])
        < 240
    )


@EVERY
def test_a_figure_is_the_same_every_time_and_leaves_its_table_alone(name: str) -> None:
    table = CASES[name].table()
    before = table.copy(deep=True)
    first = CASES[name](table).to_json()
    assert CASES[name](table).to_json() == first
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"cumulative_value", "spectrum_matrix"}))
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    table = CASES[name].table()
    shuffled = table.sample(frac=1, random_state=3)
    draw = CASES[name]
    assert draw(shuffled).layout.to_plotly_json() == draw(table).layout.to_plotly_json()


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.money])
def test_amounts_in_yen_have_no_decimals(name: str) -> None:
    fig = CASES[name](currency="JPY")
    amounts = [m for text in texts(fig) for m in re.findall(r"¥[\d,.]+[kMb]?", text)]
    assert amounts
    assert not any("." in amount and amount[-1].isdigit() for amount in amounts)
    assert not any("&#36;" in text for text in texts(fig))


@EVERY
def test_alt_text_can_be_had_from_the_table_alone(name: str) -> None:
    case = CASES[name]
    assert plots.alt_text(name, case.table(), **case.settings) == case().layout.meta["alt"]


def test_alt_text_of_an_unknown_figure_lists_the_known() -> None:
    with pytest.raises(WorkbenchError, match="cohort_heatmap"):
        plots.alt_text("pie", pd.DataFrame())


@pytest.mark.parametrize(
    "names", [["Meta Ads"], TWELVE, [f"Country {i}" for i in range(38)]], ids=len
)
def test_one_twelve_and_forty_channels(names: list[str]) -> None:
    for name, table in {
        "roas_against_value": examples.channels(names),
        "rank_slope": examples.channels(names),
        "value_by_channel": examples.channels(names),
        "cumulative_value": examples.curves(names),
        "cohort_heatmap": examples.cohorts(names, 36 if len(names) < 20 else 4),
    }.items():
        fig = CASES[name](table)
        assert len(fig.data) > 0
        assert fig.layout.height < 40 * 80


def test_dollars_are_no_formula_even_where_mathjax_is_loaded() -> None:
    assert any("&#36;" in text for text in texts(CASES["value_by_channel"]()))
