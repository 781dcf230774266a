# mypy: allow-untyped-defs
"""One history's term of the Pareto/NBD log-likelihood with its gradient, compiled.

Called for every history and gradient of a fit, hence with fewer nodes and without arrays; the
variable and its reasons are those of `workbench.models.families.dropout`, to whose integral tests
hold this one.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Gauss-Legendre rules, cheapest first: largest fall of the log integrand, longest range, nodes.
#: Most histories of a shop need one of the first two; the last covers everything.
SMALL, MIDDLE, LARGE = (3.0, 1.4, 6), (10.0, 3.0, 10), (np.inf, np.inf, 16)
_RULES = [np.polynomial.legendre.leggauss(rule[2]) for rule in (SMALL, MIDDLE, LARGE)]
#: Positions on (0, 1), one rule after the other, and weights that sum to one in each.
PLACES = np.concatenate([0.5 + 0.5 * nodes for nodes, _ in _RULES])
WEIGHTS = np.concatenate([0.5 * weights for _, weights in _RULES])
#: Fall of the log integrand, from its start, beyond which it is left out: exp(-24) is 4e-11.
FALL = 24.0
#: Newton's method stops within this of FALL: the rule still integrates exp(-30 y) to 1e-9.
SLACK = 6.0


@njit(cache=True, nogil=True, error_model="numpy")
def pareto_term(x, t_x, T, r, alpha, s, beta):
    """Part of a history's log-likelihood that depends on times, and its derivatives.

    The log of (alpha + T)^-(r + x) (beta + T)^-s
    + s times the integral of (alpha + u)^-(r + x) (beta + u)^-(s + 1) over u from t_x to T.
    Left out of the log-likelihood are lnGamma(r + x) - lnGamma(r) + r ln(alpha) + s ln(beta), and
    left out of the derivatives are theirs. For r and s from 0.05 to 5, alpha and beta from 0.5 to
    500 weeks, T up to 600 weeks and x up to 300 the error is below 1e-9 in the value, d_r and d_s
    and, relative to them, below 1e-8 in the other derivatives.

    Parameters
    ----------
    x : float
        Repeat purchases.
    t_x, T : float
        Last repeat and end of observation after the first purchase, in weeks; 0 <= t_x <= T.
    r, alpha, s, beta : float
        Parameters; alpha and beta in weeks.

    Returns
    -------
    value, d_r, d_alpha, d_s, d_beta, d_tx, d_T : float
    """
    m = r + x
    log_alpha_end = math.log(alpha + T)
    log_beta_end = math.log(beta + T)
    log_alive = -m * log_alpha_end - s * log_beta_end
    if t_x >= T:
        # No time to have dropped out in; only the derivative by t_x sees that there might be.
        hazard = s / (beta + T)
        rate = m / (alpha + T)
        return log_alive, -log_alpha_end, -rate, -log_beta_end, -hazard, -hazard, -rate

    swap = beta < alpha  # the smaller of the two goes with the variable
    if swap:
        start = beta + t_x
        gap = (alpha - beta) / start
        power = m
    else:
        start = alpha + t_x
        gap = (beta - alpha) / start
        power = s + 1.0
    steep = m + s
    log_start = math.log(start)
    full = math.log1p(gap)

    # Integrand exp(-steep v) ((1 + gap) / (1 + gap exp(-v)))^power, concave in its logarithm: the
    # tangent at 0, then those from beyond, meet -FALL beyond where the function does.
    reach = math.log1p((T - t_x) / start)
    slope = power * gap / (1.0 + gap) - steep
    if slope * reach < -FALL:
        reach = -FALL / slope
    if steep * reach > FALL + SLACK:  # the function falls by no more than that
        for _ in range(20):
            shrunk = gap * math.exp(-reach)
            height = power * (full - math.log1p(shrunk)) - steep * reach
            if height > -FALL - SLACK:
                break
            reach += (height + FALL) / (steep - power * shrunk / (1.0 + shrunk))

    if steep * reach < SMALL[0] and reach < SMALL[1]:
        begin, end = 0, SMALL[2]
    elif steep * reach < MIDDLE[0] and reach < MIDDLE[1]:
        begin, end = SMALL[2], SMALL[2] + MIDDLE[2]
    else:
        begin, end = SMALL[2] + MIDDLE[2], SMALL[2] + MIDDLE[2] + LARGE[2]
    total = 0.0
    by_v = 0.0
    by_log = 0.0
    by_smaller = 0.0
    by_larger = 0.0
    for j in range(begin, end):
        v = reach * PLACES[j]
        back = math.exp(-v)
        ratio = 1.0 + gap * back  # (larger + u) / (smaller + u)
        log_ratio = math.log(ratio)
        density = WEIGHTS[j] * math.exp(power * (full - log_ratio) - steep * v)
        total += density
        by_v += density * v
        by_log += density * log_ratio
        by_smaller += density * back
        by_larger += density * back / ratio
    mean_log_smaller = log_start + by_v / total
    mean_log_larger = mean_log_smaller + by_log / total
    inverse_smaller = by_smaller / (total * start)
    inverse_larger = by_larger / (total * start)

    log_first = -steep * log_start - power * full  # start times the integrand at t_x
    log_gone = math.log(s * total * reach) + log_first
    odds = math.exp(-abs(log_gone - log_alive))
    likely = 1.0 / (1.0 + odds)
    value = max(log_gone, log_alive) + math.log1p(odds)
    if log_gone > log_alive:
        gone, alive = likely, odds * likely
    else:
        gone, alive = odds * likely, likely

    if swap:
        log_alpha, log_beta = mean_log_larger, mean_log_smaller
        inverse_alpha, inverse_beta = inverse_larger, inverse_smaller
    else:
        log_alpha, log_beta = mean_log_smaller, mean_log_larger
        inverse_alpha, inverse_beta = inverse_smaller, inverse_larger
    d_r = -(alive * log_alpha_end + gone * log_alpha)
    d_s = -(alive * log_beta_end + gone * (log_beta - 1.0 / s))
    d_alpha = -m * (alive / (alpha + T) + gone * inverse_alpha)
    d_beta = -(alive * s / (beta + T) + gone * (s + 1.0) * inverse_beta)
    d_tx = -math.exp(log_first - log_start + math.log(s) - value)
    d_T = -alive * m / (alpha + T)
    return value, d_r, d_alpha, d_s, d_beta, d_tx, d_T
