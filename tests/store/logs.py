"""Small canonical frames written by hand, and random ones for property tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from workbench.brand import Costs, Payment, RateTable
from workbench.sources.frames import COLUMNS, fit

START = date(2025, 1, 1)
ORDER = {
    "customer_id": "ann",
    "ordered_at": "2025-01-01 10:00",
    "discount": 0.0,
    "shipping": 0.0,
    "tax": 0.0,
    "refund": 0.0,
    "currency": "USD",
    "guest": False,
    "status": "paid",
    "channel": "Meta Ads",
    "channel_source": "landing",
    "channel_confidence": "high",
    "source_file": "orders.csv",
}


def orders(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return canonical orders; each row names what differs from `ORDER`.

    `items` is the gross item value; revenue follows from the amounts unless it is given, and
    `revenue` alone stands for a log that has nothing else.
    """
    table = []
    for number, changes in enumerate(rows, start=1):
        row = {"order_id": f"{number:03d}", **ORDER, **changes}
        if "items" not in row and "revenue" in row:
            row["items"] = row["revenue"]
        row.setdefault("items", 50.0)
        row.setdefault("revenue", row["items"] - row["discount"] + row["shipping"] - row["refund"])
        row["ordered_at"] = pd.Timestamp(row["ordered_at"])
        row["day"] = row["ordered_at"].normalize()
        table.append(row)
    frame = pd.DataFrame(table, columns=list(COLUMNS["orders"]))
    return fit("orders", frame)


def lines(*rows: tuple[str, str, float] | tuple[str, str, float, float]) -> pd.DataFrame:
    """Return order lines from (order_id, name, amount[, quantity])."""
    names = ["order_id", "name", "amount", "quantity"]
    table = pd.DataFrame([(*row, 1.0)[:4] for row in rows], columns=names)
    return fit("order_lines", table)


def products(*rows: tuple[str, str | None, float | None]) -> pd.DataFrame:
    """Return products from (key, category, unit_cost)."""
    return fit("products", pd.DataFrame(rows, columns=["key", "category", "unit_cost"]))


COSTS = Costs(goods_rate=0.34, fulfilment_per_order=6.4, payment=Payment(rate=0.029, fixed=0.3))
COST_MODELS = [
    None,
    COSTS,
    Costs(
        goods_rate=RateTable(by_product={"Tea": 0.2, " cups": 0.5}, default=0.4),
        fulfilment_per_order=RateTable(by_month={"2025-02": 9.0}, default=5.0),
    ),
    Costs(
        goods_rate=RateTable(by_month={"2025-01": 0.25, "2025-03": 0.3}, default=0.4),
        fulfilment_per_order=RateTable(by_product={"tea": 1.0}, default=7.0),
        payment=Payment(fixed=0.25),
    ),
]
PRODUCTS = products(
    ("green tea", "Tea", 4.5),
    ("black tea", "Tea", None),
    ("mug", "Cups", None),
    ("kettle", None, 20.0),
)
ARTICLES = ["Green Tea", "Black Tea", "Mug", "Kettle", "Gift wrap", ""]

_cents = st.integers(0, 20_000).map(lambda cents: cents / 100)


@st.composite
def _order(draw: st.DrawFn) -> tuple[dict[str, Any], list[tuple[str, float, float]]]:
    items = draw(_cents)
    discount = draw(st.sampled_from([0.0, 0.0, round(items * 0.1, 2), items]))
    shipping = draw(st.sampled_from([0.0, 4.9]))
    charged = items - discount + shipping
    kind = draw(st.sampled_from(["kept", "kept", "kept", "part", "all"]))
    refund = {"kept": 0.0, "part": round(charged / 3, 2), "all": charged}[kind]
    # few days and minutes, so that customers meet themselves on a day and orders tie
    when = START + timedelta(days=draw(st.sampled_from([0, 1, 30, 31, 90, 91, 364, 365, 366, 500])))
    row = {
        "customer_id": draw(
            st.sampled_from(["ann", "bob", "cy", "dee", "eve", "fay", "gus", "hal"])
        ),
        "ordered_at": f"{when} {draw(st.sampled_from(['09:00', '09:00', '17:30']))}",
        "items": items,
        "discount": discount,
        "shipping": shipping,
        "tax": draw(st.sampled_from([0.0, round(items * 0.08, 2)])),
        "refund": refund,
        "channel": draw(st.sampled_from(["Unknown", "Unknown", "Meta Ads", "Google Ads"])),
    }
    row["channel_source"] = "unknown" if row["channel"] == "Unknown" else "landing"
    bought = st.tuples(st.sampled_from(ARTICLES), _cents, st.sampled_from([1.0, 2.0]))
    return row, draw(st.lists(bought, max_size=3))


@st.composite
def logs(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return random orders and their lines, in random order of rows."""
    drawn = draw(st.lists(_order(), min_size=1, max_size=60))
    with_lines = draw(st.booleans())
    frame = orders(*(row for row, _ in drawn))
    if draw(st.integers(0, 4)) == 0:
        frame["revenue"] = float("nan")
    table = [
        (order_id, name, amount, quantity)
        for order_id, (_, bought) in zip(frame["order_id"], drawn, strict=True)
        for name, amount, quantity in bought
        if with_lines
    ]
    shuffled = frame.sample(frac=1, random_state=draw(st.integers(0, 99))).reset_index(drop=True)
    return shuffled, lines(*table)


as_of_days = st.sampled_from([0, 1, 29, 30, 90, 120, 365, 366, 400, 600]).map(
    lambda days: START + timedelta(days=days)
)
