"""Definitions of the warehouse: one test per trap."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pytest

from tests.conftest import require
from tests.store.logs import COST_MODELS, COSTS, lines, orders, products
from workbench.errors import WorkbenchError
from workbench.store import actuals
from workbench.store.contribution import catalogue, label_lines, main_products, order_money
from workbench.store.customers import customer_days, customer_table, named_products
from workbench.store.engine import SCHEMAS
from workbench.store.warehouse import Warehouse

NEXT_YEAR = date(2026, 1, 1)


def customers(*rows, as_of=NEXT_YEAR, **options):
    return Warehouse.from_frames(orders(*rows), **options).customers(as_of).set_index("customer_id")


def ann(*rows, **options):
    return customers(*rows, **options).loc["ann"]


def test_age_counts_days_not_hours():
    late = {"ordered_at": "2025-01-01 23:59"}
    assert ann(late, as_of=date(2025, 1, 1))["age_days"] == 0
    assert ann(late, as_of=date(2025, 1, 2))["age_days"] == 1
    row = ann(late, {"ordered_at": "2025-01-02 00:01"}, as_of=date(2025, 1, 2))
    assert (row["repeat_days"], row["recency_days"], row["age_days"]) == (1, 1, 1)


def test_twelve_months_are_ages_0_to_365():
    days = ["2025-01-01", "2025-12-27", "2026-01-01", "2026-01-02"]  # ages 0, 360, 365, 366
    rows = [{"ordered_at": day, "items": 10.0**n} for n, day in enumerate(days)]
    row = ann(*rows, as_of=date(2026, 6, 30))
    assert row["contribution_12m"] == 1 + 10 + 100
    assert row["contribution"] == 1111


def test_ninety_days_are_ages_0_to_90():
    days = ["2025-01-01", "2025-04-01", "2025-04-02"]  # ages 0, 90, 91
    rows = [{"ordered_at": day, "items": 10.0**n} for n, day in enumerate(days)]
    row = ann(*rows)
    assert (row["contribution_90d"], row["repeat_days_90d"]) == (11, 1)


def test_orders_after_the_as_of_date_do_not_exist():
    rows = [{}, {"ordered_at": "2025-06-30 23:59"}, {"ordered_at": "2025-07-01 00:00"}]
    table = customers(*rows, {"customer_id": "bob", "ordered_at": "2025-07-01"},
                      as_of=date(2025, 6, 30))  # fmt: skip
    assert list(table.index) == ["ann"]
    assert table.loc["ann", ["repeat_days", "revenue"]].to_list() == [1, 100]


def test_products_sold_after_the_as_of_date_are_not_named():
    log = orders(
        {"customer_id": "ann"},
        {"customer_id": "bob"},
        {"customer_id": "cy"},
        *({"customer_id": f"late {n}", "ordered_at": "2025-09-01"} for n in range(5)),
    )
    sold = [("001", "Tea", 5.0), ("002", "Tea", 5.0), ("003", "Mug", 5.0)]
    late = [(f"{n:03d}", "Mug", 5.0) for n in range(4, 9)]
    store = Warehouse.from_frames(log, lines(*sold, *late), top=1)
    early = store.customers(date(2025, 6, 30))
    assert early["first_product"].to_list() == ["Tea", "Tea", "Other"]
    assert set(store.customers(NEXT_YEAR)["first_product"]) == {"Mug", "Other"}


def test_orders_of_one_day_are_one_purchase_day():
    row = ann({}, {"ordered_at": "2025-01-01 18:00"}, {"ordered_at": "2025-02-01"},
              {"ordered_at": "2025-02-01 12:00"})  # fmt: skip
    assert (row["repeat_days"], row["orders"], row["revenue"]) == (1, 4, 200)
    assert (row["first_revenue"], row["mean_repeat_revenue"]) == (100, 100)


def test_zero_value_orders_are_no_purchase_but_cost_money():
    free = {"ordered_at": "2025-02-01", "items": 0.0}
    row = ann({}, free, costs=COSTS)
    assert (row["repeat_days"], row["orders"]) == (0, 1)
    assert row["repeat_contribution"] == pytest.approx(-6.4)
    assert customers(free).empty


def test_a_refund_as_negative_order_is_no_purchase():
    later = ann({}, {"ordered_at": "2025-02-01", "revenue": -50.0})
    assert (later["repeat_days"], later["orders"], later["revenue"]) == (0, 1, 0)
    assert customers({}, {"ordered_at": "2025-01-01 12:00", "revenue": -50.0}).empty


def test_what_rounding_leaves_of_a_refund_is_no_purchase():
    table = customers({"items": 0.1 + 0.2, "refund": 0.3}, {"customer_id": "bob", "items": 0.01})
    assert list(table.index) == ["bob"]


def test_a_refunded_first_order_is_not_the_first_purchase_but_its_cost_is_kept():
    refunded = {"ordered_at": "2025-01-01", "refund": 50.0, "channel": "TikTok Ads"}
    row = ann(refunded, {"ordered_at": "2025-03-01"}, costs=COSTS)
    assert (row["first_month"], row["channel"], row["first_revenue"]) == ("2025-03", "Meta Ads", 50)
    lost, won = -6.4 - (0.029 * 50 + 0.3), 50 * 0.66 - 6.4 - (0.029 * 50 + 0.3)
    assert row["first_contribution"] == pytest.approx(lost + won)
    store = Warehouse.from_frames(orders(refunded), costs=COSTS)
    assert store.customers(NEXT_YEAR).empty
    assert store.daily(NEXT_YEAR)["contribution"].sum() == pytest.approx(lost)


def test_an_unknown_channel_is_filled_from_the_same_day_only():
    unknown = {"channel": "Unknown", "channel_source": "unknown"}
    same_day = {"ordered_at": "2025-01-01 20:00", "channel": "Email", "channel_source": "note"}
    next_day = {"ordered_at": "2025-01-02", "channel": "Google Ads"}
    assert ann(unknown, next_day)["channel"] == "Unknown"
    row = ann(unknown, same_day, next_day)
    assert (row["channel"], row["channel_source"]) == ("Email", "note")


def test_first_product_is_the_largest_line_of_the_first_order():
    log = orders({}, {"ordered_at": "2025-02-01"}, {"customer_id": "bob"}, {"customer_id": "cy"})
    bought = lines(
        ("001", "Mug", 9.0), ("001", "Green Tea", 30.0), ("002", "Kettle", 99.0),
        ("003", "Mug", 20.0), ("003", "green tea ", 20.0),
    )  # fmt: skip
    known = products(("green tea", "Tea", None))
    table = Warehouse.from_frames(log, bought, known).customers(NEXT_YEAR)
    # bob's tie goes to the first by name, cy's order has no line
    assert table["first_product"].to_list() == ["Tea", "Mug", "Other"]


def test_a_log_without_lines_has_one_product():
    assert ann({})["first_product"] == "All products"


def test_a_log_without_money_counts_purchases_and_has_no_money():
    log = orders({}, {"ordered_at": "2025-02-01"})
    log["revenue"] = float("nan")
    store = Warehouse.from_frames(log, costs=COSTS)
    row = store.customers(NEXT_YEAR).iloc[0]
    assert (row["repeat_days"], row["orders"], store.has_money) == (1, 2, False)
    money = [name for name in row.index if "revenue" in name or "contribution" in name]
    assert row[money].isna().all()
    assert store.daily(NEXT_YEAR)[["revenue", "contribution"]].isna().all(axis=None)
    assert store.window(date(2025, 1, 15), NEXT_YEAR)["revenue"].isna().all()
    assert store.cohorts(NEXT_YEAR)["value_90d_observed"].isna().all()


def test_window_starts_after_its_start_and_holds_its_end():
    store = Warehouse.from_frames(
        orders(
            {},
            {"ordered_at": "2025-02-01", "items": 1.0},
            {"ordered_at": "2025-03-01", "items": 10.0},
            {"ordered_at": "2025-03-02", "items": 100.0},
            {"customer_id": "late", "ordered_at": "2025-02-02"},
            {"customer_id": "quiet"},
        )
    )
    table = store.window(date(2025, 2, 1), date(2025, 3, 1)).set_index("customer_id")
    assert list(table.index) == ["ann", "quiet"]
    assert table.loc["ann"].to_list() == [1, 10, 10]
    assert table.loc["quiet"].to_list() == [0, 0, 0]


def test_dimensions_that_cohorts_lack_read_all():
    store = Warehouse.from_frames(
        orders({}, {"customer_id": "bob", "channel": "Email"}), cohorts=["first_month"]
    )
    table = store.cohorts(NEXT_YEAR)
    assert table[["channel", "first_product", "first_month"]].to_numpy().tolist() == [
        ["All", "All", "2025-01"]
    ]
    assert table["customers"].to_list() == [2]
    assert set(store.customers(NEXT_YEAR)["channel"]) == {"Meta Ads", "Email"}


def test_immature_cohorts_have_no_observed_value():
    young = Warehouse.from_frames(orders({})).cohorts(date(2025, 3, 31)).iloc[0]  # age 89
    assert (young["customers_90d"], young["retained_90d"]) == (0, 0)
    assert pd.isna(young["value_90d_observed"])
    old = Warehouse.from_frames(orders({})).cohorts(NEXT_YEAR).iloc[0]
    assert (old["value_90d_observed"], old["value_12m_observed"]) == (50, 50)


def test_nothing_before_the_first_order_gives_empty_answers():
    store = Warehouse.from_frames(orders({}))
    for question in ("customers", "daily", "value_by_age", "retention", "cohorts"):
        table = getattr(store, question)(date(2024, 12, 31))
        assert table.empty
        assert len(table.columns) > 3, question


def test_hostile_names_stay_text():
    evil = "'; DROP TABLE x; -- <script>"
    table = Warehouse.from_frames(
        orders({"channel": evil}), lines(("001", evil, 1.0)), products((evil.lower(), evil, 1.0))
    ).customers(NEXT_YEAR)
    assert table[["channel", "first_product"]].to_numpy().tolist() == [[evil, evil]]


def test_money_is_the_same_to_the_last_bit_on_every_run():
    rows = [
        {"customer_id": f"c{n % 50}", "ordered_at": f"2025-0{1 + n % 9}-03", "items": 0.1 * n}
        for n in range(1, 400)
    ]
    log = orders(*rows)
    tables = [
        Warehouse.from_frames(log.sample(frac=1, random_state=seed), costs=COSTS).customers(
            NEXT_YEAR
        )
        for seed in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_cdnow_equals_lifetimes(shared_data):
    utils = require("lifetimes.utils")
    log = pd.read_csv(shared_data / "cdnow.csv.gz", dtype={"customer_id": str, "order_id": str})
    log["ordered_at"] = pd.to_datetime(log["ordered_at"])
    log["day"] = log["ordered_at"].dt.normalize()
    as_of = date(1997, 9, 30)
    table = Warehouse.from_frames(log).customers(as_of).set_index("customer_id")
    expected = utils.summary_data_from_transaction_data(
        log[log["revenue"] > 0], "customer_id", "day", "revenue", observation_period_end=as_of
    )
    assert len(table) == len(expected) > 20_000
    for ours, theirs in {
        "repeat_days": "frequency",
        "recency_days": "recency",
        "age_days": "T",
    }.items():
        assert (table[ours] == expected[theirs]).all(), ours
    repeat = expected["monetary_value"].where(expected["frequency"] > 0)
    pd.testing.assert_series_equal(
        table["mean_repeat_revenue"], repeat, check_names=False, check_exact=False, rtol=1e-9
    )


@pytest.mark.parametrize("dialect", ["postgres", "bigquery", "snowflake", "trino", "databricks"])
def test_the_questions_compile_for_other_engines(dialect):
    loaded = {
        name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name)
        for name, schema in SCHEMAS.items()
    }
    labelled = label_lines(loaded["lines"], catalogue(loaded["lines"], loaded["products"]))
    bought = loaded["orders"].left_join(main_products(labelled), "order_id")
    priced = order_money(bought.mutate(is_purchase=bought.revenue > 0), labelled, COST_MODELS[2])
    ibis.to_sql(priced, dialect=dialect)
    days = ibis.table(customer_days(priced).schema(), name="days")
    table = named_products(customer_table(days, NEXT_YEAR), top=8, has_products=True)
    questions = [
        customer_days(priced),
        table,
        actuals.by_day(days, NEXT_YEAR),
        actuals.by_age(days, table, NEXT_YEAR),
        actuals.by_month_of_age(days, table, NEXT_YEAR, 3),
        actuals.in_window(days, date(2025, 1, 1), NEXT_YEAR),
        actuals.by_cohort(table, ("channel",)),
    ]
    for question in questions:
        assert "SELECT" in ibis.to_sql(question, dialect=dialect)


@pytest.mark.parametrize("engine", ["nosuch", "postgres://me:secret@127.0.0.1:1/x", "nosuch://a:b"])
def test_an_engine_that_does_not_open_is_one_clear_message(engine):
    with pytest.raises(WorkbenchError, match=r"could not be opened.*\n.*duckdb") as caught:
        Warehouse.from_frames(orders({}), engine=engine)
    assert "secret" not in str(caught.value)
