"""The tabs of the explorer: a bench and a view in, tiles, figures and small tables out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pandas as pd

from workbench.explorer import answers, figures
from workbench.explorer.bench import Bench
from workbench.explorer.desk_budget import budget_answer
from workbench.explorer.desk_experiments import ExperimentPlan, experiment_answer
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Panel, Shown, Tile
from workbench.explorer.view import View
from workbench.plots.words import (
    days,
    estimate,
    money,
    money_range,
    month,
    number,
    plural,
    probability,
    span,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["ANSWERS_TO", "TABS", "show_tab"]

Answer: TypeAlias = pd.DataFrame | Sentence


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


def _sentence(slug: str, why: Sentence) -> Shown:
    return Shown((Panel(slug, why),))


def _panel(slug: str, table: Answer, draw: Callable[[], go.Figure]) -> Panel:
    """A figure of an answer, or the sentence that stands for it."""
    if isinstance(table, Sentence):
        return Panel(slug, table)
    return Panel(slug, draw(), table)


def _channels(bench: Bench, view: View) -> Shown:
    facts = bench.material.facts
    table = answers.channel_answer(bench.material, view)
    return Shown(
        (
            _panel("roas", table, lambda: figures.roas_figure(table, view, facts, bench.palette)),
            _panel("value", table, lambda: figures.value_figure(table, view, facts, bench.palette)),
        )
        if not isinstance(table, Sentence)
        else (Panel("channels", table),)
    )


def _curves(bench: Bench, view: View) -> Shown:
    facts = bench.material.facts
    table = answers.curve_answer(bench.material, view)
    paid = answers.payback_answer(bench.material, view)
    draw = lambda: figures.curve_figure(table, paid, view, facts, bench.palette)  # noqa: E731
    shown = [_panel("curves", table, draw)]
    grids = []
    if isinstance(table, pd.DataFrame) and isinstance(paid, pd.DataFrame) and len(paid):
        grids.append(_payback_grid(paid, view, facts.currency))
    return Shown(tuple(shown), grids=tuple(grids))


def _payback_grid(paid: pd.DataFrame, view: View, currency: str) -> Grid:
    rows = [
        (
            month(r[view.by]),
            f"{r['customers']:,.0f}",
            money(r["cac"], currency),
            days(r["payback_days_median"]),
            f"{days(r['payback_days_low'])} to {days(r['payback_days_high'])}",
            probability(r["p_payback_12m"]),
        )
        for r in paid.to_dict("records")
    ]
    return Grid(
        "Payback: when contribution per customer covers CAC; observed and predicted",
        (
            _NAMES[view.by],
            "Customers",
            "CAC, observed",
            "Payback, median",
            f"{view.interval:.0%} interval",
            "Paid back within 12 months, probability",
        ),
        rows,
    )


def _cohorts(bench: Bench, view: View) -> Shown:
    facts = bench.material.facts
    across: Literal["age_days", "channel", "first_product"] = (
        "age_days" if view.by == "first_month" else view.by  # type: ignore[assignment]
    )
    table = answers.cohort_answer(bench.material, view, across)
    if isinstance(table, Sentence):
        return _sentence("cohorts", table)
    shrunk = answers.shrinkage_answer(bench.material, view)
    return Shown(
        (
            _panel("cohorts", table, lambda: figures.cohort_figure(table, view, facts)),
            _panel("shrinkage", shrunk, lambda: figures.shrinkage_figure(shrunk, view, facts)),
        )
    )


def _customer(bench: Bench, view: View) -> Shown:
    facts = bench.material.facts
    orders = answers.order_answer(bench.material, view)
    table = answers.customer_answer(bench.material, view)
    if isinstance(orders, Sentence) or isinstance(table, Sentence):
        why = table if isinstance(table, Sentence) else orders
        assert isinstance(why, Sentence)
        return _sentence("customer", why)
    r, currency = table.iloc[0], facts.currency
    tiles = [
        Tile("Orders so far", number(r["orders"], 0), f"observed in {days(r['age_days'], 10**6)}"),
        Tile("Still active", probability(r["p_active"]), f"probability · {r['segment']}"),
        Tile(
            "Orders in the next 12 months",
            number(r["next_12m_orders"], 1),
            "expected, predicted",
        ),
    ]
    if facts.has_money:
        tiles += [
            Tile("Contribution so far", money(r["contribution_to_date"], currency), "observed"),
            Tile(
                "12-month value",
                money(r["value_12m_mean"], currency),
                f"{money_range(r['value_12m_low'], r['value_12m_high'], currency)}, "
                f"{view.interval:.0%} interval",
            ),
            Tile("Next 12 months", money(r["next_12m_mean"], currency), f"expected · {r['tier']}"),
        ]
    drawn = _panel("orders", orders, lambda: figures.story_figure(orders, table, view, facts))
    return Shown((drawn,), tuple(tiles))


def _what_if(bench: Bench, view: View) -> Shown:
    facts = bench.material.facts
    table = answers.what_if_answer(bench.material, view)
    if isinstance(table, Sentence):
        return _sentence("what-if", table)
    rows = [
        (
            _QUANTITIES[r["quantity"]].format(span=span(view.horizon)),
            _amount(r, "now", facts.currency),
            _amount(r, "then", facts.currency),
            _amount(r, "change", facts.currency, signed=True),
        )
        for r in table.to_dict("records")
    ]
    grid = Grid(
        f"As it is and as supposed, {facts.currency}; {view.interval:.0%} intervals",
        ("", "As it is", "As supposed", "Change"),
        rows,
    )
    figure = figures.what_if_figure(table, view, facts)
    return Shown((Panel("what-if", figure, table),), grids=(grid,))


def _compare(bench: Bench, view: View) -> Shown:
    facts = bench.material.facts
    table = answers.compare_answer(bench.material, view)
    if isinstance(table, Sentence):
        return _sentence("compare", table)
    first = table.iloc[0]
    a, b = str(first["a_name"]), str(first["b_name"])
    rows = [
        (
            _QUANTITIES[r["quantity"]].format(span=span(view.horizon)),
            _amount(r, "a", facts.currency),
            _amount(r, "b", facts.currency),
            _amount(r, "difference", facts.currency, signed=True),
            probability(r["p_a_above_b"]) if pd.notna(r["p_a_above_b"]) else "observed",
        )
        for r in table.to_dict("records")
    ]
    tiles = [
        Tile(
            f"{_QUANTITIES[r['quantity']].format(span=span(view.horizon))}: {a} above {b}",
            probability(r["p_a_above_b"]),
            f"difference {_amount(r, 'difference', facts.currency, signed=True)}",
        )
        for r in table.to_dict("records")
        if pd.notna(r["p_a_above_b"])
    ]
    tiles.append(
        Tile("Customers", f"{first['a_customers']:,} and {first['b_customers']:,}", f"{a} and {b}")
    )
    grid = Grid(
        f"{a} and {b}, {facts.currency}; {view.interval:.0%} intervals",
        ("", a, b, "Difference", f"{a} above {b}, probability"),
        rows,
    )
    figure = figures.compare_figure(table, view, facts)
    return Shown((Panel("compare", figure, table),), tuple(tiles), (grid,))


_NAMES = {"channel": "Channel", "first_product": "First product", "first_month": "First month"}
_QUANTITIES = {
    "value": "{span} value per customer",
    "cac": "CAC, observed",
    "true_profit": "True Profit",
    "profit": "True Profit per customer",
    "roas": "{span} ROAS",
    "payback_days": "Payback, median",
    "p_value_above_cac": "Value above CAC, probability",
    "p_payback_12m": "Paid back within 12 months, probability",
}


def _amount(r: dict, prefix: str, currency: str, *, signed: bool = False) -> str:
    """One figure of a comparison in its own unit, with its interval where it has one."""
    mean, low, high = (r[f"{prefix}_{end}"] for end in ("mean", "low", "high"))
    name = r["quantity"]
    if signed and mean == 0.0 and not (low < 0.0 or high > 0.0):
        return "no change"
    if name == "payback_days":
        if signed:
            return f"{mean:+.0f} days" if pd.notna(mean) else "–"
        return f"{days(mean)} ({days(low)} to {days(high)})"
    if name.startswith("p_"):
        return f"{100 * mean:+.0f} points" if signed else probability(mean)
    if name == "roas":
        sign = "+" if signed and mean > 0 else ""
        return f"{sign}{number(mean, 2)} ({number(low, 2)} to {number(high, 2)})"
    if name == "cac" and low == high:
        return _signed(mean, currency) if signed else money(mean, currency)
    sign = "+" if signed and mean > 0 else ""
    return sign + estimate(mean, low, high, currency)


def _budget(bench: Bench, view: View) -> Shown:
    from workbench.plots.desks import marginal_value, profit_change

    if isinstance(bench.budget, Sentence):
        return _sentence("budget", bench.budget)
    currency = bench.material.facts.currency
    answer = budget_answer(bench.budget, view.budget, interval=view.interval)
    table, total = answer.channels, answer.total
    told: dict[str, Any] = {
        "currency": currency,
        "horizon_weeks": bench.budget.horizon_weeks,
        "interval": view.interval,
        "palette": bench.palette,
    }
    moved = pd.notna(total["p_better"])
    change = (total["profit_change_low"], total["profit_change_high"])
    customers = (total["customers_change_low"], total["customers_change_high"])
    tiles = (
        Tile(
            "Expected change in profit a month",
            money(total["profit_change_mean"], currency),
            money_range(*change, currency) if moved else "today's spend",
        ),
        Tile("Better than today", probability(total["p_better"]) if moved else "–", "probability"),
        Tile(
            "Spend a month",
            money(total["spend"], currency),
            f"{_signed(total['spend'] - total['spend_now'], currency)} against today",
        ),
        Tile(
            "1-in-20 loss a month",
            money(total["loss_1_in_20"], currency) if moved else "–",
            "or worse, with probability 5%",
        ),
        Tile(
            "New customers that spend causes, a month",
            f"{total['customers_change_mean']:+,.0f}" if moved else "–",
            f"{customers[0]:+,.0f} to {customers[1]:+,.0f}" if moved else "as today",
        ),
    )
    rows = [
        (
            r["channel"],
            money(r["spend"], currency),
            estimate(
                r["marginal_cac_mean"], r["marginal_cac_low"], r["marginal_cac_high"], currency
            ),
            estimate(r["cac_mean"], r["cac_low"], r["cac_high"], currency),
            money(r["cac_now"], currency),
        )
        for r in table.sort_values("spend_now", ascending=False).to_dict("records")
    ]
    grid = Grid(
        f"Cost of customers at this spend, {currency}; {view.interval:.0%} intervals",
        (
            "Channel",
            "Spend a month",
            "Marginal CAC: next customer that spend causes, predicted",
            "Average CAC: spend over counted customers, predicted",
            "Average CAC now, observed",
        ),
        rows,
    )
    still = Sentence(
        "This is today's spend. Move a slider, or take the proposal of the report, to see what "
        "would change."
    )
    panels = (
        Panel("budget-profit", profit_change(table, total, **told) if moved else still, table),
        Panel("budget-marginal", marginal_value(table, **told)),
    )
    return Shown(panels, tiles, (grid,))


def _experiment(bench: Bench, view: View) -> Shown:
    from workbench.plots.experiments import value_against_size

    if isinstance(bench.money, Sentence):
        return _sentence("experiment", bench.money)
    plan = ExperimentPlan.of(view.experiment)
    answer = experiment_answer(
        bench.money,
        plan,
        settings=bench.settings.experiments,
        interval=view.interval,
        seed=bench.seed,
    )
    if isinstance(answer, Sentence):
        return _sentence("experiment", answer)
    currency, f = bench.material.facts.currency, answer.figures
    worth = f["evsi_net"] > 0
    tiles = (
        Tile(
            "Value of knowing, a week of the test",
            money(f["evsi_per_week"], currency),
            "net of cost, expected over 52 weeks" if worth else "the test costs more than it tells",
        ),
        Tile(
            "Duration",
            plural(round(f["weeks"]), "week"),
            f"result known after {number(f['weeks_to_result'], 1)}"
            + ("" if plan.weeks else "; the best of 2 to 12"),
        ),
        Tile(
            "Sample",
            f"{f['sample_per_arm']:,.0f} per arm",
            f"a test of 80% power for {plan.smallest_lift:+.1%}: {f['sample_80_power']:,.0f}",
        ),
        Tile("Wins", probability(f["p_win"]), "probability that it ends in a roll-out"),
        Tile(
            "Profit of testing, then showing the better version",
            money(f["expected_profit_12m"], currency),
            f"{money_range(f['low'], f['high'], currency)}, {view.interval:.0%} interval",
        ),
    )
    figure = value_against_size(
        answer.curve,
        currency=currency,
        name="This idea",
        planned=f["sample_per_arm"],
        power=f["sample_80_power"],
    )
    grid = Grid(
        f"What a win will show and what it will be: contribution over 52 weeks, {currency}",
        ("", "Expected"),
        (
            ("Shown by a test that wins, before correction", money(f["naive_gain"], currency)),
            (
                "True gain of a winner (winner's curse corrected)",
                money(f["corrected_gain"], currency),
            ),
            ("Launching untested", money(f["profit_launch"], currency)),
        ),
    )
    table = pd.DataFrame([{**plan.to_dict(), **f, "basis": answer.basis}])
    table.attrs["notes"] = (
        f"A lift is worth money by: {answer.basis}.",
        "Value of knowing: expected value of sample information of a Test & Roll (Feit and Berman "
        "2019): after the test everybody sees the version with the better posterior mean.",
        *(f"{note[:1].upper()}{note[1:]}." for note in answer.notes),
    )
    return Shown((Panel("experiment-size", figure, table),), tiles, (grid,))


def _signed(amount: float, currency: str) -> str:
    text = money(amount, currency)
    return text if text.startswith("-") or not any(d in text for d in "123456789") else f"+{text}"


_TABS: dict[str, Callable[[Bench, View], Shown]] = {
    "Channels": _channels,
    "Value": _curves,
    "Cohorts": _cohorts,
    "Customer": _customer,
    "What if": _what_if,
    "Compare": _compare,
    "Budget desk": _budget,
    "Experiment desk": _experiment,
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
