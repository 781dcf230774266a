"""Whom to contact: only where the uplift times what a buyer brings exceeds the cost.

A customer who is likely to leave is not thereby responsive, so the uplift is a prior of its own
and never a function of the probability of being active (Ascarza 2018, Retention Futility,
Journal of Marketing Research 55(1), doi:10.1509/jmr.16.0163).

What one more buyer brings is what a customer who is active and buys today is expected to bring in
12 months, minus what this customer was expected to bring anyway. Orders that are only bought
earlier are thereby taken out in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Offer", "break_even_uplift", "expected_profit", "profit_draws"]

_PRIOR_DRAWS = 4_000


@dataclass(frozen=True)
class Offer:
    """A campaign to single customers and what is believed of it before it runs.

    Attributes
    ----------
    uplift_mean, uplift_sd : float
        Normal prior of the change in P(an order within 60 days), common to all who are contacted.
    contact_cost : float
        Per person contacted, in currency.
    incentive : float
        Given to everybody who then buys, in currency.
    """

    uplift_mean: float
    uplift_sd: float
    contact_cost: float
    incentive: float = 0.0


def break_even_uplift(gain: np.ndarray, p_anyway: np.ndarray, offer: Offer) -> np.ndarray:
    """Uplift at which contacting somebody just pays.

    Parameters
    ----------
    gain : ndarray
        What one more buyer brings, in currency.
    p_anyway : ndarray
        Probability to buy in the window without being contacted; those get the incentive too.

    Returns
    -------
    ndarray
        Infinite where a buyer brings no more than the incentive costs.
    """
    net = np.asarray(gain, float) - offer.incentive
    cost = offer.contact_cost + offer.incentive * np.asarray(p_anyway, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(net > 0, cost / net, np.inf)


def expected_profit(gain: np.ndarray, p_anyway: np.ndarray, offer: Offer) -> np.ndarray:
    """Profit expected of contacting each customer, in currency over 12 months."""
    net = np.asarray(gain, float) - offer.incentive
    cost = offer.contact_cost + offer.incentive * np.asarray(p_anyway, float)
    return offer.uplift_mean * net - cost


def profit_draws(
    gain: np.ndarray, people: int, buy_anyway: float, offer: Offer, *, seed: int
) -> np.ndarray:
    """Profit of contacting an audience, in draws of the uplift and of the parameters.

    Purchase randomness is not inside.

    Parameters
    ----------
    gain : ndarray, shape (draws,)
        What one more buyer brings, summed over the audience, by posterior draw.
    people : int
        People contacted.
    buy_anyway : float
        How many of them are expected to buy without being contacted.
    seed : int

    Returns
    -------
    ndarray, shape (4000,)
        In currency over 12 months.
    """
    uplift = np.random.default_rng([seed, 41]).normal(
        offer.uplift_mean, offer.uplift_sd, _PRIOR_DRAWS
    )
    of_all = np.resize(np.asarray(gain, float), _PRIOR_DRAWS) - people * offer.incentive
    return uplift * of_all - people * offer.contact_cost - buy_anyway * offer.incentive
