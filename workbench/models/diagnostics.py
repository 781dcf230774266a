"""Convergence of a fit: R-hat, effective draws, divergences, each with PASS, REVIEW or FAIL."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.checks import Check, Status


@dataclass(frozen=True)
class Thresholds:
    """Limits of the convergence checks.

    R-hat: Vehtari et al. (2021), Bayesian Analysis 16(2). Effective draws: 100 per chain pass,
    half of that is to be reviewed.
    """

    r_hat_pass: float = 1.01
    r_hat_review: float = 1.05
    ess_per_chain_pass: float = 100.0
    ess_per_chain_review: float = 25.0
    divergent_share_review: float = 0.01


def _rank_of(value: float, good: float, fair: float, *, higher_is_better: bool) -> Status:
    if higher_is_better:
        value, good, fair = -value, -good, -fair
    if value <= good:
        return Status.PASS
    return Status.REVIEW if value <= fair else Status.FAIL


def convergence_checks(
    r_hat: dict[str, np.ndarray],
    ess: dict[str, np.ndarray],
    divergences: int,
    *,
    chains: int,
    draws: int,
    longer: bool = False,
    thresholds: Thresholds | None = None,
) -> list[Check]:
    """Judge a fit.

    Parameters
    ----------
    r_hat, ess : dict of str to ndarray
        Rank-normalised split R-hat and the smaller of bulk and tail effective sample size, by
        parameter.
    divergences : int
        Divergent transitions after warm-up, all chains.
    chains, draws : int
        Chains, and kept draws per chain.
    longer : bool
        Whether this is the second, longer run already.
    """
    limits = thresholds or Thresholds()
    # What cannot be computed is the worst there is: a comparison with NaN would hide it.
    worst_r, at_r = max((float(np.nan_to_num(v, nan=np.inf).max()), k) for k, v in r_hat.items())
    worst_e, at_e = min((float(np.nan_to_num(v, nan=0.0).min()), k) for k, v in ess.items())
    again = (
        "This was the second, longer run: try fewer cohort dimensions (`cohorts` in brand.yaml) or "
        "more history"
        if longer
        else "Run again with more draws (tune and draws doubled)"
    )
    more = f"{again} before acting on a close call."
    never = f"{again}; do not act on this fit."
    good_e = limits.ess_per_chain_pass * chains
    fair_e = limits.ess_per_chain_review * chains
    share = divergences / (chains * draws)
    status = (
        Status.PASS
        if divergences == 0
        else Status.REVIEW
        if share <= limits.divergent_share_review
        else Status.FAIL
    )
    return [
        Check(
            "R-hat",
            _rank_of(worst_r, limits.r_hat_pass, limits.r_hat_review, higher_is_better=False),
            round(worst_r, 4),
            f"at most {limits.r_hat_pass}",
            f"Largest R-hat {worst_r:.3f} ({at_r}): chains "
            + ("agree." if worst_r <= limits.r_hat_pass else "do not agree well enough."),
            "None."
            if worst_r <= limits.r_hat_pass
            else more
            if worst_r <= limits.r_hat_review
            else never,
        ),
        Check(
            "Effective draws",
            _rank_of(worst_e, good_e, fair_e, higher_is_better=True),
            round(worst_e, 1),
            f"at least {good_e:.0f}",
            f"Fewest effective draws {worst_e:.0f} ({at_e}) of {chains * draws}.",
            "None." if worst_e >= good_e else more if worst_e >= fair_e else never,
        ),
        Check(
            "Divergences",
            status,
            divergences,
            "0",
            f"{divergences} of {chains * draws} transitions diverged.",
            "None." if divergences == 0 else f"A few can bias the spread of effects. {again}.",
        ),
    ]
