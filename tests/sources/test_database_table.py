"""Tables of a database as sources: the same as files, with no credential anywhere."""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd
import pytest

from tests.conftest import ROOT, require
from tests.databases import PASSWORD, URL, Postgres, duckdb_file, running_postgres
from tests.sources.reading import everything, read
from workbench.brand import load_brand
from workbench.errors import BrandError, SourceError
from workbench.sources import Exports, read_exports
from workbench.sources.database_table import fingerprints, open_table
from workbench.sources.order_table import _typed
from workbench.sources.orders import columns_of

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
    orders = exports.orders.head(4000)
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
    same_rows(expected, got)
    assert len(got.orders) > 3000


def same_rows(one: Exports, other: Exports) -> None:
    for name in ("orders", "order_lines", "products", "identities"):
        left, right = (getattr(exports, name) for exports in (one, other))
        drop = [column for column in ("source_file",) if column in left]
        pd.testing.assert_frame_equal(left.drop(columns=drop), right.drop(columns=drop))


@pytest.mark.usefixtures("credentials")
def test_a_postgres_table_gives_what_the_file_gives(small_brand, log, postgres: Postgres):
    postgres.run("CREATE SCHEMA IF NOT EXISTS analytics")
    postgres.fill("analytics.orders", COLUMNS, log)
    expected = read(as_file(small_brand, log))
    folder = brand_of(small_brand, "pg/fern", connect=URL, table="analytics.orders")
    same_rows(expected, read(folder))


def test_a_table_that_changed_has_another_fingerprint(small_brand, log):
    folder = in_duckdb(small_brand, log)
    brand = load_brand(folder)
    before = fingerprints(brand)
    file = folder / "shop.duckdb"
    duckdb_file(file, {"analytics.orders": log.sample(frac=1, random_state=1)})
    assert fingerprints(brand) == before, "the order of rows decides nothing"
    swapped = log.copy()  # counts, sums, smallest and largest values all stay
    swapped.loc[[3, 4], "revenue"] = swapped.loc[[4, 3], "revenue"].to_numpy()
    assert swapped["revenue"].iloc[3] != swapped["revenue"].iloc[4]
    duckdb_file(file, {"analytics.orders": swapped})
    assert fingerprints(brand) != before


def test_columns_that_nobody_asked_for_are_never_selected(small_brand, log, monkeypatch):
    from workbench.sources.database_table import DatabaseTable

    asked: list[str] = []
    select = DatabaseTable._castable

    def spy(self, wanted):
        asked.extend(wanted)
        return select(self, wanted)

    monkeypatch.setattr(DatabaseTable, "_castable", spy)
    people = log.rename(columns={"buyer_email": "email"}).assign(phone="+49 30 1234", name="Ann")
    people["ordered_at"] = people["ordered_at"].astype("str")  # so that rows are read
    exports = read(in_duckdb(small_brand, people))
    assert {"order_id", "ordered_at"} <= set(asked)
    assert not {"email", "phone", "name"} & set(asked)
    assert exports.identities.empty
    mapped = {"columns": {"email": "email"}}
    assert len(read(in_duckdb(small_brand, people, **mapped)).identities)
    assert "@example.com" not in everything(exports)


LITERALS = [
    "postgres://shop:hunter2@host/db",
    "postgres://shop:hun/ter2@host/db",
    "postgres://${PGUSER}:hunter2${X}@host/db",
    "postgres://host/db?password=hunter2",
    "duckdb://md:shop?motherduck_token=hunter2",
    "snowflake://host/db?private_key=hunter2",
]


@pytest.mark.parametrize("url", LITERALS)
@pytest.mark.parametrize("setting", ["connect", "engine", "path"])
def test_a_password_in_brand_yaml_is_refused_and_never_repeated(small_brand, url, setting):
    orders = {"format": "orders", "path": "orders.csv"}
    changes = {"engine": url} if setting == "engine" else {}
    if setting == "connect":
        orders = {"format": "orders", "connect": url, "table": "orders"}
    elif setting == "path":
        orders["path"] = url
    folder = small_brand(sources={"orders": orders}, **changes)
    said = problems(folder)
    assert "hunter2" not in said
    assert "ter2" not in said
    assert "environment" in said or "without a password" in said


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"connect": "duckdb://shop.duckdb"}, "table is missing beside connect"),
        ({"table": "orders"}, "connect is missing beside table"),
        ({"path": "orders.csv", "connect": "duckdb://x", "table": "orders"}, "names both 'path'"),
        ({}, "names neither files nor a table"),
        ({"connect": "Duck DB", "table": "orders"}, "this is no connection URL"),
        ({"connect": "duckdb://no.duckdb", "table": "orders"}, "no database file 'no.duckdb'"),
        ({"connect": "nosuch://host/db", "table": "orders"}, "'nosuch' could not be opened"),
        ({"connect": "postgres://${NO_SUCH_USER}@h/d", "table": "o"}, "variable NO_SUCH_USER is"),
    ],
)
def test_a_source_that_cannot_be_opened_says_why(small_brand, spec, words):
    assert words in problems(brand_of(small_brand, "fern", **spec))


def test_only_formats_of_plain_tables_may_be_one(small_brand):
    spec = {"format": "shopify_orders", "connect": "duckdb://x.duckdb", "table": "orders"}
    assert "is read from files only" in problems(small_brand(sources={"orders": spec}))


def test_a_missing_table_names_those_that_there_are(small_brand, log):
    folder = in_duckdb(small_brand, log)
    said = problems(
        brand_of(small_brand, "duck/fern", connect="duckdb://shop.duckdb", table="orders")
    )
    assert folder.is_dir()
    assert "no table 'orders'" in said
    assert "analytics.orders" in said


def test_all_that_is_wrong_with_the_tables_is_said_at_once(small_brand, log):
    folder = in_duckdb(small_brand, log)
    broken = log.drop(columns=["revenue"]).assign(ordered_at="soon")
    duckdb_file(
        folder / "shop.duckdb",
        {"orders": broken, "costs": pd.DataFrame({"sku": [1], "cost": [-1]})},
    )
    table = {"connect": "duckdb://shop.duckdb"}
    small_brand(
        "duck/fern",
        sources={
            "orders": [
                {"format": "orders", "table": "orders", "columns": {"channel": "src"}, **table},
                {"format": "orders", "table": "later", **table},
            ],
            "products": {"format": "products", "table": "costs", **table},
        },
    )
    said = problems(folder)
    for words in (
        "column 'revenue' is missing",
        "brand.yaml maps channel to 'src'",
        "no table 'later'",
        "costs are below 0",
    ):
        assert words in said


def test_wrong_types_are_said_with_their_column(small_brand, log):
    said = problems(in_duckdb(small_brand, log.assign(ordered_at="soon", revenue="many")))
    assert "analytics.orders, column 'ordered_at'" in said
    assert "analytics.orders, column 'revenue'" in said


def test_channels_products_and_spend_may_be_tables_too(small_brand, log):
    spend = pd.DataFrame(
        {"date": pd.to_datetime(["2026-01-05"]), "channel": ["Podcast"], "spend": [120.5]}
    )
    tables = {
        "orders": log.drop(columns="channel"),
        "told": pd.DataFrame({"order_id": log["order_id"], "channel": "Podcast"}),
        "articles": pd.DataFrame(
            {"name": log["product"].unique(), "category": "All", "unit_cost": 2.5}
        ),
        "spend": spend,
    }
    folder = small_brand("duck/fern")
    duckdb_file(folder / "shop.duckdb", tables)
    texts = {f"{name}.csv": frame.to_csv(index=False) for name, frame in tables.items()}
    formats = {"orders": "orders", "channels": "order_channels", "products": "products"}
    formats["spend"] = "spend"
    names = {"orders": "orders", "channels": "told", "products": "articles", "spend": "spend"}

    def sources(place):
        return {key: {"format": formats[key], **place(names[key])} for key in formats}

    files = sources(lambda name: {"path": f"{name}.csv"})
    small_brand("duck/fern", files=texts, timezone="UTC", sources=files)
    expected = read(folder)
    small_brand(
        "duck/fern", timezone="UTC",
        sources=sources(lambda name: {"connect": "duckdb://shop.duckdb", "table": name}),
    )  # fmt: skip
    got = read(folder)
    for name in ("spend", "products", "order_lines"):
        left, right = (getattr(one, name) for one in (expected, got))
        drop = [column for column in ("source_file",) if column in left]
        pd.testing.assert_frame_equal(left.drop(columns=drop), right.drop(columns=drop))
    assert set(got.orders["channel"]) == {"Podcast"}
    assert got.spend["spend"].tolist() == [120.5]


@pytest.mark.usefixtures("credentials")
def test_no_message_and_no_cause_holds_the_password(small_brand, postgres, monkeypatch):
    folder = brand_of(small_brand, "pg/fern", connect=URL, table="nothing")
    assert "no table 'nothing'" in problems(folder)
    for changes in ({"WB_PASSWORD": "wr@ng/secret"}, {"WB_PORT": "1", "WB_PASSWORD": "a"}):
        for name, value in changes.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SourceError) as caught:
            read(folder)
        error: BaseException | None = caught.value
        assert "'postgres' could not be opened" in str(error)
        assert "wr@ng" not in str(error)
        assert "secret" not in str(error)
        assert error is not None
        assert error.__cause__ is None


@pytest.mark.usefixtures("credentials")
def test_a_postgres_table_that_changed_has_another_fingerprint(small_brand, log, postgres):
    postgres.fill("changing", COLUMNS, log.head(50))
    brand = load_brand(brand_of(small_brand, "pg/fern", connect=URL, table="changing"))
    before = fingerprints(brand)
    assert fingerprints(brand) == before
    postgres.run("UPDATE changing SET product = product || '!' WHERE ctid = '(0,1)'")
    assert fingerprints(brand) != before
    assert PASSWORD not in before


def test_a_table_that_stays_is_asked_for_no_person_either(small_brand, log):
    people = log.rename(columns={"buyer_email": "email"}).assign(phone="+49 30 1234", name="Ann")
    brand = load_brand(in_duckdb(small_brand, people))
    spec = brand.sources.orders[0]
    with open_table(brand, spec) as source:
        asked = ibis.to_sql(_typed(source, columns_of(source, spec), brand))
    assert "order_id" in asked
    assert not [name for name in ("email", "phone", "name") if f'"{name}"' in asked]
