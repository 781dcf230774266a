"""Checks of a fit against its data: what was learnt, observed, reproduced, and what decides it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.checks import Check
from workbench.models.fit import Fit
from workbench.models.pointwise import Process, Spend
from workbench.models.prior_weight import intensity_log_likelihood, log_prior
from workbench.models.spend import gamma_rate
from workbench.value.checks.calibration import calibrate, calibration_checks
from workbench.value.checks.extremes import extreme_checks
from workbench.value.checks.immature import immature_checks
from workbench.value.checks.influence import (
    confirm_cohorts,
    influence_checks,
    measure_influence,
)
from workbench.value.checks.learnt import learnt_checks, learnt_table
from workbench.value.checks.sensitivity import sensitivity_check
from workbench.value.checks.spend_frequency import spend_frequency, spend_frequency_check
from workbench.value.parameters import Parameters, evenly_spaced, make_parameters, spaced
from workbench.value.valuation import Valuation

__all__ = ["fit_checks", "process_of"]

#: Draws times distinct histories up to which all draws of a valuation are used, and the least
#: number of draws beyond it: fewer carry no importance weights.
EVALUATIONS = 16_000_000
FEWEST = 200

#: Cohorts that are looked at again with all draws of the fit.
MOST_CONFIRMED = 50


def process_of(parameters: Parameters) -> Process:
    """Return the draws of the purchase process among those of a valuation."""
    return Process(
        parameters.r,
        parameters.kappa,
        parameters.log_rate,
        parameters.logit_drop,
        parameters.clock,
    )


def fit_checks(fit: Fit, valuation: Valuation, customers: pd.DataFrame) -> list[Check]:
    """Judge a fit by everything but convergence and weekly tracking.

    Parameters
    ----------
    fit : Fit
    valuation : Valuation
        Of this fit.
    customers : DataFrame
        The warehouse's customer table that the fit was made on.
    """
    parameters, channels = valuation.parameters, valuation.channels
    process, n = process_of(parameters), parameters.n_draws
    checks = [
        *learnt_checks(learnt_table(fit)),
        *immature_checks(customers, channels, valuation.window),
        *calibration_checks(calibrate(fit, process.at(spaced(n, FEWEST)), customers)),
        *extreme_checks(customers),
    ]
    if parameters.has_money:
        paid = customers[(customers["repeat_days"] > 0) & (customers["mean_repeat_revenue"] > 0)]
        cell = fit.data.cell[paid.index.to_numpy()]
        p, q = float(parameters.p.mean()), float(parameters.q.mean())
        found = spend_frequency(
            paid["mean_repeat_revenue"].to_numpy(dtype=float),
            paid["repeat_days"].to_numpy(dtype=float),
            cell,
            p=p,
            q=q,
            gamma=gamma_rate(np.exp(parameters.log_spend.mean(axis=0)), p, q)[cell],
        )
        checks.append(spend_frequency_check(found))
    keep = spaced(n, max(EVALUATIONS // len(customers), FEWEST))
    spend = Spend(parameters.p, parameters.q, parameters.log_spend)
    influence = measure_influence(fit, process.at(keep), spend.at(keep), customers)
    doubtful = int(influence.cohorts["decides"].sum())
    if fit.n_draws > len(keep) and 0 < doubtful <= MOST_CONFIRMED:
        full = make_parameters(fit, draws=fit.n_draws, horizon=1)
        spend = Spend(full.p, full.q, full.log_spend)
        influence = confirm_cohorts(influence, fit, process_of(full), spend, customers)
    if not parameters.has_money:
        return [*checks, *influence_checks(influence)]
    channels = replace(channels, value=channels.value[:, keep])
    at = evenly_spaced(fit, n)[keep]
    likelihood = influence.log_likelihood + intensity_log_likelihood(fit, at)
    return [
        *checks,
        *influence_checks(influence, channels.value, channels.channels),
        sensitivity_check(channels, log_prior(fit, at), of="prior"),
        sensitivity_check(channels, likelihood, of="data"),
    ]
