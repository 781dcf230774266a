"""12-month value by first-purchase month and channel (or first product)."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    counted,
    empty_figure,
    finish,
    has,
    left_out,
    one_row_each,
    require,
    statement,
)
from workbench.plots.tiles import Tile, tile_grid
from workbench.plots.value import BASIS, SMALL, VALUE, firmly_known, value_note
from workbench.plots.words import (
    money,
    money_tick,
    month,
    number,
    plural,
    share,
    span,
    within,
)


def cohort_heatmap(
    cohorts: pd.DataFrame,
    *,
    currency: str,
    by: str = "channel",
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    small: int = SMALL,
    title: str | None = None,
    at_most: int = 14,
    horizon: int = 365,
) -> go.Figure:
    """12-month value by first-purchase month and channel (or first product).

    Parameters
    ----------
    cohorts
        Already aggregated to one row per first_month x `by`: first_month, channel (or
        first_product), customers, value_12m_mean, value_12m_q05, value_12m_q95, observed_share.
        Aggregate draw by draw: means could be averaged with the customers as weights, but
        intervals cannot, so a table with several rows per cell is refused.
    by
        Column across: "channel" or "first_product".
    small
        Cohorts with fewer customers get a small tile, do not stretch the colour scale and are not
        named in the finding beside larger ones.
    currency, interval, purchase_randomness, title
        As in `value_by_channel`. A hatched tile is mostly predicted (observed_share below half).
    at_most
        Columns at most: the groups with the most customers. The subtitle counts the rest.
    horizon
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing or a cell stands in more than one row.
    """
    kind = "cohort_heatmap"
    table = require(cohorts, ["first_month", by, "customers", *VALUE, "observed_share"], kind)
    one_row_each(table, ["first_month", by], kind)
    drawn = table[has(table, "value_12m_mean")]
    if drawn.empty:
        why = f"No cohort has a {span(horizon)} value yet."
        return empty_figure(kind, why, title=title or "")
    size = drawn.groupby(by)["customers"].sum()
    known = sorted(size.index, key=lambda name: (-size[name], str(name)))
    groups = known[:at_most]
    drawn = drawn[drawn[by].isin(groups)]
    months = sorted(drawn["first_month"].astype(str).unique())
    scale = float(drawn["value_12m_mean"].abs().max())
    tiles = [
        _cohort_tile(r, months, groups, by, currency, scale, small, horizon)
        for r in drawn.to_dict("records")
    ]
    fig, frame = tile_grid(
        tiles,
        [str(g) for g in groups],
        [month(m) for m in months],
        write=lambda v: money_tick(v, currency),
        colour_title=f"{span(horizon)} value per customer, {currency}",
    )
    finding = find_cohort_heatmap(table, currency, by, small, horizon)
    noun = "channel" if by == "channel" else "first product"
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            BASIS,
            horizon=f"{within(horizon)} from the first order",
            currency=currency,
            interval=interval,
            purchase_randomness=purchase_randomness,
            notes=[
                "Second number in a tile: customers" if _two_lines(groups) else "",
                "Hatched: less than half of the value observed, mostly predicted",
                f"Small tile: fewer than {small} customers",
                counted(len(known), len(groups), noun),
                left_out(sorted(set(table[by]) - set(known)), "No value yet for"),
            ],
        ),
        alt=f"Grid of {span(horizon)} value for {plural(len(months), 'first-purchase month')} and "
        f"{plural(len(groups), noun)}. {title or finding}",
        **frame,  # type: ignore[arg-type]
    )


def _two_lines(groups: list) -> bool:
    return len(groups) <= 8


def _cohort_tile(
    r: dict,
    months: list[str],
    groups: list,
    by: str,
    currency: str,
    scale: float,
    small: int,
    horizon: int,
) -> Tile:
    customers = f"{number(r['customers'], 0)}"
    lines = [money(r["value_12m_mean"], currency, scale)]
    few = not r["customers"] >= small
    if _two_lines(groups) and not few:
        lines.append(customers)
    return Tile(
        column=groups.index(r[by]),
        row=months.index(str(r["first_month"])),
        value=float(r["value_12m_mean"]),
        lines=lines,
        hover=[
            f"{r[by]}, {month(r['first_month'])}",
            f"{span(horizon)} value {value_note(r, currency)}",
            f"{customers} customers" + (": a small cohort" if few else ""),
            f"{share(r['observed_share'])} of the value already observed",
        ],
        small=few,
        hatched=not r["observed_share"] >= 0.5,
    )


def find_cohort_heatmap(
    table: pd.DataFrame,
    currency: str,
    by: str = "channel",
    small: int = SMALL,
    horizon: int = 365,
) -> str:
    """Finding of `cohort_heatmap` in one sentence."""
    known = table[has(table, "value_12m_mean")]
    if known.empty:
        return f"No cohort has a {span(horizon)} value yet."
    known = firmly_known(known, small)
    ordered = known.sort_values(["value_12m_mean", "first_month", by])
    low, high = ordered.iloc[0], ordered.iloc[-1]

    def words(r: pd.Series) -> str:
        note = value_note(dict(r), currency)
        noun = "customer" if r["customers"] == 1 else "customers"
        customers = number(r["customers"], 0)
        return f"{note} ({r[by]}, {month(r['first_month'])}, {customers} {noun})"

    if len(known) == 1:
        return (
            f"The one cohort of its size brings {words(high)} a customer within {within(horizon)}."
        )
    return f"Cohorts bring from {words(low)} to {words(high)} a customer within {within(horizon)}."
