"""12-month value of a customer won next: a cohort that does not exist yet."""

from __future__ import annotations

import numpy as np

from workbench.models.design import MONTH
from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.value.cohorts import CohortValue
from workbench.value.parameters import Parameters, evenly_spaced, next_month_shift
from workbench.value.scope import AcquisitionWindow


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
    products come in the mix of the acquisition window. Expectation given the parameters: purchase
    randomness is not inside, because many customers will be won.

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
    cells = fit.data.design.cells
    margins = fit.data.margins
    if margins is None:
        raise ValueError("A log without money has no 12-month value.")
    last_month = max(fit.data.design.levels.get(MONTH, ("",)))
    horizon = parameters.future[:, -1]
    model = family(fit.data.family)
    rng = np.random.default_rng([seed, 23])
    pace = parameters.pace * np.exp(parameters.pace_spread * rng.normal(size=parameters.n_draws))
    spend_pace = parameters.spend_pace * np.exp(
        parameters.spend_pace_spread * rng.normal(size=parameters.n_draws)
    )

    out = np.zeros((len(channels), parameters.n_draws))
    for k, channel in enumerate(channels):
        shares = mix.loc[channel]
        shares = shares / shares.sum()
        for product, share in shares.items():
            # Any cell of this channel and product carries their effects; its own month's effect
            # is exchanged for the last month's plus one step.
            match = (cells["channel"].isin([channel, "All"])) & (
                cells["first_product"].isin([product, "All"])
            )
            c = int(np.flatnonzero(match.to_numpy())[-1])
            log_rate = parameters.log_rate[:, c] + shift[:, 0]
            logit_drop = parameters.logit_drop[:, c] + shift[:, 1]
            log_spend = parameters.log_spend[:, c].copy()
            if shift.shape[1] > 2:
                log_spend += shift[:, 2]
            if MONTH in fit.data.design.levels:
                moved = _month_correction(fit, parameters.n_draws, c, last_month)
                log_rate += moved[:, 0]
                logit_drop += moved[:, 1]
                if moved.shape[1] > 2:
                    log_spend += moved[:, 2]
            shapes = model.natural(parameters.r, log_rate, parameters.kappa, logit_drop)
            orders = model.expected_purchases_new(horizon * pace, **shapes)
            g = int(margins.group_of_cell[c])
            each = parameters.ratio[:, g] * spend_pace * np.exp(log_spend) - parameters.fixed_cost
            out[k] += share * (parameters.first_value[:, g] + orders * each)
    return channels, out


def _month_correction(fit: Fit, draws: int, cell: int, last_month: str) -> np.ndarray:
    """Last month's effect less that of the cell's own month, shape (draws, outcomes)."""
    at = evenly_spaced(fit, draws)
    effect = fit.flat("effect_first_month")[at]
    own = fit.data.design.index[MONTH][cell]
    last = fit.data.design.levels[MONTH].index(last_month)
    return effect[:, :, last] - effect[:, :, own]
