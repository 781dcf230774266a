"""Forecast of every customer's purchases after the as-of date, summed by cohort, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.value.forward import CURVE_AGES, plain, simulate_block
from workbench.value.laid_out import lay_out
from workbench.value.parameters import Parameters

BLOCK = 20_000


@dataclass(frozen=True)
class Forecast:
    """Simulated purchases after the as-of date.

    Parameter uncertainty and purchase randomness are both inside every draw.

    Attributes
    ----------
    groups : DataFrame
        channel, first_product, first_month and customers, one row per cohort.
    orders, revenue, contribution, contribution_short : ndarray, shape (groups, draws)
        Sums over the group's customers within each customer's horizon; `contribution_short`
        within the shorter one (to age 90 days). Money in currency, NaN in a log without money.
    curves : ndarray, shape (channels, ages, draws)
        Contribution by age at purchase (`CURVE_AGES` as right ends), customers of the curve scope.
        Rows and ages are those that were asked for where `simulate` was given some.
    curve_channels : list of str
    customers : DataFrame
        customer_id, p_alive, next_12m_orders, next_12m_mean, future_mean, future_q05, future_q95
        (`level_name` of every level asked for).
    """

    groups: pd.DataFrame
    orders: np.ndarray
    revenue: np.ndarray
    contribution: np.ndarray
    contribution_short: np.ndarray
    curves: np.ndarray
    curve_channels: list[str]
    customers: pd.DataFrame

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return self.orders.shape[1]


def level_name(level: float) -> str:
    """Name of a quantile in columns: 0.05 is "q05", 0.025 is "q025"."""
    digits = f"{round(1000 * level):03d}"
    return "q" + (digits[:2] if digits.endswith("0") else digits)


def simulate(
    fit: Fit,
    parameters: Parameters,
    customers: pd.DataFrame,
    *,
    horizon: np.ndarray,
    short: np.ndarray,
    in_curve: np.ndarray,
    seed: int,
    curve_row: np.ndarray | None = None,
    curve_ages: np.ndarray = CURVE_AGES,
    levels: Sequence[float] = (0.05, 0.95),
) -> Forecast:
    """Simulate forward.

    Parameters
    ----------
    fit : Fit
        Fitted on the same `customers`, in the same order.
    parameters : Parameters
    customers : DataFrame
        The warehouse's customer table.
    horizon, short : ndarray of int, shape (customers,)
        Days after the as-of date to simulate for each customer; zero or less for none.
    in_curve : ndarray of bool, shape (customers,)
        Customers that enter the channel curves.
    seed : int
    curve_row : ndarray of int, shape (customers,), optional
        Row of `curves` that each customer enters, -1 for none, in place of their channel's. What
        is simulated does not depend on it: the same seed gives the same purchases.
    curve_ages : ndarray of int
        Right ends of the ages of `curves`, ascending, the last not below 365.
    levels : sequence of float
        Quantiles of the future contribution that are kept of every customer.
    """
    laid = lay_out(fit, parameters, customers, seed)
    groups, data = laid.groups, fit.data
    n_groups, draws = len(groups), parameters.n_draws
    channels = sorted(customers["channel"].unique())
    curve = np.where(in_curve, pd.Index(channels).get_indexer(customers["channel"]), -1)
    rows_of_curves = len(channels)
    if curve_row is not None:
        curve = np.asarray(curve_row, dtype=np.int64)
        rows_of_curves = int(curve.max(initial=-1)) + 1
    age = customers["age_days"].to_numpy(dtype=np.int64)
    of = laid.columns

    by_draw = [
        plain(values)
        for values in (
            parameters.r, parameters.kappa, parameters.p, parameters.q, parameters.fixed_cost,
            parameters.clock, parameters.future,
            laid.pace, laid.spend_pace, parameters.log_rate, parameters.logit_drop,
            parameters.log_spend, parameters.ratio,
        )
    ]  # fmt: skip
    by_customer = [
        plain(values)
        for values in (
            of["cell"], of["ratio_group"], laid.group, curve, of["first"], of["last"],
            of["repeats"], of["spend"], age, horizon, short,
        )
    ]  # fmt: skip
    orders, revenue, contribution, short_part = (np.zeros((n_groups, draws)) for _ in range(4))
    curves = np.zeros((rows_of_curves, len(curve_ages), draws))
    parts = []
    for i, begin in enumerate(range(0, len(customers), BLOCK)):
        rows = slice(begin, begin + BLOCK)
        block = [values[rows] for values in by_customer]
        value, alive, next_orders, next_contribution = simulate_block(
            seed + i, family(data.family).code, *by_draw, *block,
            orders, revenue, contribution, short_part, curves, curve_ages,
        )  # fmt: skip
        at_levels = np.quantile(value, levels, axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "p_alive": alive,
                    "next_12m_orders": next_orders,
                    "next_12m_mean": next_contribution,
                    "future_mean": value.mean(axis=1, dtype=float),
                    **{
                        f"future_{level_name(level)}": row.astype(float)
                        for level, row in zip(levels, at_levels, strict=True)
                    },
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "customer_id", customers["customer_id"].to_numpy())
    return Forecast(groups, orders, revenue, contribution, short_part, curves, channels, table)
