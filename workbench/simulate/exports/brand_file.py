"""The `brand.yaml` of a simulated brand, with comments, and its small tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.simulate.exports.files import csv_text, write_text
from workbench.simulate.exports.shop import article_sku, exported_orders
from workbench.simulate.simulation import Simulation

__all__ = ["CHANNEL_RULES", "write_brand_file", "write_order_channels", "write_products"]

CHANNEL_RULES = {
    "facebook|fb|ig|instagram": "Meta Ads",
    "google_cpc|adwords": "Google Ads",
    "google_organic|bing_organic": "Organic Search",
    "tiktok|tiktok_ads": "TikTok Ads",
    "influencer|creator": "Influencers",
    "impact|shareasale": "Affiliates",
    "klaviyo|newsletter": "Email",
    "direct": "Direct",
}
"""Raw source, alone or with its medium -> channel, for all simulated brands."""


def write_brand_file(
    path: Path, simulation: Simulation, sources: Mapping[str, Any], *, by_product: bool
) -> None:
    """Write `brand.yaml`.

    Parameters
    ----------
    path : Path
        File to write.
    simulation : Simulation
        The brand; its true costs are written, so that contribution can be exact.
    sources : mapping
        Key of `sources` -> one spec, a list of specs, or a file name.
    by_product : bool
        Whether goods rates stand by product; otherwise one rate, that of every product.
    """
    settings = simulation.settings
    names = {channel.name for channel in settings.channels}
    rules = {raw: channel for raw, channel in CHANNEL_RULES.items() if channel in names}
    rates = {product.name: product.goods_rate for product in settings.products}
    average = round(float(np.mean(list(rates.values()))), 3)
    goods: Any = {"by_product": rates, "default": average} if by_product else average
    costs = settings.costs
    lines = [
        "# A simulated brand: no real customer, order or shop is behind it (see truth.json).",
        f"name: {settings.name}",
        f"currency: {settings.currency}",
        f"timezone: {settings.timezone}",
        f"as_of: {settings.as_of}                 # last day that the exports cover",
        "cohorts: [channel, first_product, first_month]",
        "",
        "# which export is where",
        "sources:",
        *_source_lines(sources),
        "",
        "# what the tags of an order say -> the channel name that spend has, too",
        "channel_rules:",
        *(f"  {_flow(raw)}: {channel}" for raw, channel in rules.items()),
        "",
        f"# what an order costs; money in {settings.currency}",
        "costs:",
        "  # goods as a share of items after discount and refund",
        f"  goods_rate: {_flow(goods)}",
        f"  fulfilment_per_order: {costs.fulfilment_per_order:.2f}",
        "  # share of the amount charged, and per order",
        f"  payment: {{rate: {costs.payment_rate}, fixed: {costs.payment_fixed}}}",
        "  tax_included_rate: 0.0              # prices are without sales tax",
    ]
    write_text(path, "\n".join(lines) + "\n")


def _source_lines(sources: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, spec in sources.items():
        if isinstance(spec, list):
            lines += [f"  {key}:", *(f"    - {_flow(item)}" for item in spec)]
        else:
            lines.append(f"  {key}: {_flow(spec)}")
    return lines


def _flow(value: Any) -> str:
    """Return a value in YAML's flow style, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        plain = value.replace("_", "").replace(".", "").replace(" ", "")
        return value if plain.isalnum() and not plain[0].isdigit() else json.dumps(value)
    return str(value)


def write_products(path: Path, simulation: Simulation) -> None:
    """Write the products table: article -> category."""
    rows = [
        {"sku": article_sku(name), "name": name, "category": product.name}
        for product in simulation.settings.products
        for name in product.articles or (product.name,)
    ]
    write_text(path, csv_text(pd.DataFrame(rows)))


def write_order_channels(path: Path, simulation: Simulation) -> None:
    """Write the order-to-channel map of an attribution tool: the orders that it could trace."""
    orders = exported_orders(simulation)
    traced = orders[orders["source"] != ""]
    tells = traced["medium"].isin(["organic", "cpc", "ppc"])  # google alone could be either
    source = traced["source"].where(~tells, traced["source"] + " / " + traced["medium"])
    table = pd.DataFrame(
        {"order_name": traced["order_name"], "channel": source, "campaign": traced["campaign"]}
    )
    write_text(path, csv_text(table))
