"""One number for the state of a fit, made of its checks.

A hundred less what every check costs: nothing for PASS, 5 points for REVIEW, 25 for FAIL. What a
failed check leaves in doubt cannot be bought back by others that pass, so a FAIL caps the score at
50, and one of convergence, after which there is no posterior to quote, at 20. A check that gets
better never lowers the score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.checks import Check, Status, worst

__all__ = [
    "CONVERGENCE",
    "DATA_CHECKS",
    "HEALTH",
    "INVALIDATES",
    "HealthWeights",
    "health_check",
    "health_score",
    "scope_of",
    "withheld",
]

HEALTH = "Health"
"""Name of the check that sums up the others; it is not one more of them."""

CONVERGENCE = frozenset({"R-hat", "Effective draws", "Divergences"})
"""Model checks whose failure means that there is no posterior to quote."""

DATA_CHECKS = frozenset({"regular_buying", "giant_orders"})
"""Checks of the data that are about what the model assumes, and count for its health."""

INVALIDATES: dict[str, str] = {
    "money": "amounts",
    "currency": "amounts",
    "costs": "amounts",
    "giant_orders": "amounts",
    "refund_maturity": "amounts",
    "customers": "forecast",
    "history_length": "forecast",
    "observed_year": "forecast",
    "left_truncation": "forecast",
    "order_gaps": "forecast",
    "repeat_buyers": "forecast",
    "regular_buying": "forecast",
    "guests": "forecast",
    "spend_without_channel": "acquisition",
    "spend_without_customers": "acquisition",
    "customers_without_spend": "acquisition",
    "platform_claims": "acquisition",
    "spend_grain": "acquisition",
    "channels_known": "channel",
    "cohort_sizes": "cohort",
}
"""What a failed readiness check takes away.

"amounts" leaves purchases, "forecast" what was observed, "acquisition" (CAC, ROAS, payback) the
values, "channel" what is not split by channel, "cohort" what is not split by cohort. A check that
is not listed takes away everything but counts: an unknown failure must not pass for a harmless one.
"""


@dataclass(frozen=True)
class HealthWeights:
    """What a check costs, in points of 100.

    Parameters
    ----------
    review, fail : int
        Taken off for each check.
    fail_cap, convergence_cap : int
        Highest score with a failed check, and with a failed check of convergence.
    good : int
        Score from which the health itself is a PASS.
    """

    review: int = 5
    fail: int = 25
    fail_cap: int = 50
    convergence_cap: int = 20
    good: int = 80

    def cost(self, check: Check) -> int:
        """Points that a check takes off."""
        return {Status.PASS: 0, Status.REVIEW: self.review, Status.FAIL: self.fail}[check.status]


def health_score(checks: Iterable[Check], weights: HealthWeights | None = None) -> int:
    """Return the health of a fit, 0 to 100.

    Parameters
    ----------
    checks : iterable of Check
        Of the fit; a check named `HEALTH` among them is passed over. No check at all is no
        evidence of health and scores 0.
    """
    weights = weights or HealthWeights()
    judged = [check for check in checks if check.check != HEALTH]
    if not judged:
        return 0
    score = 100 - sum(weights.cost(check) for check in judged)
    failed = {check.check for check in judged if check.status is Status.FAIL}
    if failed:
        score = min(score, weights.fail_cap)
    if failed & CONVERGENCE:
        score = min(score, weights.convergence_cap)
    return max(score, 0)


def health_check(
    checks: Sequence[Check],
    readiness: Iterable[Check] = (),
    weights: HealthWeights | None = None,
) -> Check:
    """Return the health as a check that says what lowered it most.

    Parameters
    ----------
    checks : sequence of Check
        Of the fit.
    readiness : iterable of Check
        Of the data; only `DATA_CHECKS` count.
    """
    weights = weights or HealthWeights()
    judged = [*checks, *(check for check in readiness if check.check in DATA_CHECKS)]
    score = health_score(judged, weights)
    threshold = f"at least {weights.good} of 100, no check failed"
    lowering = sorted(
        (check for check in judged if check.status is not Status.PASS and check.check != HEALTH),
        key=lambda check: (
            -weights.cost(check),
            check.status is not Status.FAIL or check.check not in CONVERGENCE,
        ),
    )
    if not lowering:
        said = "no check asks for a second look" if judged else "no check was made"
        status = Status.PASS if judged else Status.REVIEW
        return Check(HEALTH, status, score, threshold, f"{score} of 100: {said}.", "")
    most = lowering[0]
    status = Status.PASS if score >= weights.good else Status.REVIEW
    if worst(judged) is Status.FAIL:
        status = Status.FAIL
    others = len(lowering) - 1
    more = f", and {others} other check{'' if others == 1 else 's'}" if others else ""
    name = most.check.replace("_", " ")
    return Check(
        HEALTH,
        status,
        score,
        threshold,
        f"{score} of 100. Lowered most by: {name[:1].upper() + name[1:]} ({most.status}){more}.",
        most.recommendation,
    )


def scope_of(check: str) -> str:
    """Return what a failed check takes away, see `INVALIDATES`."""
    return "forecast" if check in CONVERGENCE else INVALIDATES.get(check, "all")


def withheld(data: Iterable[str], model: Iterable[str]) -> dict[str, list[str]]:
    """Return what failed checks take away: names of the checks by scope, see `INVALIDATES`.

    Parameters
    ----------
    data, model : iterable of str
        Names of readiness checks and of model checks that failed. Of the latter only those of
        convergence take something away: after the others there is a posterior, if a doubtful one.
    """
    taken: dict[str, list[str]] = {}
    for name in (*data, *(name for name in model if name in CONVERGENCE)):
        taken.setdefault(scope_of(name), []).append(name)
    return taken
