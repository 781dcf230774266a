"""One brand per revenue stage: invented shops whose reported ROAS misleads.

The numbers are chosen so that 25 to 40% of customers buy again within 12 months, so that a channel
which reports well may be worth little, and so that at least one channel of the larger brands costs
more than it brings in 12 months.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.simulate.settings import (
    BrandSettings,
    Buying,
    Campaign,
    Channel,
    CostSettings,
    Product,
    Spending,
)

__all__ = ["CUSTOMERS", "SAMPLE_FOLDERS", "stage_settings"]

CUSTOMERS = {1: 10_200, 2: 18_800, 3: 26_300, 4: 30_700}
"""Customers of each sample brand; its seed is its stage."""

SAMPLE_FOLDERS = {1: "little_fern", 2: "northfold_coffee", 3: "juniper_tea", 4: "alder_home"}
"""Folder of each sample brand under data/sample."""

_META = Channel(
    "Meta Ads",
    0.36,
    sources=(
        ("facebook", "paid_social", 0.34),
        ("fb", "paid", 0.20),
        ("FB", "cpc", 0.08),
        ("ig", "paid_social", 0.22),
        ("Instagram", "paid", 0.08),
        ("facebook", "cpc", 0.08),
    ),
    campaigns=(
        Campaign("Prospecting | Broad", 0.52),
        Campaign("Prospecting | LAL purchasers", 0.30),
        Campaign("Retargeting | 30d visitors", 0.18),
    ),
    untracked=0.07,
)
_GOOGLE = Channel(
    "Google Ads",
    0.20,
    sources=(
        ("google", "cpc", 0.62),
        ("Google", "cpc", 0.14),
        ("google_cpc", "cpc", 0.14),
        ("adwords", "ppc", 0.10),
    ),
    campaigns=(
        Campaign("Search - Brand", 0.22),
        Campaign("Search - Generic", 0.33),
        Campaign("PMax - All products", 0.45),
    ),
    untracked=0.04,
)
_TIKTOK = Channel(
    "TikTok Ads",
    0.12,
    sources=(("tiktok", "paid_social", 0.7), ("TikTok", "paid", 0.2), ("tiktok_ads", "cpc", 0.1)),
    campaigns=(Campaign("TT Spark creators", 0.6), Campaign("TT Catalog sales", 0.4)),
    untracked=0.10,
)
_INFLUENCERS = Channel(
    "Influencers",
    0.07,
    sources=(("influencer", "referral", 0.6), ("creator", "influencer", 0.4)),
    campaigns=(Campaign("Creator fees", 1.0),),
    untracked=0.12,
)
_AFFILIATES = Channel(
    "Affiliates",
    0.08,
    sources=(("impact", "affiliate", 0.6), ("shareasale", "affiliate", 0.4)),
    campaigns=(Campaign("Affiliate commissions", 1.0),),
    untracked=0.05,
)
_EMAIL = Channel(
    "Email",
    0.08,
    sources=(("klaviyo", "email", 0.6), ("Klaviyo", "flow", 0.2), ("newsletter", "email", 0.2)),
    campaigns=(Campaign("welcome", 1.0),),
    untracked=0.05,
)
_SEARCH = Channel(
    "Organic Search",
    0.15,
    sources=(("google", "organic", 0.8), ("bing", "organic", 0.2)),
    untracked=0.10,
)
_DIRECT = Channel("Direct", 0.09, sources=(("direct", "none", 1.0),), untracked=0.30)


def stage_settings(stage: int, *, customers: int | None = None) -> BrandSettings:
    """Return the settings of the simulated brand of a revenue stage.

    Parameters
    ----------
    stage : int
        1 (under $1M a year) to 4 ($10M and more).
    customers : int, optional
        Customers acquired to the as-of date; by default the number of the sample brand, which
        brings the revenue of the stage. Fewer customers mean proportionally less revenue.

    Raises
    ------
    ValueError
        For an unknown stage or a number of customers below 1.
    """
    brands = {1: _little_fern, 2: _northfold_coffee, 3: _juniper_tea, 4: _alder_home}
    if stage not in brands:
        raise ValueError(f"stage must be 1, 2, 3 or 4, got {stage}")
    settings = brands[stage]()
    return settings if customers is None else replace(settings, customers=customers)


def _little_fern() -> BrandSettings:
    return BrandSettings(
        stage=1,
        name="Little Fern Soap",
        customers=CUSTOMERS[1],
        timezone="America/Chicago",
        channels=(
            replace(_META, share=0.44, rate=-0.10, dropout=0.15, cac=22.5, claim=1.35),
            replace(_SEARCH, share=0.20, rate=0.10, dropout=-0.10),
            replace(_INFLUENCERS, share=0.12, rate=-0.20, dropout=0.25, order_value=-0.05),
            replace(_EMAIL, share=0.10, rate=0.30, dropout=-0.25, order_value=0.05),
            replace(_DIRECT, share=0.14, rate=0.10, dropout=-0.10),
        ),
        products=(
            Product("Bar Soap", 0.36, rate=0.10, dropout=-0.10, order_value=-0.12),
            Product("Hand Wash", 0.24, rate=0.15, dropout=-0.15),
            Product("Bath Salts", 0.16, rate=-0.10, dropout=0.10, order_value=0.08),
            Product("Gift Box", 0.14, rate=-0.35, dropout=0.40, order_value=0.22),
            Product("Body Oil", 0.10, order_value=0.15),
        ),
        spending=Spending(mean_order_value=54.0, shipping_charge=4.95, tax_rate=0.08),
        costs=CostSettings(fulfilment_per_order=5.20),
    )


def _northfold_coffee() -> BrandSettings:
    return BrandSettings(
        stage=2,
        name="Northfold Coffee",
        customers=CUSTOMERS[2],
        timezone="America/Los_Angeles",
        channels=(
            replace(_META, share=0.38, rate=-0.15, dropout=0.22, cac=41.0, claim=1.70),
            replace(_GOOGLE, share=0.22, rate=0.15, dropout=-0.15, cac=44.0, claim=1.08),
            replace(_SEARCH, share=0.14, rate=0.10, dropout=-0.10),
            replace(_EMAIL, share=0.08, rate=0.30, dropout=-0.25, order_value=0.04),
            replace(_AFFILIATES, share=0.08, rate=-0.25, dropout=0.30, order_value=-0.08),
            replace(_DIRECT, share=0.10, rate=0.10, dropout=-0.05),
        ),
        products=(
            Product("House Blend 1 kg", 0.28, rate=0.20, dropout=-0.25),
            Product("Espresso Roast 1 kg", 0.20, rate=0.15, dropout=-0.20, order_value=0.04),
            Product("Single Origin Box", 0.16, order_value=0.10),
            Product("Decaf 500 g", 0.09, rate=0.05, order_value=-0.15),
            Product("Cold Brew Kit", 0.10, rate=-0.25, dropout=0.30, order_value=0.05),
            Product("Hand Grinder", 0.08, rate=-0.40, dropout=0.50, order_value=0.25),
            Product("Sample Pack", 0.09, rate=-0.05, dropout=0.25, order_value=-0.45),
        ),
        spending=Spending(mean_order_value=98.0, shipping_charge=6.95, tax_rate=0.06),
        costs=CostSettings(fulfilment_per_order=7.10),
    )


def _juniper_tea() -> BrandSettings:
    return BrandSettings(
        stage=3,
        name="Juniper Tea",
        customers=CUSTOMERS[3],
        channels=(
            replace(_META, share=0.33, rate=-0.10, dropout=0.15, cac=77.0, claim=1.45),
            replace(_GOOGLE, share=0.19, rate=0.18, dropout=-0.20, cac=82.0, claim=1.05),
            replace(
                _TIKTOK, share=0.12, rate=-0.40, dropout=0.50, order_value=-0.20,
                cac=114.0, claim=2.8,
            ),
            replace(
                _INFLUENCERS, share=0.07, rate=-0.05, dropout=0.05, order_value=0.08, cac=62.0,
                claim=0.8,
            ),
            replace(_EMAIL, share=0.07, rate=0.30, dropout=-0.30, order_value=0.05),
            replace(_SEARCH, share=0.13, rate=0.10, dropout=-0.10),
            replace(_DIRECT, share=0.09, rate=0.08, dropout=-0.05),
        ),
        products=(
            _range("Black Tea", 0.22, "Assam", "Ceylon", "Earl Grey", "Breakfast Blend",
                   rate=0.12, dropout=-0.15, goods_rate=0.30),
            _range("Green Tea", 0.18, "Sencha", "Jasmine Pearls", "Genmaicha", rate=0.08,
                   dropout=-0.10, goods_rate=0.32),
            _range("Herbal", 0.16, "Chamomile", "Rooibos", "Peppermint", goods_rate=0.28,
                   order_value=-0.10),
            _range("Matcha", 0.13, "Ceremonial Matcha", "Culinary Matcha", rate=0.25, dropout=-0.30,
                   order_value=0.12, goods_rate=0.40),
            _range("Gift Sets", 0.14, "Tasting Box", "Advent Box", "Host Gift", rate=-0.40,
                   dropout=0.45, order_value=0.15, goods_rate=0.38),
            _range("Teaware", 0.11, "Cast Iron Pot", "Glass Teapot", "Gaiwan", rate=-0.30,
                   dropout=0.30, order_value=0.20, goods_rate=0.46),
            _range("Samplers", 0.06, "First Flush Sampler", "Oolong Sampler", dropout=0.10,
                   order_value=-0.45, goods_rate=0.36),
        ),
        spending=Spending(mean_order_value=176.0, shipping_charge=7.95, tax_rate=0.065),
        costs=CostSettings(fulfilment_per_order=11.0),
        growth=3.2,
    )  # fmt: skip


def _alder_home() -> BrandSettings:
    return BrandSettings(
        stage=4,
        name="Alder Home",
        customers=CUSTOMERS[4],
        channels=(
            replace(
                _META, share=0.34, rate=-0.12, dropout=0.18, cac=160.0, claim=1.60,
                campaigns=(
                    Campaign("Prospecting | Broad | excl purchasers", 0.50),
                    Campaign("Prospecting | LAL 1% top CLV", 0.30),
                    Campaign("Retargeting | RFM at risk", 0.20),
                ),
            ),
            replace(_GOOGLE, share=0.21, rate=0.15, dropout=-0.18, cac=155.0, claim=1.05),
            replace(
                _TIKTOK, share=0.10, rate=-0.40, dropout=0.45, order_value=-0.18,
                cac=237.0, claim=2.7,
            ),
            replace(
                _AFFILIATES, share=0.08, rate=-0.10, dropout=0.15, order_value=-0.05, cac=129.0,
                claim=1.1,
            ),
            replace(_EMAIL, share=0.06, rate=0.30, dropout=-0.30, order_value=0.05),
            replace(_SEARCH, share=0.13, rate=0.10, dropout=-0.08),
            replace(_DIRECT, share=0.08, rate=0.10, dropout=-0.05),
        ),
        products=(
            _range("Bedding", 0.22, "Linen Sheet Set", "Duvet Cover", "Quilt", rate=0.10,
                   dropout=-0.12, order_value=0.10, goods_rate=0.38),
            _range("Bath", 0.17, "Waffle Towels", "Bath Mat", "Robe", rate=0.15, dropout=-0.15,
                   order_value=-0.20, goods_rate=0.36),
            _range("Kitchen", 0.15, "Stoneware Set", "Oak Board", "Table Linen", rate=0.08,
                   order_value=-0.10, goods_rate=0.40),
            _range("Lighting", 0.12, "Paper Lantern", "Desk Lamp", rate=-0.20, dropout=0.20,
                   order_value=0.15, goods_rate=0.44),
            _range("Furniture", 0.10, "Side Table", "Stool", "Shelf", rate=-0.35, dropout=0.35,
                   order_value=0.55, goods_rate=0.48),
            _range("Candles", 0.12, "Fig Candle", "Cedar Candle", rate=0.25, dropout=-0.20,
                   order_value=-0.55, goods_rate=0.30),
            _range("Rugs", 0.07, "Jute Rug", "Wool Runner", rate=-0.30, dropout=0.30,
                   order_value=0.40, goods_rate=0.45),
            _range("Decor", 0.05, "Vase", "Wall Hook", goods_rate=0.38, order_value=-0.30),
        ),
        buying=Buying(mean_rate=1.25 / 365, mean_dropout=0.38, dropout_concentration=2.8),
        spending=Spending(mean_order_value=420.0, shipping_charge=14.0, tax_rate=0.07),
        costs=CostSettings(fulfilment_per_order=29.0),
        growth=3.4,
    )  # fmt: skip


def _range(
    name: str,
    share: float,
    *articles: str,
    rate: float = 0.0,
    dropout: float = 0.0,
    order_value: float = 0.0,
    goods_rate: float = 0.34,
) -> Product:
    """Return a product category with several articles."""
    return Product(name, share, rate, dropout, order_value, goods_rate, articles)
