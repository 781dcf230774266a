"""Joint draws of all that decides a budget: response, share caused by spend, value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.decisions.budget_settings import BudgetSettings
from workbench.models.response import ResponseDraws

__all__ = ["WEEKS_PER_MONTH", "JointDraws", "join_draws"]

WEEKS_PER_MONTH = 365.25 / 12.0 / 7.0


@dataclass(frozen=True)
class JointDraws:
    """Draws for the channels that can be decided on; rows follow `channels`.

    Attributes
    ----------
    channels : list of str
        With spend now, a counted customer and a 12-month value.
    position : ndarray of int
        Their places among the channels of the response.
    customers : ndarray, shape (channels, draws)
        Counted new customers a week at today's spend.
    incrementality : ndarray, shape (channels, draws)
        Customers that spend caused for each one counted: the prior share of those won, times
        `per_counted`; or what the settings say of the channel, as a geo test finds it.
    value : ndarray, shape (channels, draws)
        12-month value of the next customer, currency.
    per_counted : ndarray, shape (channels, draws)
        Customers won for each one counted, those of unknown channel that are the channel's own
        included (`workbench.value.unknown`): 1 where no channel is unknown. The next customer loses
        its source as often as earlier ones did.
    """

    channels: list[str]
    position: np.ndarray
    customers: np.ndarray
    incrementality: np.ndarray
    value: np.ndarray
    per_counted: np.ndarray


def join_draws(
    response: ResponseDraws,
    value: np.ndarray,
    value_channels: list[str],
    settings: BudgetSettings,
    per_counted: np.ndarray | None = None,
) -> JointDraws:
    """Pair draws of response, share caused and value, which come from separate fits.

    Rows of `per_counted` are those of `value`, as in `JointDraws`; None says 1.
    """
    rng = np.random.default_rng([settings.seed, 59])
    place = {name: i for i, name in enumerate(value_channels)}
    counted = response.data.customers.sum(axis=0) > 0
    position = np.array(
        [
            i
            for i, name in enumerate(response.channels)
            if name in place and response.spend_now[i] > 0 and counted[i]
        ],
        dtype=int,
    )
    names = [response.channels[i] for i in position]
    n = response.n_draws
    # one order for all channels: what their values share stays shared
    order = np.concatenate(
        [rng.permutation(value.shape[1]) for _ in range(-(-n // value.shape[1]))]
    )[:n]
    mean = [settings.channel_incrementality.get(k, settings.incrementality) for k in names]
    sd = [settings.channel_incrementality_sd.get(k, settings.incrementality_sd) for k in names]
    shape = (np.array(mean) / np.array(sd)) ** 2
    caused = rng.gamma(shape[:, None], (np.array(mean) / shape)[:, None], (len(names), n))
    rows = [place[name] for name in names]
    each = np.ones_like(value) if per_counted is None else np.broadcast_to(per_counted, value.shape)
    each = each[rows][:, order]
    # a test counts everybody, so what it found per counted customer holds those of unknown channel
    tested = np.array([name in settings.channel_incrementality for name in names], dtype=bool)
    caused = np.where(tested[:, None], caused, caused * each)
    return JointDraws(
        names, position, response.customers[position], caused, value[rows][:, order], each
    )
