"""Schemas of the canonical tables."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.store.logs import lines, orders, products
from workbench.brand import load_brand
from workbench.errors import SourceError
from workbench.sources import Exports, read_exports
from workbench.sources.frames import COLUMNS, fit
from workbench.store.tables import validate

GOOD = Exports(
    orders=orders({}, {"discount": 5.0, "shipping": 4.0, "refund": 10.0}),
    order_lines=lines(("001", "Mug", 50.0)),
    products=products(("mug", "Cups", 9.0)),
)


def spend(**changes):
    row = {
        "date": pd.Timestamp("2025-01-01"),
        "channel": "Meta Ads",
        "spend": 10.0,
        "currency": "USD",
    }
    return fit("spend", pd.DataFrame([{**row, **changes}]))


def broken(exports: Exports = GOOD, **tables) -> str:
    with pytest.raises(SourceError) as caught:
        validate(replace(exports, **tables))
    return str(caught.value)


def test_what_readers_return_is_valid(small_brand):
    validate(GOOD)
    validate(Exports())
    validate(read_exports(load_brand(small_brand())))


def test_a_log_without_any_money_is_valid():
    log = orders({}, {})
    log[["items", "revenue"]] = float("nan")
    validate(replace(GOOD, orders=log))


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("order_id", "001", "different in every row"),
        ("order_id", None, "filled in every row"),
        ("customer_id", "", "filled in every row"),
        ("channel", None, "filled in every row"),
        ("discount", -1.0, "0 or more"),
        ("items", float("inf"), "a finite number"),
        ("revenue", 49.0, "revenue is items - discount + shipping - refund"),
        ("revenue", None, "revenue is known for every order or for none"),
        ("day", pd.Timestamp("2025-01-02"), "day is the day of ordered_at"),
        ("channel_confidence", "sure", "high, medium, low, none"),
    ],
)
def test_each_rule_of_orders_names_its_row(column, value, rule):
    log = orders({}, {})
    log.loc[1, column] = value
    text = broken(orders=log)
    assert rule in text
    assert "rows 1 (the first is 0): 1 row breaks the rule" in text


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_every_missing_column_is_reported_at_once(table):
    text = broken(**{table: pd.DataFrame()})
    for column in COLUMNS[table]:
        assert f"table {table}: column {column} is missing" in text


def test_columns_of_a_wrong_kind_are_reported_once_each():
    log = orders({}).assign(discount="5", day="2025-01-01", guest="no", ordered_at=pd.NaT)
    log["ordered_at"] = pd.Series(pd.to_datetime(["2025-01-01T10:00Z"]))
    text = broken(orders=log)
    for column, words in {
        "discount": "a number", "day": "a date in shop time", "guest": "True or False",
        "ordered_at": "without time zone",
    }.items():  # fmt: skip
        assert f"column {column}: all rows break the rule" in text
        assert words in text
    assert text.count("column discount") == 1


def test_all_problems_of_all_tables_come_together():
    text = broken(
        orders=orders({"discount": -1.0, "items": 49.0}),
        products=products(("Mug ", "Cups", -1.0)),
        spend=spend(spend=None),
        profiles=fit("profiles", pd.DataFrame({"customer_id": ["a"], "churn_probability": [1.5]})),
    )
    for words in ("table orders, column discount", "table products, column key",
                  "table products, column unit_cost", "table spend, column spend",
                  "a share from 0 to 1"):  # fmt: skip
        assert words in text


def test_an_address_in_an_id_is_refused_and_not_repeated():
    people = fit("identities", pd.DataFrame({"customer_id": [None], "email": ["ann@example.com"]}))
    text = broken(orders=orders({"customer_id": "ann@example.com"}), identities=people)
    assert "no e-mail address" in text
    assert "table identities, column customer_id" in text
    assert "ann@" not in text


def test_currencies_do_not_mix():
    assert "EUR in spend; USD in orders" in broken(spend=spend(currency="EUR"))
    validate(replace(GOOD, spend=spend()))
