"""What a customer is worth in 12 months: by channel beside CAC, by first product."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import counted, empty_figure, finish, has, left_out, require, statement
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, ChannelStyle, channel_styles, style_of
from workbench.plots.words import (
    estimate,
    is_number,
    money,
    money_range,
    money_tick,
    number,
    plural,
    probability,
    share,
    span,
    within,
)

SMALL = 50
"""Groups with fewer customers are never named as the best or the worst beside larger ones."""
HORIZON = "12 months from the first order"
_YEAR = 365
BASIS = "Observed + predicted contribution per customer"
VALUE = ("value_12m_mean", "value_12m_q05", "value_12m_q95")


def value_by_channel(
    channels: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
    palette: Mapping[str, ChannelStyle] | None = None,
    at_most: int = 16,
    horizon: int = _YEAR,
) -> go.Figure:
    """12-month value of a customer by channel, with interval, beside CAC.

    Parameters
    ----------
    channels
        channels.csv: channel, customers, cac, value_12m_mean, value_12m_q05, value_12m_q95 and,
        if known, value_12m_q25, value_12m_q75, cac_q05, cac_q95, p_value_above_cac and
        observed_share. Money in
        `currency` per customer. Channels without CAC are drawn without the upright bar.
    currency, interval
        ISO code and the probability between q05 and q95, both only for the wording.
    purchase_randomness
        Whether the chance of single purchases is inside the interval; None says nothing.
    title
        Sentence with the finding; by default one is made from the table.
    palette
        Result of `channel_styles` for all channels of the brand.
    at_most
        Rows at most: the channels with the most customers. The subtitle counts the rest.
    horizon
        Days from the first order to which value counts, for the wording: the columns keep their
        names.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "value_by_channel"
    table = require(channels, ["channel", "customers", "cac", *VALUE], kind)
    palette = palette or channel_styles(table["channel"])
    drawn = table[has(table, "value_12m_mean")]
    if drawn.empty:
        why = f"No channel has a {span(horizon)} value yet."
        return empty_figure(kind, why, title=title or "")
    known = len(drawn)
    drawn = drawn.sort_values(["customers", "channel"], ascending=[False, True]).head(at_most)
    drawn = drawn.sort_values(["value_12m_mean", "channel"], ascending=[False, True])
    rows = [_channel_row(r, currency, palette) for r in drawn.to_dict("records")]
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"{span(horizon)} value per customer, {currency}",
    )
    subtitle = statement(
        BASIS,
        horizon=f"{within(horizon)} from the first order",
        currency=currency,
        interval=interval,
        purchase_randomness=purchase_randomness,
        notes=[
            "Dot: mean, thin line: interval, thick line: middle half, upright bar: CAC",
            left_out(drawn.loc[~has(drawn, "cac"), "channel"], "No CAC for"),
            counted(known, len(drawn), "channel"),
            left_out(table.loc[~has(table, "value_12m_mean"), "channel"], "No value yet for"),
        ],
    )
    finding = find_value_by_channel(table, currency, horizon)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Dot plot of {span(horizon)} value with interval and CAC for "
        f"{plural(len(drawn), 'channel')}. {title or finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def _channel_row(r: dict, currency: str, palette: Mapping[str, ChannelStyle]) -> Row:
    style = style_of(r["channel"], palette)
    has_cac = is_number(r["cac"])
    note = value_note(r, currency) + (f" · CAC {money(r['cac'], currency)}" if has_cac else "")
    hover = [r["channel"], note, f"{number(r['customers'], 0)} customers"]
    if has_cac and is_number(r.get("p_value_above_cac")):
        hover.append(f"P(value above CAC): {probability(r['p_value_above_cac'])}")
    if has_cac and is_number(r.get("cac_q05")) and r["cac_q05"] < r["cac_q95"]:
        ends = money_range(r["cac_q05"], r["cac_q95"], currency)
        hover.append(f"CAC {ends}, by its part of the customers of unknown channel")
    if is_number(r.get("observed_share")):
        hover.append(f"{share(r['observed_share'])} of the value already observed")
    return Row(
        name=str(r["channel"]),
        note=note,
        mid=r["value_12m_mean"],
        low=r["value_12m_q05"],
        high=r["value_12m_q95"],
        inner=(r["value_12m_q25"], r["value_12m_q75"]) if "value_12m_q25" in r else None,
        mark=r["cac"] if has_cac else None,
        colour=style.colour,
        symbol=style.symbol,
        hover=hover,
    )


def value_note(r: dict, currency: str) -> str:
    """12-month value of a row with its interval, in words."""
    return estimate(r["value_12m_mean"], r["value_12m_q05"], r["value_12m_q95"], currency)


def firmly_known(table: pd.DataFrame, small: int = SMALL) -> pd.DataFrame:
    """Rows with at least `small` customers; all rows where none has as many."""
    firm = table[has(table, "customers") & (table["customers"] >= small)]
    return table if firm.empty else firm


def find_value_by_channel(table: pd.DataFrame, currency: str, horizon: int = _YEAR) -> str:
    """Finding of `value_by_channel` in one sentence."""
    known = table[has(table, "value_12m_mean")]
    if known.empty:
        return f"No channel has a {span(horizon)} value yet."
    firm = firmly_known(known)
    best = firm.sort_values(["value_12m_mean", "channel"], ascending=[False, True]).iloc[0]
    text = (
        f"A customer won by {best['channel']} brings {value_note(dict(best), currency)} "
        f"within {within(horizon)}"
    )
    spending = known[has(known, "cac")]
    least = spending["cac_q05"] if "cac_q05" in spending else spending["cac"]
    below = int((spending["value_12m_q95"] < least.fillna(spending["cac"])).sum())
    if below:
        of = plural(len(spending), "channel")
        return f"{text}; for {below} of {of} the whole interval lies below CAC."
    if is_number(best["cac"]):
        return f"{text}; CAC there is {money(best['cac'], currency)}."
    return text + "."


def value_by_product(
    products: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
) -> go.Figure:
    """12-month value of a customer by first product, with interval.

    Parameters
    ----------
    products
        products.csv: first_product, customers, value_12m_mean, value_12m_q05, value_12m_q95,
        observed_share. A hollow dot means that less than half of the value is observed.
    currency, interval, purchase_randomness, title
        As in `value_by_channel`.
    """
    kind = "value_by_product"
    table = require(products, ["first_product", "customers", *VALUE, "observed_share"], kind)
    drawn = table[has(table, "value_12m_mean")]
    if drawn.empty:
        return empty_figure(kind, "No first product has a 12-month value yet.", title=title or "")
    drawn = drawn.sort_values(["value_12m_mean", "first_product"], ascending=[False, True])
    top = drawn.head(24)
    rows = [
        Row(
            name=str(r["first_product"]),
            note=value_note(r, currency),
            mid=r["value_12m_mean"],
            low=r["value_12m_q05"],
            high=r["value_12m_q95"],
            colour=ACCENT,
            hollow=not r["observed_share"] >= 0.5,
            hover=[
                r["first_product"],
                value_note(r, currency),
                f"{number(r['customers'], 0)} customers",
                f"{share(r['observed_share'])} of the value already observed",
            ],
        )
        for r in top.to_dict("records")
    ]
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"12-month value per customer, {currency}",
    )
    finding = find_value_by_product(table, currency)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            BASIS,
            horizon=HORIZON,
            currency=currency,
            interval=interval,
            purchase_randomness=purchase_randomness,
            notes=[
                "Filled dot: at least half of the value observed, hollow dot: mostly predicted",
                counted(len(drawn), len(top), "first product"),
                left_out(table.drop(drawn.index)["first_product"], "No value yet for"),
            ],
        ),
        alt=f"Dot plot of 12-month value with interval for "
        f"{plural(len(top), 'first product')}. {title or finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def find_value_by_product(table: pd.DataFrame, currency: str) -> str:
    """Finding of `value_by_product` in one sentence."""
    known = table[has(table, "value_12m_mean")]
    known = known.sort_values(["value_12m_mean", "first_product"], ascending=[False, True])
    if known.empty:
        return "No first product has a 12-month value yet."
    best, worst = known.iloc[0], known.iloc[-1]
    text = (
        f"Customers who start with {best['first_product']} bring "
        f"{value_note(dict(best), currency)} within 12 months"
    )
    if len(known) == 1:
        return text + "."
    last = value_note(dict(worst), currency)
    return f"{text}, those who start with {worst['first_product']} {last}."
