"""Log prior and log likelihood of posterior draws, read off the named parameters of a fit.

What power-scaling needs: both up to a constant that is the same in every draw. The prior is that
of the top of the hierarchy, in the scale the model is stated in: logs of positive parameters, and
levels. The distribution of effects given their spread is the model's pooling, and stays as it is.
"""

from __future__ import annotations

import numpy as np

from workbench.models.data import ModelData
from workbench.models.fit import Fit
from workbench.models.layout import level_priors, positive_priors
from workbench.models.priors import Priors

__all__ = ["intensity_log_likelihood", "log_prior", "prior_normals"]

#: Parameters of `positive_priors` that a posterior stores shifted: q is kept, q - 1 has the prior.
_SHIFTED = {"q_minus_1": ("q", 1.0)}


def prior_normals(
    fit: Fit, priors: Priors | None = None
) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Draws of everything with a prior of its own, on the scale where that prior is normal.

    Parameters
    ----------
    fit : Fit
    priors : Priors, optional
        Those of the fit.

    Returns
    -------
    dict of str to (draws, mean, sd)
        Log of each positive parameter and the levels: draws of shape (draws, n), mean and sd of
        their normal priors of shape (n,). Spreads of shape n hold one value for each outcome
        (purchase rate, dropout and, with money, spend).
    """
    priors = priors or Priors()
    out = {}
    for name, rows in positive_priors(fit.data, priors).items():
        stored, shift = _SHIFTED.get(name, (name, 0.0))
        values = fit.flat(stored) - shift
        table = np.asarray(rows, dtype=float)
        out[name] = (np.log(values).reshape(len(values), -1), table[:, 0], table[:, 1])
    level = np.array(level_priors(fit.data, priors))
    out["level"] = (fit.flat("level"), level[:, 0], level[:, 1])
    return out


def log_prior(fit: Fit, at: np.ndarray, priors: Priors | None = None) -> np.ndarray:
    """Log prior of draws, up to a constant, shape (len(at),).

    Parameters
    ----------
    fit : Fit
    at : ndarray of int
        Which draws, chains joined.
    priors : Priors, optional
        Those of the fit.
    """
    total = np.zeros(len(at))
    for draws, mean, sd in prior_normals(fit, priors).values():
        total -= 0.5 * (((draws[at] - mean) / sd) ** 2).sum(axis=1)
    return total


def intensity_log_likelihood(fit: Fit, at: np.ndarray) -> np.ndarray:
    """What the days of repeat purchases say about the calendar, shape (len(at),).

    Every repeat purchase contributes the log intensity of its month; the rest of the calendar's
    effect sits in the clock that histories are read on.
    """
    data: ModelData = fit.data
    log_intensity = fit.flat("season")[at][:, data.calendar.month_of_year]
    if "departure" in fit.posterior:
        log_intensity = log_intensity + fit.flat("departure")[at]
    return log_intensity @ data.repeats_by_period
