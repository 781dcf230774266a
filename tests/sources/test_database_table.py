"""Tables of a database as sources: the same as files, with no credential anywhere."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT, require
from tests.databases import PASSWORD, URL, Postgres, duckdb_file, running_postgres
from tests.sources.reading import read, same
from workbench.brand import load_brand
from workbench.errors import BrandError, SourceError
from workbench.sources import read_exports

COLUMNS = {
    "order_id": "text",
    "customer_id": "text",
    "ordered_at": "timestamp",
    "revenue": "numeric(12,2)",
    "refund": "numeric(12,2)",
    "discount": "numeric(12,2)",
    "shipping": "numeric(12,2)",
    "tax": "double precision",
    "channel": "text",
    "product": "text",
    "buyer_email": "text",
}


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """Return the orders of a sample brand as a plain log, one row per order."""
    exports = read_exports(load_brand(ROOT / "data" / "sample" / "little_fern"))
    orders = exports.orders
    first = exports.order_lines.drop_duplicates("order_id").set_index("order_id")["name"]
    return pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "customer_id": orders["customer_id"],
            "ordered_at": orders["ordered_at"],
            "revenue": (orders["revenue"] + orders["refund"]).round(2),
            "refund": orders["refund"].round(2),
            "discount": orders["discount"],
            "shipping": orders["shipping"],
            "tax": orders["tax"],
            "channel": orders["channel"],
            "product": orders["order_id"].map(first),
            "buyer_email": orders["customer_id"] + "@example.com",
        }
    )


@pytest.fixture(scope="module")
def postgres():
    require("psycopg")
    with running_postgres() as server:
        yield server


@pytest.fixture
def credentials(postgres, monkeypatch):
    monkeypatch.setenv("WB_USER", "shop")
    monkeypatch.setenv("WB_PASSWORD", PASSWORD)
    monkeypatch.setenv("WB_PORT", str(postgres.port))


def brand_of(small_brand, folder: str, log: pd.DataFrame | None = None, **orders) -> Path:
    files = {} if log is None else {"orders.csv": log.to_csv(index=False)}
    return small_brand(
        folder, files=files, timezone="UTC", sources={"orders": {"format": "orders", **orders}}
    )


def as_file(small_brand, log: pd.DataFrame) -> Path:
    return brand_of(small_brand, "fern", log, path="orders.csv")


def in_duckdb(small_brand, log: pd.DataFrame, table: str = "analytics.orders", **more) -> Path:
    folder = brand_of(small_brand, "duck/fern")
    duckdb_file(folder / "shop.duckdb", {table: log})
    return brand_of(
        small_brand, "duck/fern", **{"connect": "duckdb://shop.duckdb", "table": table, **more}
    )


def problems(folder: Path) -> str:
    with pytest.raises((BrandError, SourceError)) as caught:
        read(folder)
    return str(caught.value)


def test_a_duckdb_table_gives_what_the_file_gives(small_brand, log):
    expected = read(as_file(small_brand, log))
    got = read(in_duckdb(small_brand, log))
    assert set(got.orders["source_file"]) == {"analytics.orders"}
    same(*(_unsourced(exports) for exports in (expected, got)))
    assert len(got.orders) > 3000


def _unsourced(exports):
    from dataclasses import replace

    return replace(exports, orders=exports.orders.drop(columns="source_file"))


@pytest.mark.usefixtures("credentials")
def test_a_postgres_table_gives_what_the_file_gives(small_brand, log, postgres: Postgres):
    postgres.run("CREATE SCHEMA IF NOT EXISTS analytics")
    postgres.fill("analytics.orders", COLUMNS, log)
    expected = read(as_file(small_brand, log))
    folder = brand_of(small_brand, "pg/fern", connect=URL, table="analytics.orders")
    same(*(_unsourced(exports) for exports in (expected, read(folder))))
