"""Channels: what was spent, what the platforms claim, what customers are worth in 12 months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench.value.cohorts import CohortValue
from workbench.value.forecast import Forecast
from workbench.value.forward import CURVE_AGES
from workbench.value.payback import payback_days
from workbench.value.scope import AcquisitionWindow
from workbench.value.summaries import sum_by, summary_columns
from workbench.value.unknown import unknown_parts


def spend_table(spend: pd.DataFrame, window: AcquisitionWindow) -> pd.DataFrame:
    """Spend and platform claims by channel within the acquisition window.

    Parameters
    ----------
    spend : DataFrame
        Canonical spend rows.
    window : AcquisitionWindow

    Returns
    -------
    DataFrame
        channel, spend, claimed_value (platform conversion value; NaN if no row has one),
        reported_roas (claimed value over the spend of the rows that report it), attribution.
    """
    columns = ["channel", "spend", "claimed_value", "reported_roas", "attribution"]
    day = pd.to_datetime(spend["date"])
    rows = spend[(day >= pd.Timestamp(window.start)) & (day <= pd.Timestamp(window.end))]
    if rows.empty:
        return pd.DataFrame({name: [] for name in columns}).astype({"channel": str})
    out = []
    for channel, part in rows.groupby("channel", sort=True):
        claims = part[part["platform_conversion_value"].notna()]
        claimed = float(claims["platform_conversion_value"].sum()) if len(claims) else np.nan
        base = float(claims["spend"].sum())
        settings = sorted({str(s) for s in part["attribution_setting"].dropna() if str(s)})
        attribution = settings[0] if len(settings) == 1 else "mixed: " + "; ".join(settings)
        out.append(
            {
                "channel": channel,
                "spend": float(part["spend"].sum()),
                "claimed_value": claimed,
                "reported_roas": claimed / base if base > 0 else np.nan,
                "attribution": attribution if settings else "not stated",
            }
        )
    return pd.DataFrame(out, columns=columns)


@dataclass(frozen=True)
class ChannelDraws:
    """Draws behind the channel table; rows follow `channels`.

    Attributes
    ----------
    channels : list of str
        Channels with customers won in the window.
    customers : ndarray, shape (channels,)
        Counted: those of whom the channel is known, and the group "Unknown".
    spend, reported_roas : ndarray, shape (channels,)
        NaN without spend, or without a platform's claim.
    attribution : list of str
    value : ndarray, shape (channels, draws)
        12-month value per customer won in the window, in currency.
    observed_share : ndarray, shape (channels,)
    curves : ndarray, shape (channels, ages, draws)
        Cumulative contribution per customer at `CURVE_AGES`.
    reached : ndarray, shape (channels, ages)
        Share of the customers that have reached that age.
    unknown : ndarray, shape (channels, draws) or (channels, 1)
        Customers of unknown channel that are the channel's own, see `unknown_parts`; 0 where
        nothing is unknown. They are taken to be worth what the counted ones are.
    """

    channels: list[str]
    customers: np.ndarray
    spend: np.ndarray
    reported_roas: np.ndarray
    attribution: list[str]
    value: np.ndarray
    observed_share: np.ndarray
    curves: np.ndarray
    reached: np.ndarray
    unknown: np.ndarray

    @property
    def won(self) -> np.ndarray:
        """Customers won, counted and of unknown channel, shape as `unknown`."""
        return self.customers[:, None] + self.unknown

    @property
    def per_counted(self) -> np.ndarray:
        """Customers won for each one counted, shape as `unknown`."""
        return self.won / self.customers[:, None]

    @property
    def cac(self) -> np.ndarray:
        """Spend per customer won in the window, shape as `unknown`; NaN without spend."""
        return self.spend[:, None] / self.won

    @property
    def roas(self) -> np.ndarray:
        """12-month ROAS, shape (channels, draws)."""
        return self.value * self.won / self.spend[:, None]

    @property
    def true_profit(self) -> np.ndarray:
        """12-month value less CAC, of all customers won, shape (channels, draws)."""
        return (self.value - self.cac) * self.won


def channel_draws(
    customers: pd.DataFrame,
    value: CohortValue,
    forecast: Forecast,
    value_by_age: pd.DataFrame,
    spend: pd.DataFrame,
    window: AcquisitionWindow,
    *,
    seed: int,
) -> ChannelDraws:
    """Gather everything about channels for customers won in the window.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table.
    value : CohortValue
    forecast : Forecast
        With `curves` simulated for the customers of the window.
    value_by_age : DataFrame
        channel, first_month, age_days, contribution (`Warehouse.value_by_age`).
    spend : DataFrame
        Canonical spend rows.
    window : AcquisitionWindow
    seed : int
        Of the draws of how unknown customers split.
    """
    keep = value.groups["first_month"].isin(window.months).to_numpy()
    groups = value.groups[keep].reset_index(drop=True)
    channels = sorted(groups["channel"].unique())
    n = sum_by(groups, ["channel"], groups[["customers"]].to_numpy(dtype=float))
    total = sum_by(groups, ["channel"], value.total_12m[keep])
    observed = sum_by(groups, ["channel"], value.observed_12m[keep][:, None])[:, 0]

    own = value_by_age[
        value_by_age["first_month"].isin(window.months) & (value_by_age["age_days"] <= 365)
    ]
    at = np.searchsorted(CURVE_AGES, own["age_days"].to_numpy())
    row = pd.Index(channels).get_indexer(own["channel"])
    seen = np.zeros((len(channels), len(CURVE_AGES)))
    np.add.at(seen, (row, at), own["contribution"].to_numpy(dtype=float))
    position = [forecast.curve_channels.index(name) for name in channels]
    curves = np.cumsum(seen[:, :, None] + forecast.curves[position], axis=1) / n[:, :, None]

    in_window = customers["first_month"].isin(window.months)
    reached = np.stack(
        [
            np.searchsorted(
                np.sort(customers.loc[in_window & (customers["channel"] == name), "age_days"]),
                CURVE_AGES,
                side="left",
            )
            for name in channels
        ]
    )
    paid = spend_table(spend, window).set_index("channel").reindex(channels)
    expected = total.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(expected != 0, observed / expected, np.nan)
    amount = paid["spend"].to_numpy(dtype=float)
    return ChannelDraws(
        channels=channels,
        customers=n[:, 0],
        spend=np.where(amount > 0, amount, np.nan),
        reported_roas=paid["reported_roas"].to_numpy(dtype=float),
        attribution=[str(a) if isinstance(a, str) else "" for a in paid["attribution"]],
        value=total / n,
        observed_share=share,
        curves=curves,
        reached=1.0 - reached / n,
        unknown=unknown_parts(channels, n[:, 0], draws=total.shape[1], seed=seed),
    )


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank along the first axis, 1 = largest."""
    return (-values).argsort(axis=0).argsort(axis=0) + 1


def channel_table(draws: ChannelDraws, value_next: np.ndarray | None = None) -> pd.DataFrame:
    """`channels.csv`: one row per channel, customers won in the acquisition window.

    Parameters
    ----------
    draws : ChannelDraws
    value_next : ndarray, shape (channels, draws), optional
        12-month value expected of the next customer, from `workbench.value.newcomers`.

    Returns
    -------
    DataFrame
        Columns of `channels.csv`. Money in currency per acquired customer, horizon 365 days from
        the first order; payback in days, infinite where a year is not enough. `customers` are
        those counted, `cac_counted` is the spend over them. `cac` (mean, `cac_q05`, `cac_q95`),
        ROAS, True Profit, payback and `p_value_above_cac` count the channel's part of the
        customers of unknown channel, too (`workbench.value.unknown`). `p_rank_flip` is
        the probability that the channel's place among channels with both figures differs
        between reported ROAS and 12-month ROAS.
    """
    cac = draws.cac
    paid = ~np.isnan(draws.spend)
    roas = draws.roas
    payback = payback_days(draws.curves, CURVE_AGES, cac)
    ranked = np.flatnonzero(paid & ~np.isnan(draws.reported_roas))
    rank_reported = np.full(len(paid), np.nan)
    rank_value = np.full(len(paid), np.nan)
    p_flip = np.full(len(paid), np.nan)
    if len(ranked) >= 2:
        rank_reported[ranked] = _ranks(draws.reported_roas[ranked])
        rank_value[ranked] = _ranks(roas[ranked].mean(axis=1))
        by_draw = _ranks(roas[ranked])
        p_flip[ranked] = (by_draw != rank_reported[ranked][:, None]).mean(axis=1)
    table = pd.DataFrame(
        {
            "channel": draws.channels,
            "customers": draws.customers.astype(int),
            "spend": draws.spend,
            "cac": cac.mean(axis=1),
            "cac_q05": np.quantile(cac, 0.05, axis=1),
            "cac_q95": np.quantile(cac, 0.95, axis=1),
            "cac_counted": draws.spend / draws.customers,
            "reported_roas": draws.reported_roas,
            "attribution": draws.attribution,
            **summary_columns(draws.value, "value_12m"),
            **summary_columns(roas, "roas_12m", ("q05", "q50", "q95")),
            **summary_columns(draws.true_profit, "true_profit", ("q05", "q95")),
            "p_value_above_cac": np.where(paid, (draws.value > cac).mean(axis=1), np.nan),
            **summary_columns(payback, "payback_days", ("q05", "q95")),
            "p_payback_12m": np.where(paid, np.isfinite(payback).mean(axis=1), np.nan),
            "rank_reported": rank_reported,
            "rank_value": rank_value,
            "p_rank_flip": p_flip,
            "observed_share": draws.observed_share,
        }
    )
    # The mean of a payback that may never come is infinite; the median says more.
    known = np.where(np.isnan(payback), 0.0, payback)
    median = np.quantile(known, 0.5, axis=1, method="inverted_cdf")
    table["payback_days_mean"] = np.where(paid, median, np.nan)
    if value_next is not None:
        table = table.assign(**summary_columns(value_next, "value_next", ("q05", "q95")))
    return table


def rank_flips(draws: ChannelDraws) -> pd.DataFrame:
    """`rank_flips.csv`: every pair of channels with both figures.

    Returns
    -------
    DataFrame
        channel_a leads channel_b on reported ROAS; p_flip is the probability that b leads a on
        12-month ROAS.
    """
    roas = draws.roas
    ranked = [
        i for i in range(len(draws.channels))
        if np.isfinite(draws.reported_roas[i]) and np.isfinite(draws.spend[i])
    ]  # fmt: skip
    ranked.sort(key=lambda i: (-draws.reported_roas[i], draws.channels[i]))
    rows = [
        {
            "channel_a": draws.channels[a],
            "channel_b": draws.channels[b],
            "reported_a": draws.reported_roas[a],
            "reported_b": draws.reported_roas[b],
            "roas_12m_a": roas[a].mean(),
            "roas_12m_b": roas[b].mean(),
            "p_flip": float((roas[b] > roas[a]).mean()),
        }
        for i, a in enumerate(ranked)
        for b in ranked[i + 1 :]
    ]
    names = "channel_a channel_b reported_a reported_b roas_12m_a roas_12m_b p_flip".split()
    return pd.DataFrame(rows, columns=names)


def p_any_flip(draws: ChannelDraws) -> float:
    """Probability that reported ROAS and 12-month ROAS do not rank the channels alike."""
    both = np.isfinite(draws.reported_roas) & np.isfinite(draws.spend)
    if both.sum() < 2:
        return float("nan")
    reported = _ranks(draws.reported_roas[both])
    by_draw = _ranks(draws.roas[both])
    return float((by_draw != reported[:, None]).any(axis=0).mean())


def curve_table(draws: ChannelDraws) -> pd.DataFrame:
    """`curves.csv`: cumulative contribution per customer by age, with CAC (the mean)."""
    cac = draws.cac.mean(axis=1)
    parts = []
    for i, channel in enumerate(draws.channels):
        part = pd.DataFrame(
            {"channel": channel, "age_days": CURVE_AGES}
            | summary_columns(draws.curves[i], "value", ("q05", "q95"))
        )
        parts.append(part.assign(observed_share=draws.reached[i], cac=cac[i]))
    return pd.concat(parts, ignore_index=True)


def spend_without_customers(
    draws: ChannelDraws, spend: pd.DataFrame, window: AcquisitionWindow
) -> pd.DataFrame:
    """Spend rows of the window whose channel won no customer: money that no value answers for."""
    table = spend_table(spend, window)
    return table[~table["channel"].isin(draws.channels)].reset_index(drop=True)


def trailing_revenue(daily: pd.DataFrame, as_of: date) -> float:
    """Net revenue of the 365 days to the as-of date, in currency."""
    day = pd.to_datetime(daily["day"])
    end = pd.Timestamp(as_of)
    rows = daily[(day > end - pd.Timedelta(days=365)) & (day <= end)]
    return float(rows["revenue"].sum())
