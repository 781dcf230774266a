"""May this data carry these decisions? One small check per question.

Each check gives a number, what it was held against, and what to do, in words for a client. FAIL
says that figures which rest on it would mislead, REVIEW that they deserve a look. Where the data
for a check is absent it says so and is REVIEW; where a brand does not need it, it says "not
applicable". None passes in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from workbench.checks import Check
from workbench.store.readiness_channels import (
    channels_known,
    customers_without_spend,
    platform_claims,
    spend_grain,
    spend_without_channel,
    spend_without_customers,
)
from workbench.store.readiness_facts import Facts, Thresholds
from workbench.store.readiness_history import (
    after_as_of,
    history_length,
    left_truncation,
    observed_year,
    order_gaps,
    regular_buying,
)
from workbench.store.readiness_money import costs, currency, money, refund_maturity
from workbench.store.readiness_orders import (
    cohort_sizes,
    duplicates,
    enough_customers,
    giant_orders,
    guests,
    repeat_buyers,
    zero_orders,
)

if TYPE_CHECKING:
    from workbench.brand import Brand
    from workbench.sources import Exports
    from workbench.store.warehouse import Warehouse

__all__ = ["CHECKS", "Facts", "Thresholds", "readiness"]

_Checker = Callable[[Facts, Thresholds], Check]

# what can be said even when nobody bought anything
_FIRST: tuple[_Checker, ...] = (enough_customers, after_as_of, money, currency, duplicates)
CHECKS: tuple[_Checker, ...] = (
    *_FIRST,
    history_length,
    observed_year,
    left_truncation,
    order_gaps,
    repeat_buyers,
    regular_buying,
    cohort_sizes,
    guests,
    giant_orders,
    zero_orders,
    refund_maturity,
    costs,
    channels_known,
    spend_without_channel,
    spend_without_customers,
    customers_without_spend,
    platform_claims,
    spend_grain,
)
"""All checks, in the order in which they are reported."""


def readiness(
    brand: Brand,
    exports: Exports,
    warehouse: Warehouse,
    as_of: date,
    thresholds: Thresholds | None = None,
) -> list[Check]:
    """Run every readiness check.

    Parameters
    ----------
    brand : Brand
    exports : Exports
    warehouse : Warehouse
        Of the same exports.
    as_of : date
        Nothing after it is used.
    thresholds : Thresholds, optional

    Returns
    -------
    list of Check
        In the order of `CHECKS`. Without any customer only the checks that say why.
    """
    limits = thresholds or Thresholds()
    facts = Facts(brand, exports, warehouse, as_of)
    checks = _FIRST if facts.customers.empty else CHECKS
    return [check(facts, limits) for check in checks]
