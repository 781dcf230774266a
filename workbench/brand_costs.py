"""The `costs` of a brand.yaml: what an order costs, for contribution."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Strict,
    StrictStr,
    Tag,
    field_validator,
    model_validator,
)

from workbench.settings import SettingsModel, setting_problem

__all__ = ["Costs", "Money", "Payment", "Rate", "RateTable", "Share"]

Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Money = Annotated[float, Strict(), Field(ge=0)]


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise setting_problem(f"{text!r} is no month", allowed="YYYY-MM, e.g. 2026-01")
    return text


class RateTable(SettingsModel):
    """A rate that differs by product or by month of the order.

    Parameters
    ----------
    by_product : dict of str to float, optional
        Rate by product category, as `first_product` names them.
    by_month : dict of str to float, optional
        Rate by calendar month of the order, keys like ``"2026-01"``.
    default : float
        Rate of every product or month that is not listed.
    """

    by_product: dict[StrictStr, Money] | None = None
    by_month: dict[Annotated[StrictStr, AfterValidator(_month)], Money] | None = None
    default: Money

    @model_validator(mode="after")
    def _one_kind(self) -> RateTable:
        if (self.by_product is None) == (self.by_month is None):
            raise setting_problem(
                "a table of rates is by product or by month",
                allowed="by_product or by_month, and default",
                todo="keep one of the two",
            )
        return self

    def rates(self) -> list[float]:
        """Return every rate of the table, the default first."""
        listed = self.by_product or self.by_month or {}
        return [self.default, *listed.values()]


Rate = Annotated[
    Annotated[Money, Tag("rate")] | Annotated[RateTable, Tag("table")],
    Discriminator(lambda value: "table" if isinstance(value, Mapping | RateTable) else "rate"),
]


class Payment(SettingsModel):
    """Payment fees: a share of the amount charged plus an amount per order, in shop currency."""

    rate: Share = 0.0
    fixed: Money = 0.0


class Costs(SettingsModel):
    """What an order costs.

    Parameters
    ----------
    goods_rate : float or RateTable
        Cost of goods as a share of items after discount and refund, 0 to 1.
    fulfilment_per_order : float or RateTable
        Packing and shipping cost, in shop currency per order.
    payment : Payment
        Payment fees.
    tax_included_rate : float
        Tax contained in the shop's prices, e.g. 0.2 for 20% VAT; 0 where prices exclude tax.
    """

    goods_rate: Rate
    fulfilment_per_order: Rate = 0.0
    payment: Payment = Payment()
    tax_included_rate: Share = 0.0

    @field_validator("goods_rate")
    @classmethod
    def _a_share(cls, rate: float | RateTable) -> float | RateTable:
        highest = max(rate.rates()) if isinstance(rate, RateTable) else rate
        if highest > 1:
            raise setting_problem(
                f"a goods rate of {highest:g} is more than the whole revenue",
                allowed="a share from 0 to 1",
                todo="write 34% as 0.34",
            )
        return rate
