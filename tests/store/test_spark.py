"""Orders that stay in Spark: every answer is that of the same orders as a file.

Needs the extra `spark` and Java, half a gigabyte that `make test` does not install. Run it with
``pip install -e '.[spark]' && pytest -m spark``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from tests.conftest import require
from tests.store.test_warehouse_in_database import as_file, brand_at, log
from workbench.database import close, open_database
from workbench.errors import SourceError
from workbench.sources.database_table import fingerprints
from workbench.sources.exports import TableExports

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


def in_spark(small_brand: Any, session: Any, log: pd.DataFrame, **source: object) -> Any:
    texts = log.select_dtypes(["string", "category"]).columns
    plain = log.astype(dict.fromkeys(texts, object))
    plain[texts] = plain[texts].where(plain[texts].notna(), None)
    session.sql("DROP TABLE IF EXISTS orders")
    session.createDataFrame(plain).write.saveAsTable("orders")
    return brand_at(small_brand, "spark/fern", {"connect": "pyspark", "table": "orders"}, **source)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_spark_answers_as_the_file(
    small_brand: Any, session: Any, log: pd.DataFrame, tmp_path: Path, zone: str
) -> None:
    """Costs by product and lines are left to the other engines: Spark plans them for minutes."""
    plain = log[["order_id", "customer_id", "ordered_at", "revenue", "channel"]].head(500)
    costs = {"goods_rate": 0.34}
    session.conf.set("spark.sql.session.timeZone", "UTC")
    database = in_spark(small_brand, session, plain, costs=costs)
    session.conf.set("spark.sql.session.timeZone", zone)
    expected = wb.open_analysis(as_file(small_brand, plain, costs=costs), out=tmp_path / "a")
    got = wb.open_analysis(database, out=tmp_path / "b")
    assert isinstance(got.exports, TableExports)
    for name in ("customers", "daily"):
        pd.testing.assert_frame_equal(got.answer(name), expected.answer(name), rtol=1e-12)
    assert len(got.customers) > 300
    assert not {"orders", "order_lines"} & set(vars(got.exports)), "no row left the database"


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


def test_a_table_that_is_not_there_is_told(small_brand: Any, session: Any) -> None:
    brand = brand_at(small_brand, "none/fern", {"connect": "pyspark", "table": "nowhere"})
    with pytest.raises(SourceError, match="nowhere"):
        wb.read_exports(brand)
