"""The truth against a plain recomputation from the written exports, and against its promises."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.simulate import simulate_process, stage_settings, write_simulation
from workbench.simulate.truth import channel_truth, truth

CUSTOMERS = 1_500


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory):
    """Return small brands of all stages: simulation and folder."""
    home = tmp_path_factory.mktemp("brands")
    made = {}
    for stage in (1, 2, 3, 4):
        simulation = simulate_process(stage_settings(stage, customers=CUSTOMERS), seed=20 + stage)
        made[stage] = (simulation, write_simulation(home / str(stage), simulation))
    return made


def orders_from_csv(folder: Path) -> pd.DataFrame:
    """Read the Shopify CSV by hand: one row per order, money by line."""
    rows = pd.concat(
        [
            pd.read_csv(file, dtype=str, keep_default_na=False)
            for file in sorted(folder.glob("orders_export_*.csv.gz"))
        ]
    ).drop_duplicates()
    head = rows[rows["Financial Status"] != ""].set_index("Name")
    assert head.index.is_unique
    money = ["Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Refunded Amount"]
    orders = head[money].astype(float)
    orders["customer"] = head["Email"].str.lower().where(head["Email"] != "", head["Phone"])
    orders["status"] = head["Financial Status"].where(head["Cancelled at"] == "", "cancelled")
    orders["day"] = pd.to_datetime(head["Created at"].str[:10])
    price, number = rows["Lineitem price"].astype(float), rows["Lineitem quantity"].astype(float)
    orders["goods_share"] = 0.0
    rates = yaml.safe_load((folder / "brand.yaml").read_text())["costs"]["goods_rate"]
    if isinstance(rates, dict):
        products = pd.read_csv(folder / "products.csv").set_index("name")["category"]
        rate = rows["Lineitem name"].map(products).map(rates["by_product"])
    else:
        rate = pd.Series(rates, index=rows.index)
    lines = pd.DataFrame({"Name": rows["Name"], "amount": price * number})
    lines["goods"] = lines["amount"] * rate
    sums = lines.groupby("Name").sum()
    orders["items"] = sums["amount"].reindex(orders.index)
    orders["goods_share"] = (sums["goods"] / sums["amount"]).reindex(orders.index)
    return orders


def orders_from_bulk(folder: Path) -> pd.DataFrame:
    """Read the bulk JSON lines by hand, children wherever they stand."""
    orders: dict[str, Any] = {}
    lines: dict[str, Any] = {}
    for file in sorted(folder.glob("bulk_orders_*.jsonl.gz")):
        with gzip.open(file, "rt") as text:
            for line in text:
                item = json.loads(line)
                (lines if "__parentId" in item else orders)[item["id"]] = item

    def money(item, key):
        return float(item[key]["shopMoney"]["amount"])

    rates = yaml.safe_load((folder / "brand.yaml").read_text())["costs"]["goods_rate"]
    products = pd.read_csv(folder / "products.csv").set_index("name")["category"]
    amounts: dict[str, float] = dict.fromkeys(orders, 0.0)
    goods: dict[str, float] = dict.fromkeys(orders, 0.0)
    for item in lines.values():
        amount = money(item, "originalUnitPriceSet") * item["quantity"]
        amounts[item["__parentId"]] += amount
        goods[item["__parentId"]] += amount * rates["by_product"][products[item["name"]]]
    rows = []
    for key, item in orders.items():
        created = pd.Timestamp(item["createdAt"]).tz_convert("America/New_York")
        rows.append(
            {
                "customer": (item["email"] or "'" + (item["phone"] or "")).lower(),
                "status": "cancelled"
                if item["cancelledAt"]
                else item["displayFinancialStatus"].lower(),
                "day": created.tz_localize(None).normalize(),
                "items": amounts[key],
                "Discount Amount": money(item, "totalDiscountsSet"),
                "Shipping": money(item, "totalShippingPriceSet"),
                "Taxes": money(item, "totalTaxSet"),
                "Total": money(item, "totalPriceSet"),
                "Refunded Amount": sum(money(r, "totalRefundedSet") for r in item["refunds"]),
                "goods_share": goods[key] / amounts[key],
            }
        )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_value_recomputed_from_exports_equals_the_truth(brands, stage):
    simulation, folder = brands[stage]
    orders = orders_from_bulk(folder) if stage == 4 else orders_from_csv(folder)
    costs = yaml.safe_load((folder / "brand.yaml").read_text())["costs"]
    orders = orders[orders["status"].isin(["paid", "partially_refunded", "refunded"])].copy()
    sold = orders["items"] - orders["Discount Amount"]
    net = sold + orders["Shipping"]
    np.testing.assert_allclose(net + orders["Taxes"], orders["Total"], atol=0.006)
    refund = orders["Refunded Amount"] * net / orders["Total"]
    goods = (sold - refund).clip(lower=0) * orders["goods_share"]
    fee = costs["payment"]["rate"] * orders["Total"] + costs["payment"]["fixed"]
    orders["contribution"] = net - refund - goods - costs["fulfilment_per_order"] - fee
    bought = orders[orders["Refunded Amount"] < orders["Total"] - 0.005]
    first = bought.groupby("customer")["day"].min()
    age = (orders["day"] - orders["customer"].map(first)).dt.days
    value = orders[age <= 365].groupby("customer")["contribution"].sum()

    # customers whose 365 days and refunds are over by the as-of date
    as_of = pd.Timestamp(simulation.settings.as_of)
    mature = first[first <= as_of - pd.Timedelta(days=365 + 31)].index
    mature = mature[mature.str.match(r"c\d+@example\.com")]
    number = mature.str.extract(r"c(\d+)@", expand=False).astype(int) - 10_001
    want = simulation.customers["value_12m"].to_numpy()[number]
    assert len(mature) > 0.2 * CUSTOMERS
    np.testing.assert_allclose(value[mature].to_numpy(), want, atol=1e-6)
    # and every customer of that time is there
    early = simulation.customers["first_day"] < simulation.settings.days - 365 - 31
    assert len(mature) == pytest.approx(early.sum(), rel=0.03)


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_truth_file_is_the_truth_of_the_simulation(brands, stage):
    simulation, folder = brands[stage]
    written = json.loads((folder / "truth.json").read_text())
    assert written == json.loads(json.dumps(truth(simulation)))
    customers, names = simulation.customers, [c.name for c in simulation.settings.channels]
    for record in written["channels"]["all"]:
        own = customers[customers["channel"] == names.index(record["channel"])]
        assert record["customers"] == len(own)
        assert record["value_12m_realised"] == pytest.approx(own["value_12m"].mean(), rel=1e-6)
        tracked = own[own["tracked"]]
        assert record["tracked_value_12m_realised"] == pytest.approx(
            tracked["value_12m"].mean(), rel=1e-6
        )
    cohorts = pd.DataFrame(written["cohorts"])
    assert cohorts["customers"].sum() == CUSTOMERS
    whole = (cohorts["customers"] * cohorts["value_12m_realised"]).sum() / CUSTOMERS
    assert whole == pytest.approx(customers["value_12m"].mean(), rel=1e-4)


def test_last_year_counts_only_its_customers_and_spend(brands):
    simulation, _ = brands[3]
    since = simulation.settings.days - 365
    table = channel_truth(simulation, since_day=since).set_index("channel")
    recent = simulation.customers["first_day"] >= since
    assert table["customers"].sum() == recent.sum()
    spend = simulation.spend[simulation.spend["day"] >= since]
    assert table["spend"].sum() == pytest.approx(spend["spend"].sum())


@pytest.mark.parametrize("stage", [2, 3, 4])
def test_reported_order_of_channels_is_not_the_true_order(stage):
    table = channel_truth(simulate_process(stage_settings(stage, customers=20_000), seed=stage))
    paid = table.dropna(subset=["spend"])
    assert (paid["rank_reported"] != paid["rank_roas_12m"]).any()
    if stage >= 3:  # the larger brands have a channel that costs more than it brings
        assert (paid["cac"] > paid["value_12m_expected"]).any()


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_brands_look_like_shops(stage):
    simulation = simulate_process(stage_settings(stage, customers=8_000), seed=stage)
    customers, totals = simulation.customers, truth(simulation)["totals"]
    assert 0.25 < customers["repeat_12m"].mean() < 0.40
    assert 0.05 < totals["unknown_channel_share"] < 0.15
    assert 0.04 < totals["refunded_orders_share"] < 0.09


def test_refunds_of_recent_orders_are_still_to_come(brands):
    simulation, folder = brands[3]
    orders = simulation.orders[simulation.observed]
    late = orders[orders["refund_day"] >= simulation.settings.days]
    assert len(late) > 0
    written = orders_from_csv(folder)
    assert (written["status"] == "refunded").sum() < (orders["refunded"] == orders["total"]).sum()
    # the truth knows them already
    assert orders.loc[late.index, "refunded"].gt(0).all()
