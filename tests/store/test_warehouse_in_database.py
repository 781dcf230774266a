"""Orders that stay in their database: every answer is that of the same orders as a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from tests.conftest import ROOT, require
from tests.databases import PASSWORD, URL, duckdb_file, running_postgres
from workbench.analysis.inputs import ANSWERS
from workbench.sources.exports import TableExports
from workbench.store.warehouse import Warehouse

COSTS = {
    "goods_rate": {"by_product": {"Tea": 0.2}, "default": 0.4},
    "fulfilment_per_order": 6.4,
    "payment": {"rate": 0.029, "fixed": 0.3},
}


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """Return a plain order log made of a sample brand, with what real tables have, too."""
    exports = wb.read_exports(wb.load_brand(ROOT / "data" / "sample" / "little_fern"))
    orders = exports.orders.head(2000)
    first = exports.order_lines.drop_duplicates("order_id").set_index("order_id")["name"]
    name = orders["order_id"].map(first)
    table = pd.DataFrame(
        {
            "order_id": orders["order_id"].astype("int64"),
            "customer_id": "k" + orders["customer_id"].str[2:],
            "ordered_at": orders["ordered_at"],
            "revenue": (orders["revenue"] + orders["refund"]).round(2),
            "refund": orders["refund"].round(2),
            "discount": orders["discount"],
            "shipping": orders["shipping"],
            "tax": orders["tax"],
            "channel": orders["channel"].replace({"Meta Ads": "fb", "Unknown": None}),
            "campaign": "spring",
            "product": name,
            "category": name.str.split().str[-1],
            "quantity": 1,
        }
    ).reset_index(drop=True)
    table.loc[5:9, "customer_id"] = None
    table.loc[12, "revenue"] = None
    table.loc[15:40, "channel"] = "DIRECT"
    table.loc[60, ["customer_id", "ordered_at", "revenue"]] = table.loc[
        61, ["customer_id", "ordered_at", "revenue"]
    ]
    return table


def brand_at(small_brand, name: str, source: dict, files=None, **changes) -> wb.Brand:
    settings = {"timezone": "UTC", "costs": COSTS, "as_of": "2026-06-30", **changes}
    sources = {"orders": {"format": "orders", **source}}
    return wb.load_brand(small_brand(name, files=files, sources=sources, **settings))


def as_file(small_brand, log, **changes) -> wb.Brand:
    files = {"orders.csv": log.to_csv(index=False)}
    return brand_at(small_brand, "file/fern", {"path": "orders.csv"}, files, **changes)


def in_duckdb(small_brand, log, **changes) -> wb.Brand:
    home = small_brand("duck/fern")
    duckdb_file(home / "shop.duckdb", {"orders": log})
    source = {"connect": "duckdb://shop.duckdb", "table": "orders"}
    return brand_at(small_brand, "duck/fern", source, **changes)


def compare(file: wb.Brand, database: wb.Brand, out: Path, *, exact: bool = True) -> None:
    """Assert that answers, readiness and reading log are the same, with no row fetched."""
    expected = wb.open_analysis(file, out=out / "a")
    got = wb.open_analysis(database, out=out / "b")
    assert isinstance(got.exports, TableExports)
    for name in ANSWERS:
        pd.testing.assert_frame_equal(
            got.answer(name), expected.answer(name), check_exact=exact, rtol=1e-12
        )
    assert len(got.customers) > 1000
    assert got.as_of == expected.as_of
    for one, other in zip(got.readiness, expected.readiness, strict=True):
        assert (one.check, one.status, one.message) == (other.check, other.status, other.message)
    logs = (a.exports.log.drop(columns="file") for a in (got, expected))
    pd.testing.assert_frame_equal(*logs)
    assert got.warehouse.first_year(got.as_of) == pytest.approx(
        expected.warehouse.first_year(got.as_of), rel=1e-12, nan_ok=True
    )
    assert not {"orders", "order_lines"} & set(vars(got.exports)), "no row left the database"
    for name in ("orders", "order_lines", "products"):
        left, right = (getattr(a.exports, name) for a in (got, expected))
        drop = [column for column in ("source_file",) if column in left]
        pd.testing.assert_frame_equal(left.drop(columns=drop), right.drop(columns=drop))


def test_duckdb_answers_exactly_as_the_file(small_brand, log, tmp_path):
    compare(as_file(small_brand, log), in_duckdb(small_brand, log), tmp_path)


@pytest.mark.parametrize("kind", ["tax_inside", "no_money", "times_of_the_world", "no_extras"])
def test_it_stays_exact_whatever_the_table_holds(small_brand, log, tmp_path, kind):
    changes: dict = {}
    if kind == "tax_inside":
        changes["costs"] = {**COSTS, "tax_included_rate": 0.19}
        log = log.drop(columns="tax")
    elif kind == "no_money":
        log = log.assign(revenue=None, refund=None, discount=None, shipping=None, tax=None)
        log = log.astype(dict.fromkeys(("revenue", "refund", "discount", "shipping", "tax"), float))
    elif kind == "times_of_the_world":
        log = log.assign(ordered_at=log["ordered_at"].dt.tz_localize("UTC"))
        changes["timezone"] = "America/New_York"
    else:
        log = log[["order_id", "customer_id", "ordered_at", "revenue"]]
        changes["costs"] = None
    compare(as_file(small_brand, log, **changes), in_duckdb(small_brand, log, **changes), tmp_path)


def test_postgres_answers_as_the_file(small_brand, log, tmp_path, monkeypatch):
    require("psycopg")
    kinds = {
        "order_id": "bigint", "customer_id": "text", "ordered_at": "timestamptz",
        "revenue": "numeric(12,2)", "refund": "numeric", "discount": "real",
        "shipping": "double precision", "tax": "double precision", "channel": "varchar(40)",
        "campaign": "text", "product": "text", "category": "text", "quantity": "int",
    }  # fmt: skip
    log = log.assign(discount=log["discount"].round(0))  # what a `real` holds exactly
    at = log.assign(ordered_at=log["ordered_at"].dt.tz_localize("UTC"))
    with running_postgres() as server:
        server.fill("orders", kinds, at)
        for name, value in {"USER": "shop", "PASSWORD": PASSWORD, "PORT": server.port}.items():
            monkeypatch.setenv(f"WB_{name}", str(value))
        database = brand_at(small_brand, "pg/fern", {"connect": URL, "table": "orders"})
        compare(as_file(small_brand, log), database, tmp_path, exact=False)
        left = [path for path in tmp_path.rglob("*") if path.is_file()]
        told = [path for path in left if PASSWORD.encode() in path.read_bytes()]
        assert told == [], "no file of the run holds the password"


UNCLEAN = {
    "several rows share an order id": lambda log: log.assign(
        order_id=log["order_id"].iloc[log.index // 2].to_numpy()
    ),
    "refunds are rows of their own": lambda log: log.assign(
        revenue=log["revenue"].where(log.index != 99, -5.0)
    ),
    "customers are e-mail addresses": lambda log: log.assign(
        customer_id=log["customer_id"] + "@example.com"
    ),
    "is of type": lambda log: log.assign(ordered_at=log["ordered_at"].astype("str")),
}


@pytest.mark.parametrize("reason", UNCLEAN)
def test_an_unclean_table_is_read_row_by_row_and_says_why(small_brand, log, reason):
    log = UNCLEAN[reason](log.head(600))
    expected = wb.read_exports(as_file(small_brand, log))
    got = wb.read_exports(in_duckdb(small_brand, log))
    assert not isinstance(got, TableExports)
    (note,) = got.log.loc[got.log["what"] == "rows of a table read one by one", "note"]
    assert reason in note
    assert len(got.orders) == len(expected.orders)
    if "e-mail" not in reason:  # keys are those of a brand folder
        drop = ["source_file"]
        pd.testing.assert_frame_equal(
            got.orders.drop(columns=drop), expected.orders.drop(columns=drop)
        )


def test_a_second_analysis_reads_its_tables_and_leaves_orders_where_they_are(
    small_brand, log, tmp_path
):
    brand = in_duckdb(small_brand, log.head(500))
    first = wb.open_analysis(brand, out=tmp_path)
    kept = first.answer("customers")
    assert not list(tmp_path.rglob("export_orders.parquet"))
    again = wb.open_analysis(brand, out=tmp_path)
    assert isinstance(again.exports, TableExports)
    pd.testing.assert_frame_equal(again.answer("customers"), kept)
    before = first.input_hash
    del first, again  # DuckDB lets nobody write to a file that is being read
    duckdb_file(brand.folder / "shop.duckdb", {"orders": log.head(501)})
    assert wb.open_analysis(brand, out=tmp_path).input_hash != before


def test_a_warehouse_keeps_its_connection(small_brand, log):
    brand = in_duckdb(small_brand, log.head(300))
    warehouse = Warehouse.open(brand, wb.read_exports(brand))  # the exports are gone by now
    assert len(warehouse.customers(brand.as_of)) > 50
