"""What repeat orders brought so far, against what the fitted spend model makes of as many.

Gamma-Gamma's mean need not be the mean of the amounts: theirs is larger where their tail is heavier
than the model's, or where frequent buyers spend more per order than rare ones. Of three real logs
orders had brought 8, 18 and 27% more than the fitted means say, and went on to do so.
"""

from __future__ import annotations

import numpy as np

from workbench.models.spend_data import SpendData

__all__ = ["MISFIT_SD", "spend_level"]

#: Standard deviation, log scale, of how far amounts of a shop are off the fitted means: a prior,
#: with mean zero, after the three logs.
MISFIT_SD = 0.15


def spend_level(spend: SpendData, mean_spend: np.ndarray) -> tuple[float, float]:
    """Log of the factor by which orders bring more than fitted means say, and what is unsure of it.

    The observed ratio is normal about the factor on the log scale, with the standard error of a
    ratio of sums over customers, and the factor is normal about 1: few or very unequal customers
    move it little.

    Parameters
    ----------
    spend : SpendData
    mean_spend : ndarray, shape (cells,)
        Fitted mean of a purchase day's net revenue, over the brand's scale.

    Returns
    -------
    location, sd : float
        Of its posterior, log scale; 0 and `MISFIT_SD` where nobody bought again.
    """
    observed = float(spend.customers @ spend.spent)
    expected = float(spend.days @ mean_spend[spend.cell])
    if not (observed > 0 and expected > 0):
        return 0.0, MISFIT_SD
    # Sum over customers of (spent - x mean)^2, expanded: nodes know x alone, spent alone and both.
    mean = observed / float(spend.days.sum())
    squares = float(spend.customers @ spend.spent**2) - 2 * mean * float(spend.days @ spend.spent)
    squares += mean**2 * float(spend.count @ spend.distinct**2)
    error = max(squares, 0.0) / observed**2
    precision = 1.0 / MISFIT_SD**2 + 1.0 / max(error, 1e-12)
    return float(np.log(observed / expected) / max(error, 1e-12) / precision), precision**-0.5
