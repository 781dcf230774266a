"""Whether another prior, or data of another weight, would change the advice: power-scaling.

The posterior with its prior (or likelihood) raised to the power alpha is reached by weighting the
draws: prior^(alpha - 1). A power below 1 weakens, above 1 strengthens.

References
----------
Kallioinen, Paananen, Bürkner and Vehtari (2024), Detecting and diagnosing prior and likelihood
sensitivity with power-scaling, Statistics and Computing 34(57), doi 10.1007/s11222-023-10366-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.checks import Check, Status
from workbench.models.psis import psis, reliable_k
from workbench.store.readiness_facts import listed
from workbench.value.channels import ChannelDraws

__all__ = [
    "Scaling",
    "SensitivityThresholds",
    "best_channel",
    "power_scale",
    "sensitivity_check",
    "standard_shift",
]

ALPHAS = (0.8, 1.25)
_HALVINGS = 5


@dataclass(frozen=True)
class SensitivityThresholds:
    """Limits.

    Parameters
    ----------
    shift : float
        REVIEW where doubling the weight of the prior would move a channel's 12-month value by this
        many of its own standard deviations (to first order).
    """

    shift: float = 0.5


@dataclass(frozen=True)
class Scaling:
    """Weights of the draws under a scaled prior or likelihood.

    Attributes
    ----------
    alpha : float
        The power reached; nearer to 1 than asked for where the draws do not carry that far.
    asked : float
    weights : ndarray, shape (draws,)
        Sum to one.
    k : float
        Pareto k of the weights.
    """

    alpha: float
    asked: float
    weights: np.ndarray
    k: float


def power_scale(log_density: np.ndarray, alphas: Sequence[float] = ALPHAS) -> list[Scaling]:
    """Weight draws to each power of a component of the posterior.

    Where the weights are not to be relied on, the power is drawn halfway to 1 (on the log scale),
    again and again, up to five times; at last it is 1, where all draws weigh the same.

    Parameters
    ----------
    log_density : ndarray, shape (draws,)
        Log prior or log likelihood of each draw, up to a constant.
    alphas : sequence of float
        Powers above 0.
    """
    out = []
    limit = reliable_k(len(log_density))
    for asked in alphas:
        alpha = float(asked)
        for _ in range(_HALVINGS + 1):
            log_weights, k = psis((alpha - 1.0) * log_density[:, None])
            if k[0] <= limit:
                break
            alpha = float(np.sqrt(alpha))
        else:
            alpha, k = 1.0, np.zeros(1)
            log_weights = np.full((len(log_density), 1), -np.log(len(log_density)))
        out.append(Scaling(alpha, float(asked), np.exp(log_weights[:, 0]), float(k[0])))
    return out


def standard_shift(values: np.ndarray, log_density: np.ndarray) -> np.ndarray:
    """Shift of means, in standard deviations, for doubling the power of a component.

    The derivative of a posterior mean by the power is its covariance with the log density; by
    log2 of the power, ln 2 times that. To first order at power 1.

    Parameters
    ----------
    values : ndarray, shape (rows, draws)
    log_density : ndarray, shape (draws,)

    Returns
    -------
    ndarray, shape (rows,)
        Zero where a row does not vary.
    """
    centred = values - values.mean(axis=1, keepdims=True)
    sd = values.std(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.log(2.0) * (centred @ (log_density - log_density.mean())) / values.shape[1] / sd
    return np.where(sd > 0, shift, 0.0)


def best_channel(draws: ChannelDraws, weights: np.ndarray | None = None) -> str:
    """Return the channel with the highest 12-month ROAS; by value where no channel has spend."""
    paid = np.isfinite(draws.spend)
    score = draws.roas if paid.any() else draws.value
    mean = score.mean(axis=1) if weights is None else score @ weights
    return draws.channels[int(np.nanargmax(np.where(paid | ~paid.any(), mean, np.nan)))]


def _worth(draws: ChannelDraws, weights: np.ndarray) -> np.ndarray:
    """P(12-month value > CAC) by channel; NaN without spend."""
    chance = (draws.value > draws.cac) @ weights
    return np.where(np.isfinite(draws.spend), chance, np.nan)


def sensitivity_check(
    draws: ChannelDraws,
    log_density: np.ndarray,
    *,
    of: str,
    thresholds: SensitivityThresholds | None = None,
) -> Check:
    """Judge whether a component decides which channel is best, or whether one pays.

    Parameters
    ----------
    draws : ChannelDraws
        With finite values.
    log_density : ndarray, shape (draws,)
        Log prior or log likelihood of the same draws.
    of : {"prior", "data"}
        The component. For the data a shift of values is to be expected and not judged.
    """
    limits = thresholds or SensitivityThresholds()
    even = np.full(len(log_density), 1.0 / len(log_density))
    best, worth = best_channel(draws), _worth(draws, even)
    scaled = power_scale(log_density)
    shift = standard_shift(draws.value, log_density)
    at = int(np.abs(shift).argmax())
    by = "12-month ROAS" if np.isfinite(draws.spend).any() else "12-month value"
    turned: list[str] = []
    for scaling in scaled:
        how = f"at {scaling.alpha:.2f} times the weight"
        other = best_channel(draws, scaling.weights)
        if other != best:
            turned.append(f"{other} takes the place of {best} as best by {by} {how}")
        changed = _worth(draws, scaling.weights)
        crossed = ((worth > 0.5) != (changed > 0.5)) & np.isfinite(worth)
        turned += [
            f"a customer of {draws.channels[i]} is {'' if changed[i] > 0.5 else 'no longer '}more "
            f"likely than not worth its CAC {how}"
            for i in np.flatnonzero(crossed)
        ]
    name, what = ("Prior sensitivity", "the priors") if of == "prior" else (
        "Data sensitivity", "the data",
    )  # fmt: skip
    threshold = "same best channel, same side of even odds, at powers 0.8 and 1.25"
    reach = " and ".join(f"{s.alpha:.2f}" for s in scaled)
    if of == "prior":
        threshold += f"; values move less than {limits.shift:g} standard deviations"
    moved = of == "prior" and abs(shift[at]) >= limits.shift
    short = [s for s in scaled if abs(np.log(s.alpha)) < 0.5 * abs(np.log(s.asked))]
    said = (
        f"With {what} at {reach} times their weight "
        + (f"{best} stays best by {by}" if not turned else listed(turned))
        + (
            f"; doubling it would move the value of {draws.channels[at]} most, by "
            f"{abs(shift[at]):.1f} of its standard deviations."
            if of == "prior"
            else "."
        )
    )
    if short:
        said += " The draws do not carry further."
    status = Status.REVIEW if turned or moved else Status.PASS
    todo = {
        "prior": "Take this choice as open: it rests on what was assumed before the data. A test "
        "between the two, or more customers, settles it.",
        "data": "Take this choice as open: a little more or less data would turn it.",
    }[of]
    return Check(
        name, status, round(float(shift[at]), 3), threshold, said,
        "" if status is Status.PASS else todo,
    )  # fmt: skip
