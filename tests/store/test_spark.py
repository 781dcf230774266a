"""Orders that stay in Spark: every answer is that of the same orders as a file.

Needs the extra `spark` and Java, half a gigabyte that `make test` does not install. Run it with
``pip install -e '.[spark]' && pytest -m spark``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.conftest import require
from tests.store.test_warehouse_in_database import as_file, brand_at, compare, log
from workbench.database import close, open_database
from workbench.errors import SourceError
from workbench.sources.database_table import fingerprints
from workbench.sources.exports import TableExports
from workbench.store.warehouse import Warehouse

pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # PySpark warns of pandas 3 at every call
]

__all__ = ["log"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session of this machine; `connect: pyspark` in brand.yaml means the one that runs."""
    sql = require("pyspark.sql")
    home = tmp_path_factory.mktemp("spark")
    told = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
    }
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in told.items():
        builder = builder.config(name, value)
    running = builder.getOrCreate()
    yield running
    running.stop()


def in_spark(small_brand: Any, session: Any, log: pd.DataFrame, **changes: object) -> wb.Brand:
    """Save a log as a table: times with a zone become TIMESTAMP, those without TIMESTAMP_NTZ."""
    file = small_brand("spark/fern") / "log.parquet"
    log.to_parquet(file, coerce_timestamps="us")
    session.sql("DROP TABLE IF EXISTS orders")
    session.read.parquet(str(file)).write.saveAsTable("orders")
    return brand_at(small_brand, "spark/fern", {"connect": "pyspark", "table": "orders"}, **changes)


def in_utc(log: pd.DataFrame) -> pd.DataFrame:
    return log.assign(ordered_at=log["ordered_at"].dt.tz_localize("UTC"))


@pytest.mark.parametrize("points", [False, True], ids=["wall_clock", "points_in_time"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_spark_answers_as_the_file(
    small_brand: Any, session: Any, log: pd.DataFrame, tmp_path: Path, zone: str, points: bool
) -> None:
    log = in_utc(log) if points else log
    session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")  # of whoever starts the workbench
    database = in_spark(small_brand, session, log, timezone=zone)
    kinds = dict(session.table("orders").dtypes)
    assert kinds["ordered_at"] == ("timestamp" if points else "timestamp_ntz")
    compare(as_file(small_brand, log, timezone=zone), database, tmp_path, exact=False)


def test_points_in_time_read_row_by_row_are_brought_to_the_shop_too(
    small_brand: Any, session: Any, log: pd.DataFrame
) -> None:
    log = in_utc(log.assign(revenue=log["revenue"].where(log.index != 99, -5.0)).head(600))
    zone = "America/New_York"
    got = wb.read_exports(in_spark(small_brand, session, log, timezone=zone))
    expected = wb.read_exports(as_file(small_brand, log, timezone=zone))
    assert not isinstance(got, TableExports)
    pd.testing.assert_series_equal(got.orders["ordered_at"], expected.orders["ordered_at"])


def test_a_changed_table_has_another_fingerprint(
    small_brand: Any, session: Any, log: pd.DataFrame
) -> None:
    before = fingerprints(in_spark(small_brand, session, log))
    assert fingerprints(in_spark(small_brand, session, log)) == before
    changed = log.copy()
    changed.loc[3, "revenue"] += 0.01
    assert fingerprints(in_spark(small_brand, session, changed)) != before


def test_a_session_of_the_process_stays_open(session: Any) -> None:
    close(open_database("pyspark", where="brand.yaml"))
    assert session.sql("SELECT 1").count() == 1


def test_what_an_analysis_kept_in_the_session_goes_with_it(
    small_brand: Any, session: Any, log: pd.DataFrame
) -> None:
    def kept() -> list[str]:
        return [one.name for one in session.catalog.listTables() if "workbench_" in one.name]

    gc.collect()
    before = kept()
    brand = in_spark(small_brand, session, log.head(200))
    warehouse = Warehouse.open(brand, wb.read_exports(brand))
    assert len(warehouse.customers(date(2026, 6, 30))) > 50
    assert len(kept()) > len(before)
    del warehouse
    gc.collect()
    assert kept() == before


def test_a_table_that_is_not_there_is_told(small_brand: Any, session: Any) -> None:
    brand = brand_at(small_brand, "none/fern", {"connect": "pyspark", "table": "nowhere"})
    with pytest.raises(SourceError, match="nowhere"):
        wb.read_exports(brand)
