"""Time from canonical frames to the customer table, side by side with lifetimes.

``python -m tests.benchmarks.bench_warehouse [ORDERS ...]`` (default 1000000). Every figure comes
from this one run: the warehouse with the whole of its work (costs, product lines, channels), the
warehouse on dates and revenue alone, and, where lifetimes is installed, its
``summary_data_from_transaction_data``, which gives frequency, recency, T and mean revenue only.
Each runs in a process of its own, so that peak memory is its own; that of the frames themselves
is included in all.
"""

from __future__ import annotations

import importlib.util
import resource
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import numpy as np
import pandas as pd

AS_OF = date(2026, 6, 30)
SEED = 20260630


def frames(orders: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return orders, lines and products of a simulated shop; 3 in 10 customers buy again."""
    rng = np.random.default_rng(SEED)
    customers = orders * 6 // 10
    who = np.concatenate(
        [np.arange(customers), (customers * rng.beta(1, 4, orders - customers)).astype(int)]
    )
    minutes = rng.integers(0, 730 * 24 * 60, orders)
    ordered_at = pd.Timestamp("2024-07-01") + pd.to_timedelta(minutes, unit="min")
    items = rng.gamma(3, 25, orders).round(2)
    discount = np.where(rng.random(orders) < 0.3, (items * 0.15).round(2), 0.0)
    shipping = np.where(items < 60, 5.95, 0.0)
    refund = np.where(rng.random(orders) < 0.04, items - discount + shipping, 0.0)
    channels = np.array(["Meta Ads", "Google Ads", "TikTok Ads", "E-mail", "Unknown"])
    table = pd.DataFrame(
        {
            "order_id": pd.Series(np.arange(orders)).map("#{:07d}".format),
            "customer_id": pd.Series(who).map("c_{:016x}".format),
            "ordered_at": ordered_at,
            "day": ordered_at.normalize(),
            "items": items,
            "discount": discount,
            "shipping": shipping,
            "tax": 0.0,
            "refund": refund,
            "revenue": items - discount + shipping - refund,
            "guest": False,
            "channel": channels[rng.integers(0, len(channels), orders)],
            "channel_source": "landing",
        }
    )
    line = np.repeat(np.arange(orders), rng.integers(1, 4, orders))
    sku = rng.integers(0, 400, len(line))
    lines = pd.DataFrame(
        {
            "order_id": table["order_id"].to_numpy()[line],
            "sku": pd.Series(sku).map("SKU-{:03d}".format),
            "name": "x",
            "vendor": "y",
            "quantity": 1.0,
            "amount": rng.gamma(3, 12, len(line)).round(2),
        }
    )
    products = pd.DataFrame(
        {
            "key": [f"sku-{number:03d}" for number in range(400)],
            "category": [f"category {number % 12}" for number in range(400)],
            "unit_cost": [np.nan if number % 3 else 9.5 for number in range(400)],
        }
    )
    return table, lines, products


def warehouse(orders: int, whole: bool) -> tuple[float, float, int]:
    """Return seconds, peak memory (GB) and number of customers of the customer table."""
    from workbench.brand import Costs, Payment
    from workbench.store.warehouse import Warehouse

    table, lines, products = frames(orders)
    start = time.perf_counter()
    if whole:
        costs = Costs(
            goods_rate=0.34, fulfilment_per_order=6.4, payment=Payment(rate=0.029, fixed=0.3)
        )
        store = Warehouse.from_frames(table, lines, products, costs=costs)
    else:
        keep = ["order_id", "customer_id", "ordered_at", "day", "revenue"]
        store = Warehouse.from_frames(table[keep])
    return _result(start, store.customers(AS_OF))


def lifetimes(orders: int, whole: bool) -> tuple[float, float, int]:
    """Return the same for lifetimes."""
    from lifetimes.utils import summary_data_from_transaction_data

    table, _, _ = frames(orders)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        summary = summary_data_from_transaction_data(
            table[table["revenue"] > 0],
            "customer_id",
            "ordered_at",
            monetary_value_col="revenue",
            observation_period_end=AS_OF.isoformat(),
        )
    return _result(start, summary)


def _result(start: float, table: pd.DataFrame) -> tuple[float, float, int]:
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, len(table)


def main(sizes: list[int]) -> None:
    """Print one line per size and contender."""
    contenders = [("warehouse, whole", warehouse, True), ("warehouse, dates", warehouse, False)]
    if importlib.util.find_spec("lifetimes"):
        contenders.append(("lifetimes summary", lifetimes, False))
    print(f"{'orders':>10}  {'contender':<18} {'seconds':>8} {'ratio':>6} {'peak GB':>8} customers")
    for size in sizes:
        base = 0.0
        for name, run, whole in contenders:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                seconds, memory, customers = pool.submit(run, size, whole).result()
            base = base or seconds
            print(
                f"{size:>10,}  {name:<18} {seconds:>8.2f} {seconds / base:>6.2f} {memory:>8.2f} "
                f"{customers:,}",
                flush=True,
            )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000_000])
