"""Cumulative value of first-purchase months by customer age, as a grid of tiles."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    counted,
    empty_figure,
    finish,
    has,
    one_row_each,
    require,
    statement,
)
from workbench.plots.tiles import Tile, tile_grid
from workbench.plots.value import BASIS, SMALL
from workbench.plots.words import estimate, money, money_tick, month, number, plural, share


def value_by_age(
    cohorts: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    small: int = SMALL,
    title: str | None = None,
    at_most: int = 24,
) -> go.Figure:
    """Cumulative contribution per customer by first-purchase month (down) and age (across).

    Parameters
    ----------
    cohorts
        first_month, age_days, customers, value_mean, value_low, value_high (currency per
        customer), observed_share (of the customers that have reached the age). A tile is hatched
        where fewer than half have.
    small
        Months with fewer customers get small tiles and do not stretch the colour scale.
    at_most
        Months at most: the latest. The subtitle counts the rest.
    currency, interval, purchase_randomness, title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing or a cell stands in more than one row.
    """
    kind = "value_by_age"
    needed = ["first_month", "age_days", "customers", "value_mean", "value_low", "value_high"]
    table = require(cohorts, [*needed, "observed_share"], kind)
    drawn = table[has(table, "value_mean", "age_days")]
    one_row_each(drawn, ["first_month", "age_days"], kind)
    if drawn.empty:
        return empty_figure(kind, "No month has customers in view.", title=title or "")
    known = sorted(drawn["first_month"].astype(str).unique())
    months = known[-at_most:]
    drawn = drawn[drawn["first_month"].isin(months)]
    ages = sorted(drawn["age_days"].unique())
    scale = float(drawn["value_mean"].abs().max())
    tiles = [
        _tile(r, months.index(str(r["first_month"])), ages.index(r["age_days"]), currency, scale,
              small)
        for r in drawn.to_dict("records")
    ]  # fmt: skip
    sizes = drawn.groupby("first_month")["customers"].first()
    fig, frame = tile_grid(
        tiles,
        [str(int(age)) for age in ages],
        [month(m) for m in months],
        write=lambda v: money_tick(v, currency),
        colour_title=f"Cumulative contribution per customer, {currency}",
        column_title="days since the first order",
        first_column=[number(sizes[m], 0) for m in months],
    )
    finding = find_value_by_age(drawn, currency, small)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            BASIS,
            horizon=f"first order to day {int(ages[-1])}",
            currency=currency,
            interval=interval,
            purchase_randomness=purchase_randomness,
            notes=[
                "Intervals on hover",
                "Hatched: fewer than half of the month's customers have reached the age, mostly "
                "predicted",
                f"Small tile: fewer than {small} customers",
                counted(len(known), len(months), "month"),
            ],
        ),
        alt=f"Grid of cumulative value for {plural(len(months), 'first-purchase month')} and "
        f"{plural(len(ages), 'age')}. {title or finding}",
        **frame,  # type: ignore[arg-type]
    )


def _tile(r: dict, row: int, column: int, currency: str, scale: float, small: int) -> Tile:
    few = not r["customers"] >= small
    value = estimate(r["value_mean"], r["value_low"], r["value_high"], currency)
    return Tile(
        column=column,
        row=row,
        value=float(r["value_mean"]),
        lines=[money(r["value_mean"], currency, scale)],
        hover=[
            f"{month(r['first_month'])}, day {int(r['age_days'])}",
            f"value so far {value}",
            f"{number(r['customers'], 0)} customers" + (": a small cohort" if few else ""),
            f"{share(r['observed_share'])} of them have reached this age",
        ],
        small=few,
        hatched=not r["observed_share"] >= 0.5,
    )


def find_value_by_age(table: pd.DataFrame, currency: str, small: int = SMALL) -> str:
    """Finding of `value_by_age` in one sentence."""
    last = table["age_days"].max()
    known = table[(table["age_days"] == last) & has(table, "value_mean")]
    firm = known[known["customers"] >= small]
    known = (known if firm.empty else firm).sort_values(["value_mean", "first_month"])
    if known.empty:
        return "No month has customers in view."
    low, high = known.iloc[0], known.iloc[-1]

    def words(r: pd.Series) -> str:
        value = estimate(r["value_mean"], r["value_low"], r["value_high"], currency)
        return f"{value} ({month(r['first_month'])})"

    if len(known) == 1:
        return f"Customers of the one month bring {words(high)} by day {int(last)}."
    return f"By day {int(last)} months bring from {words(low)} to {words(high)} a customer."
