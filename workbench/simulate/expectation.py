"""Expected 12-month value of a simulated cohort, in closed form.

In operational time the buying process is the MBG/NBD model, whatever the season. With h(m, A, t) =
(1 - (A / (A + p t))^m) / p the expected number of repeat purchases in an operational span t is
b/(a+b) times the mean of h(r, alpha, t) over p ~ Beta(a, b+1): the repeat formula of Batislam et
al. 2007 in a form without a pole at a = 1. The mean is taken by Gauss-Jacobi quadrature.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import roots_jacobi

from workbench.simulate.money import product_shares
from workbench.simulate.process import HORIZON_DAYS, Calendar, Population

__all__ = ["expected_contribution", "expected_repeats", "expected_value"]

Floats = npt.NDArray[np.float64]
_NODES = 24


def expected_repeats(
    shape: float, mean_rate: Floats, concentration: float, mean_dropout: Floats, span: Floats
) -> Floats:
    """Return the expected number of repeat purchases of new customers within a span.

    Parameters
    ----------
    shape : float
        r of the purchase rates.
    mean_rate : array of float
        r / alpha, purchases per operational day.
    concentration : float
        a + b of the dropout probabilities.
    mean_dropout : array of float
        a / (a + b).
    span : array of float
        Operational days since the first purchase.
    """
    alpha = shape / mean_rate
    result = np.empty(len(alpha))
    for value in np.unique(mean_dropout):
        a, b = concentration * value, concentration * (1 - value)
        # Beta(a, b + 1) on (0, 1): weight p^(a-1) (1-p)^b
        nodes, weights = roots_jacobi(_NODES, b, a - 1)
        p, weights = (nodes + 1) / 2, weights / weights.sum()
        rows = mean_dropout == value
        scale = alpha[rows][:, None]
        h = (1 - (scale / (scale + p * span[rows][:, None])) ** shape) / p
        result[rows] = (1 - value) * (h * weights).sum(axis=1)
    return result


def expected_contribution(
    population: Population, channel: npt.NDArray[np.int64], product: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the expected contribution of a first and of a repeat order of cohorts, in currency.

    Each holds its share of the later returned orders, which earn nothing and cost fulfilment and
    payment.
    """
    settings = population.settings
    spending, costs = settings.spending, settings.costs
    value = population.mean_order_value(channel, product)
    refunded = spending.partial_refund_rate * float(np.mean(spending.partial_refund_range))
    shipping = spending.shipping_rate * spending.shipping_charge

    rates = np.array([item.goods_rate for item in settings.products])
    average = float(product_shares(settings) @ rates)
    second = spending.second_line_rate * 0.3  # mean share of the second line
    same = spending.same_product_rate

    def order(factor: float, main_goods: Floats) -> tuple[Floats, Floats]:
        net = factor * value + shipping
        merchandise = factor * value - refunded * net
        goods = (main_goods * (1 - second) + average * second) * merchandise
        fee = costs.payment_rate * net * (1 + spending.tax_rate) + costs.payment_fixed
        cost = costs.fulfilment_per_order + fee
        return net * (1 - refunded) - goods - cost, cost

    repeat_goods = same * rates[product] + (1 - same) * average
    first, _ = order(spending.first_order_factor, rates[product])
    repeat, repeat_cost = order(1.0, repeat_goods)
    returned = spending.returned_rate * repeat_cost
    return first - returned, repeat - returned


def expected_value(
    population: Population, customers: pd.DataFrame, calendar: Calendar, days: int = HORIZON_DAYS
) -> Floats:
    """Return each customer's expected contribution from age 0 to `days`, given the cohort only.

    Purchase rates, dropout and order values are those of the cohort, not the customer's own draw.
    An order counts if its calendar day is at most `days` days after the first day. Currency units.
    """
    buying = population.settings.buying
    cohort = [customers[name].to_numpy() for name in ("channel", "product", "month")]
    first_day = customers["first_day"].to_numpy()
    # on average the first order falls at noon; the day of age `days` counts whole
    span = calendar.to_operational(first_day + days + 1.0) - calendar.to_operational(
        first_day + 0.5
    )
    repeats = expected_repeats(
        buying.rate_shape,
        population.mean_rate(*cohort),
        buying.dropout_concentration,
        population.mean_dropout(*cohort),
        span,
    )
    first, repeat = expected_contribution(population, cohort[0], cohort[1])
    return first + repeats * repeat
