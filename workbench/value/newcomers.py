"""12-month value of a customer won next: a cohort that does not exist yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.design import MONTH
from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.value.cohorts import CohortValue
from workbench.value.parameters import Parameters, evenly_spaced, next_month_shift
from workbench.value.scope import AcquisitionWindow

__all__ = ["NextRates", "next_customer_value", "next_paces", "next_rates"]


@dataclass(frozen=True)
class NextRates:
    """Posterior of a channel's and a first product's customers who are won next.

    Attributes
    ----------
    cell : int
        A cohort cell with their channel and product.
    shapes : dict of str to ndarray, shape (draws,)
        Natural parameters of the purchase family.
    log_spend : ndarray, shape (draws,)
        Log mean net revenue per purchase day, in currency.
    """

    cell: int
    shapes: dict[str, np.ndarray]
    log_spend: np.ndarray


def next_rates(
    fit: Fit, parameters: Parameters, channel: str, product: str, shift: np.ndarray
) -> NextRates | None:
    """Rates of the next customers by the fitted model alone, without any pace.

    Any cell of this channel and product carries their effects; its own month's effect is exchanged
    for the last month's plus one step.

    Parameters
    ----------
    fit : Fit
    parameters : Parameters
    channel, product : str
    shift : ndarray, shape (draws, outcomes)
        Of `workbench.value.parameters.next_month_shift`.

    Returns
    -------
    NextRates or None
        None where the fit has not seen the channel with this product.
    """
    cells = fit.data.design.cells
    match = cells["channel"].isin([channel, "All"])
    match &= cells["first_product"].isin([product, "All"])
    found = np.flatnonzero(match.to_numpy())
    if not len(found):
        return None
    c = int(found[-1])
    moved = shift + _month_correction(fit, parameters.n_draws, c, shift.shape[1])
    shapes = family(fit.data.family).natural(
        parameters.r,
        parameters.log_rate[:, c] + moved[:, 0],
        parameters.kappa,
        parameters.logit_drop[:, c] + moved[:, 1],
    )
    spend = moved[:, 2] if moved.shape[1] > 2 else 0.0
    return NextRates(c, shapes, parameters.log_spend[:, c] + spend)


def next_paces(
    parameters: Parameters, channels: int, *, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Factors on newcomers' purchase rates, on their spend and on that of their first day.

    Each of shape (channels, draws).
    """
    rng = np.random.default_rng([seed, 23])
    rates, spend, first = rng.normal(size=(3, channels, parameters.n_draws))
    return (
        parameters.next_pace * np.exp(parameters.next_pace_spread * rates),
        parameters.next_spend_pace * np.exp(parameters.next_spend_pace_spread * spend),
        parameters.first_pace * np.exp(parameters.first_pace_spread * first),
    )


def next_customer_value(
    fit: Fit,
    parameters: Parameters,
    value: CohortValue,
    window: AcquisitionWindow,
    *,
    seed: int,
) -> tuple[list[str], np.ndarray]:
    """Expected 12-month value of the next customer of each channel.

    The cohort's own month effect is drawn from the hierarchy (one more step of the walk); first
    products come in the mix of the acquisition window; first orders, and purchases and spend after
    them, go at the pace of newcomers. Expectation given the parameters: purchase randomness is not
    inside, because many customers will be won.

    Returns
    -------
    channels : list of str
    value : ndarray, shape (channels, draws)
        Contribution per customer from the first order (included) to day 365, in currency.
    """
    groups = value.groups[value.groups["first_month"].isin(window.months)]
    mix = groups.groupby(["channel", "first_product"])["customers"].sum()
    channels = sorted(groups["channel"].unique())
    shift = next_month_shift(fit, draws=parameters.n_draws, seed=seed)
    margins = fit.data.margins
    if margins is None:
        raise ValueError("A log without money has no 12-month value.")
    model = family(fit.data.family)
    pace, spend_pace, first_pace = next_paces(parameters, len(channels), seed=seed)
    year = parameters.future[:, -1]

    out = np.zeros((len(channels), parameters.n_draws))
    for k, channel in enumerate(channels):
        shares: pd.Series = mix.loc[channel]
        shares = shares / shares.sum()
        for product, share in shares.items():
            rates = next_rates(fit, parameters, channel, str(product), shift)
            if rates is None:
                raise ValueError(f"The fit does not know {product!r} of {channel!r}.")
            orders = model.expected_purchases_new(year * pace[k], **rates.shapes)
            g = int(margins.group_of_cell[rates.cell])
            each = parameters.ratio[:, g] * spend_pace[k] * np.exp(rates.log_spend)
            each = each - parameters.fixed_cost
            # The cost per purchase does not grow with what an order brings.
            first = parameters.first_value[:, g] + parameters.fixed_cost
            first = first_pace[k] * first - parameters.fixed_cost
            out[k] += share * (first + orders * each)
    return channels, out


def _month_correction(fit: Fit, draws: int, cell: int, outcomes: int) -> np.ndarray:
    """Last month's effect less that of the cell's own month, shape (draws, outcomes)."""
    if MONTH not in fit.data.design.levels:
        return np.zeros((draws, outcomes))
    at = evenly_spaced(fit, draws)
    effect = fit.flat("effect_first_month")[at]
    months = fit.data.design.levels[MONTH]
    own = fit.data.design.index[MONTH][cell]
    return np.asarray(effect[:, :, months.index(max(months))] - effect[:, :, own])
