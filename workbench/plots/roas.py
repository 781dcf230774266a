"""Reported ROAS against 12-month ROAS, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import empty_figure, finish, has, left_out, require, statement
from workbench.plots.scatter import HEIGHT, MARGIN, scatter
from workbench.plots.theme import ChannelStyle, channel_styles
from workbench.plots.words import is_number, number, plural, span, within

ROAS = ("roas_12m_mean", "roas_12m_q05", "roas_12m_q95")


def without_spend(table: pd.DataFrame) -> pd.Series:
    """Mask of the channels that no money was spent on."""
    return ~(has(table, "spend") & (table["spend"] > 0))


def roas_against_value(
    channels: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
    palette: Mapping[str, ChannelStyle] | None = None,
    horizon: int = 365,
) -> go.Figure:
    """What the platforms report against what the customers won bring back in 12 months.

    Across: reported ROAS (revenue claimed / spend). Up: 12-month ROAS (12-month value of the
    customers won / spend) with its interval. On the dashed diagonal both are equal. Below the line
    at 1 the spend is not recovered within 12 months; the upright line (or band, where channels
    differ) at 1 / contribution margin is where a reported ROAS would break even.

    Parameters
    ----------
    channels
        channels.csv: channel, spend, reported_roas, attribution, roas_12m_mean, roas_12m_q05,
        roas_12m_q95 and, if known, break_even_roas, p_value_above_cac. Channels without spend
        or without a reported ROAS cannot be drawn; the subtitle names them.
    currency, interval, purchase_randomness, title, palette, horizon
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "roas_against_value"
    table = require(
        channels,
        ["channel", "spend", "reported_roas", "attribution", *ROAS],
        kind,
    )
    palette = palette or channel_styles(table["channel"])
    spending = table[~without_spend(table)]
    ok = has(spending, "reported_roas", "roas_12m_mean")
    drawn = spending[ok].sort_values(["roas_12m_mean", "channel"], ascending=[False, True])
    finding = find_roas(table, currency, horizon)
    subtitle = statement(
        "Reported by the ad platforms against observed + predicted contribution",
        horizon=f"{within(horizon)} from the first order",
        currency=f"{currency} per {currency} spent",
        interval=interval,
        purchase_randomness=purchase_randomness,
        notes=[
            left_out(table[without_spend(table)]["channel"], "Without spend, not drawn"),
            left_out(spending[~ok]["channel"], "Spend without both ROAS, not drawn"),
        ],
    )
    if drawn.empty:
        why = (
            f"No channel has spend, a reported ROAS and a {span(horizon)} value, so none is "
            "compared."
        )
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    fig = scatter(drawn, currency, palette, horizon)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Scatter plot of reported ROAS against {span(horizon)} ROAS with interval for "
        f"{plural(len(drawn), 'channel')}. {title or finding}",
        height=HEIGHT,
        margin=MARGIN,
        max_width=900,
    )


def find_roas(table: pd.DataFrame, currency: str, horizon: int = 365) -> str:
    """Finding of `roas_against_value` in one sentence."""
    known = table[~without_spend(table) & has(table, "reported_roas", "roas_12m_mean")]
    if known.empty:
        return f"No channel has both a reported ROAS and a {span(horizon)} ROAS."
    claimed = known.sort_values(["reported_roas", "channel"], ascending=[False, True]).iloc[0]
    true = known.sort_values(["roas_12m_mean", "channel"], ascending=[False, True]).iloc[0]
    if len(known) == 1:
        return (
            f"{claimed['channel']} reports a ROAS of {number(claimed['reported_roas'])}; its "
            f"customers bring back {_interval(claimed)} per {currency} within {within(horizon)}."
        )
    if claimed["channel"] == true["channel"]:
        return (
            f"{claimed['channel']} leads on reported ROAS ({number(claimed['reported_roas'])}) "
            f"and on {span(horizon)} ROAS with {_interval(claimed)}."
        )
    return (
        f"{claimed['channel']} leads on reported ROAS ({number(claimed['reported_roas'])}), "
        f"{true['channel']} on {span(horizon)} ROAS with {_interval(true)}."
    )


def _interval(r: pd.Series) -> str:
    text = number(r["roas_12m_mean"])
    if is_number(r["roas_12m_q05"]) and is_number(r["roas_12m_q95"]):
        text += f" ({number(r['roas_12m_q05'])} to {number(r['roas_12m_q95'])})"
    return text
