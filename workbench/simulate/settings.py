"""What a simulated brand is made of: frozen settings, the truth that a model must recover.

A simulated brand is a short story in numbers. :class:`BrandSettings` holds all of it: how
customers arrive (:class:`Channel`, :class:`Product`, growth, season), how they buy
(:class:`Buying`), what they spend (:class:`Spending`) and what an order costs
(:class:`CostSettings`). Effects of channels and products are on the log scale for rates and order
values and on the logit scale for dropout, so that they add up across dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

__all__ = [
    "BrandSettings",
    "Buying",
    "Campaign",
    "Channel",
    "CostSettings",
    "Product",
    "Spending",
]


@dataclass(frozen=True)
class Campaign:
    """One ad campaign: its name in the platform and its share of the channel's spend."""

    name: str
    share: float


@dataclass(frozen=True)
class Channel:
    """One acquisition channel.

    Attributes
    ----------
    name : str
        Name of the channel, as `channel_rules` of the written `brand.yaml` gives it.
    share : float
        Weight of the channel among new customers (weights need not sum to 1).
    rate, dropout, order_value : float
        Effects on log purchase rate, logit dropout and log mean order value.
    cac : float or None
        Average spend per new customer, in currency; None for a channel without spend.
    claim : float
        Purchases that the platform claims per customer that it really won.
    untracked : float
        Share of the channel's first orders that reach the shop without any source.
    sources : tuple of (source, medium, weight)
        What the `utm_source` and `utm_medium` of its orders look like.
    campaigns : tuple of Campaign
        Campaigns that share the spend.
    """

    name: str
    share: float
    rate: float = 0.0
    dropout: float = 0.0
    order_value: float = 0.0
    cac: float | None = None
    claim: float = 1.0
    untracked: float = 0.05
    sources: tuple[tuple[str, str, float], ...] = ()
    campaigns: tuple[Campaign, ...] = ()


@dataclass(frozen=True)
class Product:
    """One product category: its weight among first orders, effects, goods cost and articles.

    `goods_rate` is the cost of goods as a share of the net revenue of its lines.
    """

    name: str
    share: float
    rate: float = 0.0
    dropout: float = 0.0
    order_value: float = 0.0
    goods_rate: float = 0.34
    articles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Buying:
    """The MBG/NBD buying process of a population (Batislam et al. 2007).

    Attributes
    ----------
    rate_shape : float
        r, the shape of the Gamma distribution of purchase rates.
    mean_rate : float
        r / alpha of the reference customer: purchases a day while active.
    dropout_concentration : float
        a + b of the Beta distribution of dropout probabilities.
    mean_dropout : float
        a / (a + b) of the reference customer: chance of leaving after an order.
    month_rate_step, month_dropout_step : float
        Monthly step (standard deviation) of the random walks over first-purchase months.
    season : tuple of 12 floats
        Relative buying intensity of the calendar months, January first, before scaling to mean 1.
    """

    rate_shape: float = 0.85
    mean_rate: float = 1.45 / 365
    dropout_concentration: float = 2.6
    mean_dropout: float = 0.36
    month_rate_step: float = 0.03
    month_dropout_step: float = 0.03
    season: tuple[float, ...] = (
        0.92, 0.93, 0.95, 0.94, 1.00, 0.93, 0.90, 0.93, 0.96, 1.03, 1.27, 1.26,
    )  # fmt: skip


@dataclass(frozen=True)
class Spending:
    """Order values (Gamma-Gamma; Fader and Hardie 2013) and what is added to or taken from them.

    Order value = items after discount, before shipping and tax. All money in currency units.
    `refund_days` is the longest time from an order to its refund. `returned_rate` counts extra
    orders, fully refunded later, per kept order: they cost fulfilment and payment and are no
    purchase.
    """

    mean_order_value: float
    shape: float = 6.0
    customer_shape: float = 5.0
    first_order_factor: float = 0.94
    second_line_rate: float = 0.3
    same_product_rate: float = 0.6
    discount_rate_first: float = 0.45
    discount_rate_repeat: float = 0.18
    discount_share: float = 0.10
    shipping_rate: float = 0.45
    shipping_charge: float = 5.95
    tax_rate: float = 0.07
    partial_refund_rate: float = 0.035
    partial_refund_range: tuple[float, float] = (0.2, 0.8)
    returned_rate: float = 0.025
    refund_days: int = 30


@dataclass(frozen=True)
class CostSettings:
    """Costs as the written `brand.yaml` states them; goods rates stand in the products."""

    fulfilment_per_order: float
    payment_rate: float = 0.029
    payment_fixed: float = 0.30


@dataclass(frozen=True)
class BrandSettings:
    """Everything about one simulated brand but the seed.

    Attributes
    ----------
    stage : int
        Revenue stage 1 to 4 whose exports are written.
    name, currency, timezone : str
        As in `brand.yaml`.
    customers : int
        Customers acquired up to and including the as-of date.
    start, as_of : date
        First and last day of the observed history.
    growth : float
        New customers a day at the end over those at the start.
    acquisition_season : tuple of 12 floats
        Relative acquisition intensity of the calendar months, January first.
    response : float
        Elasticity of new customers to the weekly swings of ad spend.
    spend_swing : float
        Standard deviation of log weekly spend around its plan.
    product_tilt : float
        Standard deviation of the log product mix between channels.
    noise_order_rate : float
        Voided, pending and cancelled orders per real order.
    """

    stage: int
    name: str
    customers: int
    channels: tuple[Channel, ...]
    products: tuple[Product, ...]
    spending: Spending
    costs: CostSettings
    buying: Buying = field(default_factory=Buying)
    currency: str = "USD"
    timezone: str = "America/New_York"
    start: date = date(2024, 7, 1)
    as_of: date = date(2026, 6, 30)
    growth: float = 2.8
    acquisition_season: tuple[float, ...] = (
        0.90, 0.92, 0.95, 0.95, 1.02, 0.94, 0.90, 0.93, 0.97, 1.05, 1.30, 1.22,
    )  # fmt: skip
    response: float = 0.65
    spend_swing: float = 0.25
    product_tilt: float = 0.3
    noise_order_rate: float = 0.012

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises
        ------
        ValueError
            With every setting that is out of range.
        """
        wrong = []
        if self.customers < 1:
            wrong.append(f"customers must be at least 1, got {self.customers}")
        if not self.channels or not self.products:
            wrong.append("a brand needs at least one channel and one product")
        if (self.as_of - self.start).days < 30:
            wrong.append(f"history must be 30 days or longer, got {self.start} to {self.as_of}")
        if not 0 < self.buying.mean_dropout < 1:
            wrong.append(f"mean_dropout must be between 0 and 1, got {self.buying.mean_dropout}")
        if self.spending.customer_shape <= 1:
            wrong.append("customer_shape must exceed 1, or the mean order value is infinite")
        for months in (self.buying.season, self.acquisition_season):
            if len(months) != 12 or min(months) <= 0:
                wrong.append("a season needs 12 positive numbers")
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def days(self) -> int:
        """Days of history, first and last included."""
        return (self.as_of - self.start).days + 1

    @property
    def months(self) -> list[str]:
        """First-purchase months of the history, as '2026-01'."""
        days = np.datetime64(self.start, "D") + np.arange(self.days)
        return [str(month) for month in np.unique(days.astype("datetime64[M]"))]

    def generator(self, seed: int, part: str) -> np.random.Generator:
        """Random generator of one part of the work.

        Each part has its own stream, so that a change in how a file is written leaves the buying
        process of every seed as it was.
        """
        return np.random.default_rng([seed, self.stage, *part.encode()])
