"""Every readiness check in each of its answers, on frames made by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from tests.store.logs import COSTS, orders
from workbench.brand import DIMENSIONS, Brand
from workbench.checks import Status
from workbench.sources import Exports
from workbench.sources.frames import fit
from workbench.store import (
    readiness_channels,
    readiness_history,
    readiness_money,
    readiness_orders,
)
from workbench.store.readiness import CHECKS, Facts, Thresholds, readiness
from workbench.store.warehouse import Warehouse

AS_OF = date(2025, 12, 31)
LIMITS = Thresholds()
PASS, REVIEW, FAIL = Status.PASS, Status.REVIEW, Status.FAIL


def brand(**changes) -> Brand:
    settings = {
        "name": "Juniper Tea",
        "currency": "USD",
        "timezone": "America/New_York",
        "sources": {"orders": {"format": "orders", "path": "orders.csv"}},
    }
    return Brand(folder=Path("juniper"), **{**settings, **changes})


def facts(**parts) -> SimpleNamespace:
    """Return what a check reads; whatever it should not read is missing."""
    parts.setdefault("brand", brand())
    parts.setdefault("as_of", AS_OF)
    parts.setdefault("has_money", True)
    parts.setdefault("exports", Exports(orders=parts.get("orders", orders({}))))
    given = SimpleNamespace(**parts)
    given.log_count = lambda pattern: Facts.log_count(cast("Facts", given), pattern)
    return given


def daily(new=(), sold=None) -> pd.DataFrame:
    """Return days up to the as-of date with so many new customers and orders on each."""
    sold = list(new) if sold is None else list(sold)
    days = pd.date_range(end=AS_OF, periods=len(sold))
    new = list(new) or [0] * len(sold)
    return pd.DataFrame({"day": days, "new_customers": new, "orders": sold})


def log(what, number):
    return fit("log", pd.DataFrame({"source": ["orders"], "what": [what], "count": [number]}))


def spend(*rows) -> pd.DataFrame:
    """Return spend from (channel, month, spend[, conversions[, daily]])."""
    table = [(*row, None, True)[:5] if len(row) < 5 else row for row in rows]
    names = ["channel", "month", "spend", "platform_conversions", "daily"]
    frame = pd.DataFrame(table, columns=names)
    fitted = fit("spend", frame.assign(date=pd.to_datetime(frame["month"] + "-01")))
    return fitted.assign(month=frame["month"])


def won(*rows) -> pd.DataFrame:
    """Return customers from (channel, month, number)."""
    table = [(channel, month) for channel, month, number in rows for _ in range(number)]
    return pd.DataFrame(table, columns=["channel", "first_month"])


def customers(number, **columns):
    return pd.DataFrame(columns, index=range(number))


@pytest.mark.parametrize(("days", "status"), [(90, FAIL), (91, REVIEW), (365, REVIEW), (366, PASS)])
def test_history_length(days, status):
    # so many calendar days have one day fewer between the first order and the as-of date
    check = readiness_history.history_length(facts(daily=daily(sold=[1] * days)), LIMITS)
    assert (check.status, check.value) == (status, days - 1)


@pytest.mark.parametrize(
    ("ages", "status"),
    [([89] * 500, FAIL), ([364] * 500, REVIEW), ([365] * 99 + [90], REVIEW), ([365] * 100, PASS)],
)
def test_observed_year(ages, status):
    table = customers(len(ages), age_days=ages)
    assert readiness_history.observed_year(facts(customers=table), LIMITS).status == status


@pytest.mark.parametrize(
    ("months", "status"),
    [
        ([20, 20, 20, 20, 20], PASS),
        ([20, 25, 30, 40, 60], PASS),  # growth
        ([20, 22, 19, 0, 0, 0], PASS),  # one acquisition quarter
        ([20, 22, 19, 0, 1, 0], PASS),
        ([40, 15, 20, 20, 20], REVIEW),
        ([100, 30, 20, 20, 20], FAIL),
        ([20], REVIEW),
        ([20, 0, 0], REVIEW),
    ],
)
def test_left_truncation(months, status):
    new = [number for month in months for number in [month] * 30]
    check = readiness_history.left_truncation(facts(daily=daily(new)), LIMITS)
    assert check.status == status
    if len(months) == 1:
        assert check.value is None


@pytest.mark.parametrize(
    ("sold", "status", "value"),
    [
        ([5] * 60, PASS, 0),
        ([5] * 30 + [0] * 3 + [5] * 10, PASS, 3),
        ([0, 0, 0, 1] * 20, PASS, 3),  # a small shop is often silent
        ([5] * 30 + [0] * 4 + [5] * 10, REVIEW, 4),
        ([5] * 30 + [0] * 5, REVIEW, 5),  # the export ends before the as-of date
        ([5] * 30 + [0] * 28 + [5] * 10, FAIL, 28),
    ],
)
def test_order_gaps(sold, status, value):
    check = readiness_history.order_gaps(facts(daily=daily(sold=sold)), LIMITS)
    assert (check.status, check.value) == (status, value)


def test_a_first_lone_order_promises_no_order_a_day():
    sold = [1, *[0] * 59, 1, *[0] * 90, 1]
    check = readiness_history.order_gaps(facts(daily=daily(sold=sold)), LIMITS)
    assert check.status is Status.PASS


@pytest.mark.parametrize(
    ("frequent", "regular", "status"),
    [(49, 49, PASS), (100, 24, PASS), (100, 25, REVIEW), (100, 60, FAIL)],
)
def test_regular_buying(frequent, regular, status):
    store = SimpleNamespace(regular_buyers=lambda as_of: (frequent, regular))
    check = readiness_history.regular_buying(facts(warehouse=store), LIMITS)
    assert check.status == status
    assert ("Not applicable" in check.message) == (frequent < 50)


def test_subscribers_are_told_from_buyers_at_random():
    rows = [{"customer_id": "sub", "ordered_at": f"2025-{month:02d}-03"} for month in range(1, 8)]
    random_days = ["01-01", "01-02", "01-20", "04-01", "04-03", "07-30"]
    rows += [{"customer_id": "free", "ordered_at": f"2025-{day}"} for day in random_days]
    rows += [{"customer_id": "rare", "ordered_at": f"2025-0{month}-01"} for month in range(1, 5)]
    assert Warehouse.from_frames(orders(*rows)).regular_buyers(AS_OF) == (2, 1)


@pytest.mark.parametrize(("day", "status"), [("2025-12-31 23:59", PASS), ("2026-01-01", REVIEW)])
def test_after_as_of(day, status):
    given = Facts(brand(), Exports(orders=orders({}, {"ordered_at": day})), None, AS_OF)
    assert readiness_history.after_as_of(given, LIMITS).status == status


def test_after_as_of_when_nothing_is_left():
    given = Facts(brand(), Exports(orders=orders({"ordered_at": "2026-01-01"})), None, AS_OF)
    assert readiness_history.after_as_of(given, LIMITS).status == FAIL


@pytest.mark.parametrize(("number", "status"), [(0, FAIL), (1, FAIL), (2, REVIEW), (300, PASS)])
def test_customers(number, status):
    given = facts(customers=customers(number))
    assert readiness_orders.enough_customers(given, LIMITS).status == status


@pytest.mark.parametrize(("again", "status"), [(0, FAIL), (49, REVIEW), (50, PASS)])
def test_repeat_buyers(again, status):
    table = customers(100, repeat_days=[2] * again + [0] * (100 - again))
    assert readiness_orders.repeat_buyers(facts(customers=table), LIMITS).status == status


@pytest.mark.parametrize(
    ("sizes", "status"),
    [([29, 29], FAIL), ([10], FAIL), ([500], REVIEW), ([29, 30], REVIEW), ([29, 30, 31], PASS)],
)
def test_cohort_sizes(sizes, status):
    store = SimpleNamespace(cohorts=lambda as_of: pd.DataFrame({"customers": sizes}))
    table = pd.DataFrame(dict.fromkeys(DIMENSIONS, "x"), index=range(sum(sizes)))
    given = facts(warehouse=store, customers=table)
    assert readiness_orders.cohort_sizes(given, LIMITS).status == status


@pytest.mark.parametrize(("number", "status"), [(9, PASS), (10, REVIEW), (50, FAIL)])
def test_guests(number, status):
    table = customers(100, guest=[True] * number + [False] * (100 - number))
    assert readiness_orders.guests(facts(customers=table), LIMITS).status == status


@pytest.mark.parametrize(
    ("what", "number", "status"),
    [
        ("voided orders dropped", 999, PASS),
        ("exact duplicate rows dropped", 199, PASS),
        ("orders repeated in overlapping exports dropped", 200, REVIEW),
        ("orders alike in customer, time and amount", 1, REVIEW),
        ("orders alike in customer, time and amount", 200, FAIL),
    ],
)
def test_duplicates(what, number, status):
    exports = Exports(orders=pd.DataFrame(index=range(1000)), log=log(what, number))
    assert readiness_orders.duplicates(facts(exports=exports), LIMITS).status == status


@pytest.mark.parametrize(
    ("large", "status"), [(20.0, PASS), (21.0, REVIEW), (99.0, REVIEW), (100.0, FAIL)]
)
def test_giant_orders(large, status):
    # a hundred orders of 1; giant is more than 20 times that, 50% is reached at 100
    table = orders(*[{"items": 1.0}] * 100, {"items": large})
    assert readiness_orders.giant_orders(facts(orders=table), LIMITS).status == status


@pytest.mark.parametrize(("number", "status"), [(0, PASS), (1, REVIEW), (5, FAIL)])
def test_zero_orders(number, status):
    table = orders(*[{"items": 0.0}] * number, *[{}] * (10 - number))
    assert readiness_orders.zero_orders(facts(orders=table), LIMITS).status == status


def test_money():
    assert readiness_money.money(facts(has_money=False), LIMITS).status == FAIL
    assert readiness_money.money(facts(), LIMITS).status == PASS
    lost = Exports(orders=orders({}), log=log("rows without an amount left out", 3))
    check = readiness_money.money(facts(exports=lost), LIMITS)
    assert (check.status, check.value) == (REVIEW, 0.75)


@pytest.mark.parametrize(
    ("of_orders", "of_spend", "status"),
    [("USD", "USD", PASS), (None, "USD", REVIEW), ("USD", "EUR", FAIL), ("GBP", "GBP", FAIL)],
)
def test_currency(of_orders, of_spend, status):
    exports = Exports(
        orders=orders({"currency": of_orders}),
        spend=spend(("Meta Ads", "2025-01", 5.0)).assign(currency=of_spend),
    )
    assert readiness_money.currency(facts(exports=exports), LIMITS).status == status


OLD, NEW = "2025-06-01", "2025-12-20"


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([(OLD, 5.0), (NEW, 5.0)], PASS),
        ([(OLD, 5.0), (NEW, 9.0)], PASS),
        ([(OLD, 5.0), (NEW, 0.0)], REVIEW),
        ([(OLD, 15.0), (NEW, 0.0)], FAIL),
        ([(OLD, 0.0), (NEW, 0.0)], REVIEW),
        ([(NEW, 5.0)], REVIEW),
        ([(OLD, 5.0)], REVIEW),
    ],
)
def test_refund_maturity(rows, status):
    table = orders(*({"ordered_at": day, "items": 100.0, "refund": back} for day, back in rows))
    check = readiness_money.refund_maturity(facts(orders=table), LIMITS)
    assert check.status == status
    if len(rows) == 1 or not any(back for _, back in rows):
        assert check.value is None
        assert "Could not be checked" in check.message


@pytest.mark.parametrize(
    ("costs", "status"),
    [
        (None, REVIEW),
        (COSTS, PASS),
        ({"goods_rate": 0.0}, REVIEW),
        ({"goods_rate": 0.5, "fulfilment_per_order": 25.0}, FAIL),
    ],
)
def test_costs(costs, status):
    settings = brand(costs=costs)
    store = Warehouse.from_frames(orders({}), costs=settings.costs)
    assert readiness_money.costs(facts(brand=settings, warehouse=store), LIMITS).status == status


@pytest.mark.parametrize(("number", "status"), [(9, PASS), (10, REVIEW), (50, FAIL)])
def test_channels_known(number, status):
    table = customers(100, channel=["Unknown"] * number + ["Email"] * (100 - number))
    given = facts(customers=table, spend=spend())
    assert readiness_channels.channels_known(given, LIMITS).status == status


def test_channels_are_not_asked_for_where_none_are_compared():
    table = customers(10, channel="Unknown")
    months = brand(cohorts=["first_month"])
    quiet = readiness_channels.channels_known(
        facts(brand=months, customers=table, spend=spend()), LIMITS
    )
    assert (quiet.status, quiet.value) == (PASS, None)
    with_spend = facts(brand=months, customers=table, spend=spend(("Meta Ads", "2025-01", 5.0)))
    assert readiness_channels.channels_known(with_spend, LIMITS).status == FAIL


JAN = ("Meta Ads", "2025-01", 98.5)


@pytest.mark.parametrize(
    ("lost", "status"), [(1.5, PASS), (2.5, REVIEW), (98.0, REVIEW), (99.0, FAIL)]
)
def test_spend_without_customers(lost, status):
    given = facts(
        spend=spend(JAN, ("tiktok", "2025-02", lost)), customers=won(("Meta Ads", "2025-01", 5))
    )
    check = readiness_channels.spend_without_customers(given, LIMITS)
    assert check.status == status
    assert ("tiktok" in check.message) == (status != PASS)


@pytest.mark.parametrize(
    ("lost", "status"), [(0.0, PASS), (0.1, REVIEW), (98.0, REVIEW), (99.0, FAIL)]
)
def test_spend_without_channel(lost, status):
    rows = spend(JAN, ("Unassigned spend", "2025-01", lost)).assign(source_file="other.csv")
    given = facts(spend=rows, customers=won(("Meta Ads", "2025-01", 5), ("Unknown", "2025-01", 9)))
    check = readiness_channels.spend_without_channel(given, LIMITS)
    assert (check.status, check.check) == (status, "spend_without_channel")
    assert ("other.csv" in check.message) == (status != PASS)
    assert ("channel_rules" in check.recommendation) == (status != PASS)
    assert readiness_channels.spend_without_customers(given, LIMITS).status == PASS  # told once


@pytest.mark.parametrize(("free", "status"), [(1, PASS), (2, REVIEW), (98, FAIL)])
def test_customers_without_spend(free, status):
    table = won(
        ("Meta Ads", "2025-01", 98), ("Meta Ads", "2025-02", free), ("Email", "2025-01", 50)
    )
    check = readiness_channels.customers_without_spend(
        facts(spend=spend(JAN), customers=table), LIMITS
    )
    assert check.status == status
    assert "without any spend: Email" in check.message


def test_a_paid_channel_that_no_order_names_is_not_passed():
    given = facts(spend=spend(JAN), customers=won(("facebook", "2025-01", 9)))
    assert readiness_channels.customers_without_spend(given, LIMITS).status == REVIEW
    assert readiness_channels.spend_without_customers(given, LIMITS).status == FAIL


@pytest.mark.parametrize(
    ("claims", "status"),
    [(45.0, PASS), (60.0, REVIEW), (299.0, REVIEW), (400.0, FAIL), (None, REVIEW)],
)
def test_platform_claims(claims, status):
    given = facts(
        spend=spend(("Meta Ads", "2025-01", 100.0, claims)),
        customers=won(("Meta Ads", "2025-01", 40)),
    )
    check = readiness_channels.platform_claims(given, LIMITS)
    assert check.status == status
    assert check.value == (None if claims is None else claims / 40)


def test_platform_claims_prefer_new_customers_and_need_enough_of_them():
    table = spend(("Meta Ads", "2025-01", 100.0, 400.0)).assign(new_customers_claimed=40.0)
    given = facts(spend=table, customers=won(("Meta Ads", "2025-01", 40)))
    assert readiness_channels.platform_claims(given, LIMITS).value == 1
    few = facts(spend=table, customers=won(("Meta Ads", "2025-01", 29)))
    assert "Could not be checked" in readiness_channels.platform_claims(few, LIMITS).message


@pytest.mark.parametrize(("daily", "status"), [(True, PASS), (False, REVIEW)])
def test_spend_grain(daily, status):
    given = facts(spend=spend(("Meta Ads", "2025-01", 100.0, None, daily)))
    assert readiness_channels.spend_grain(given, LIMITS).status == status


def test_without_spend_one_check_asks_for_it():
    given = facts(spend=spend(), customers=won(("Email", "2025-01", 9)))
    asked = readiness_channels.spend_without_customers(given, LIMITS)
    assert (asked.status, asked.value) == (REVIEW, None)
    for check in (
        readiness_channels.spend_without_channel,
        readiness_channels.customers_without_spend,
        readiness_channels.platform_claims,
        readiness_channels.spend_grain,
    ):
        assert "Not applicable" in check(given, LIMITS).message


def run(log, settings=None, as_of=AS_OF):
    settings = settings or brand()
    exports = Exports(orders=log)
    return {
        check.check: check
        for check in readiness(settings, exports, Warehouse.open(settings, exports), as_of)
    }


def test_a_small_shop_gets_every_answer_in_words():
    checks = run(orders({}, {"customer_id": "bob"}, {"ordered_at": "2025-03-01"}))
    assert len(checks) == len(CHECKS) > 20
    for check in checks.values():
        assert check.message.endswith((".", "with.", ")"))
        assert check.threshold
        assert bool(check.recommendation) == (check.status != PASS), check
        assert "nan" not in check.message.lower(), check
    assert checks["customers"].status == REVIEW
    assert checks["costs"].status == REVIEW


def test_one_customer_and_nobody_at_all_fail_with_words():
    assert run(orders({}))["customers"].status == FAIL
    assert run(orders({}))["repeat_buyers"].status == FAIL
    nobody = run(orders({"refund": 50.0}))
    assert nobody["customers"].status == FAIL
    assert "history_length" not in nobody


def test_a_log_without_money_fails_on_money_only():
    log = orders({}, {"customer_id": "bob"}, {"ordered_at": "2025-03-01"})
    log["revenue"] = float("nan")
    checks = run(log)
    assert checks["money"].status == FAIL
    for name in ("costs", "giant_orders", "zero_orders", "refund_maturity"):
        assert "Not applicable" in checks[name].message


def test_only_what_is_known_on_the_as_of_date_counts():
    log = orders({}, {"customer_id": "bob"}, {"ordered_at": "2025-09-01", "items": 9999.0})
    checks = run(log, as_of=date(2025, 6, 30))
    assert checks["giant_orders"].value == 0
    assert checks["repeat_buyers"].status == FAIL
    assert checks["after_as_of"].value == 1
