from __future__ import annotations

import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from tests.sources.reading import count, note, order, read, same
from workbench.errors import SourceError
from workbench.sources import COLUMNS, Exports, empty
from workbench.sources.frames import LogRow, log_frame


def test_absent_sources_are_empty_frames_with_their_columns(small_brand):
    exports = read(small_brand())
    for name, columns in COLUMNS.items():
        frame = getattr(exports, name)
        assert frame.dtypes.astype(str).to_dict() == columns, name
    assert exports.spend.empty
    assert exports.stack == {}
    assert "identities" not in repr(Exports())


def test_empty_frames_are_not_shared():
    frame = empty("orders")
    frame["order_id"] = ["x"]
    assert empty("orders").empty


def test_the_problems_of_all_files_come_together(small_brand):
    folder = small_brand(
        files={"orders.csv": "order_id,customer_id\n1,a\n", "meta.csv": "nothing\n1\n",
               "products.csv": "x\n1\n", "stack.yaml": "a: [1\n"},
        sources={
            "orders": {"format": "orders", "path": "orders.csv"},
            "spend": [{"format": "meta_ads", "path": "meta.csv"}],
            "products": {"format": "products", "path": "products.csv"},
            "stack": "stack.yaml",
        },
    )  # fmt: skip
    with pytest.raises(SourceError) as error:
        read(folder)
    message = str(error.value)
    assert message.startswith("the exports of Juniper Tea cannot be read:")
    for file in ("orders.csv", "meta.csv", "products.csv", "stack.yaml"):
        assert file in message
    assert str(folder) not in message


def test_a_log_beside_a_shop_does_not_count_orders_twice(small_brand):
    from tests.sources.shopify_rows import ORDER, text

    log = (
        "order_id,customer_id,ordered_at,revenue\n"
        "5400000000001,ann,2025-10-07,45\nW1,zoe,2025-01-02,9\n"
    )
    folder = small_brand(
        files={"orders.csv": log, "export.csv": text([ORDER])},
        sources={"orders": [{"format": "orders", "path": "orders.csv"},
                            {"format": "shopify_orders", "path": "export.csv"}]},
    )  # fmt: skip
    exports = read(folder)
    assert exports.orders["order_id"].tolist() == ["W1", "5400000000001"]
    assert exports.orders["revenue"].tolist() == [9.0, 45.0]
    assert count(exports, "shop's export holds, too") == 1


def test_the_log_is_sorted_whatever_came_first():
    rows = [LogRow("b", "x", "what", 1), LogRow("a", "y", "what", 2), LogRow("a", "x", "what", 3)]
    pd.testing.assert_frame_equal(log_frame(rows), log_frame(rows[::-1]))


def test_importing_the_readers_loads_no_model():
    code = (
        "import sys, workbench.sources.exports\n"
        "print([m for m in ('pymc', 'arviz', 'plotly', 'ibis', 'openpyxl', 'phonenumbers')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def real(shared_data, tmp_path, name, currency, **columns):
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(shared_data / f"{name}.csv.gz", folder)
    spec = {"format": "orders", "path": f"{name}.csv.gz", "columns": columns}
    settings = {"name": name, "currency": currency, "timezone": "UTC", "sources": {"orders": spec}}
    (folder / "brand.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return read(folder)


@pytest.mark.parametrize(
    ("name", "orders", "customers", "first", "last", "alike"),
    [
        ("cdnow", 69_659, 23_570, "1997-01-01", "1998-06-30", 255),
        ("essec", 51_243, 18_417, "2005-01-02", "2015-12-31", 48),
        ("grocery", 10_483, 1_525, "2006-01-01", "2007-12-30", 0),
    ],
)
def test_real_logs_are_read_whole(
    shared_data, tmp_path, name, orders, customers, first, last, alike
):
    exports = real(shared_data, tmp_path, name, "USD")
    found = exports.orders
    raw = pd.read_csv(shared_data / f"{name}.csv.gz", dtype=str)
    assert len(found) == orders == len(raw)
    assert found["customer_id"].nunique() == customers
    assert set(found["customer_id"]) == set(raw["customer_id"])
    assert found["day"].min() == pd.Timestamp(first)
    assert found["day"].max() == pd.Timestamp(last)
    assert count(exports, "alike in customer, time and amount") == alike
    if name == "grocery":
        assert found["revenue"].isna().all()
    else:
        assert found["revenue"].sum() == pytest.approx(raw["revenue"].astype(float).sum())


def test_real_invoices_with_refunds(shared_data, tmp_path):
    exports = real(shared_data, tmp_path, "online_retail", "GBP", channel="country")
    raw = pd.read_csv(shared_data / "online_retail.csv.gz", dtype={"customer_id": str})
    known = raw[raw["customer_id"].notna()]
    assert count(exports, "without a customer") == 3_710
    assert count(exports, "booked as refunds") == (known["revenue"] < 0).sum()
    left = note(exports, "without an earlier order to carry them")
    unbooked = float(left.removeprefix("revenue ").replace(",", ""))
    assert exports.orders["revenue"].sum() + unbooked == pytest.approx(
        known["revenue"].sum(), abs=0.01
    )
    assert unbooked > -0.04 * known.loc[known["revenue"] < 0, "revenue"].abs().sum()
    assert (exports.orders["revenue"] >= 0).all()
    for giant in ("541431", "581483", "556444"):  # cancelled within minutes
        got = order(exports, giant)
        assert got["revenue"] == 0.0
        assert got["status"] == "refunded"
    assert (
        exports.orders["channel"].nunique() == known.loc[known["revenue"] >= 0, "country"].nunique()
    )
    assert set(exports.orders["channel_source"]) == {"column"}
    same(exports, read(tmp_path / "online_retail"))
