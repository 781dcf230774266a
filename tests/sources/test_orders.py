from __future__ import annotations

import gzip
import hashlib
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.sources.reading import count, everything, note, order, read, same
from workbench.brand import load_brand
from workbench.errors import SourceError
from workbench.sources import COLUMNS, read_exports
from workbench.store.tables import validate

HEADER = "order_id,customer_id,ordered_at,revenue"


def log_brand(small_brand, text, *, files=None, spec=None, **changes):
    spec = {"format": "orders", "path": "orders.csv", **(spec or {})}
    return small_brand(
        files={"orders.csv": text, **(files or {})}, sources={"orders": spec}, **changes
    )


def test_a_log_gives_canonical_orders(small_brand):
    orders = read(small_brand()).orders
    assert orders.dtypes.astype(str).to_dict() == COLUMNS["orders"]
    assert orders["order_id"].tolist() == ["1", "2", "3", "4", "5"]
    first = orders.iloc[0].to_dict()
    assert first["ordered_at"] == pd.Timestamp(2025, 1, 5, 10)
    assert first["day"] == pd.Timestamp(2025, 1, 5)
    assert (first["customer_id"], first["revenue"], first["currency"]) == ("ann", 40.0, "USD")
    assert (first["channel"], first["channel_source"]) == ("Meta Ads", "column")
    assert first["status"] == "paid"
    assert not first["guest"]


def test_columns_are_mapped_and_parts_of_an_order_told_apart(small_brand):
    text = (
        "invoice,who,when,amount,off,post,vat,back,source,what,kind,n\n"
        'A1,7,31.03.2025 10:15,"1.120,00","10,00","5,00",0,"20,00",fb,Oolong,Tea,2\n'
    )
    spec = {
        "columns": {
            "order_id": "invoice", "customer_id": "who", "ordered_at": "when", "revenue": "amount",
            "discount": "off", "shipping": "post", "tax": "vat", "refund": "back",
            "channel": "source", "product": "what", "category": "kind", "quantity": "n",
        }
    }  # fmt: skip
    exports = read(log_brand(small_brand, text, spec=spec))
    got = order(exports, "A1")
    assert got["revenue"] == 1100.0
    parts = [got[name] for name in ("items", "discount", "shipping", "refund")]
    assert parts == [1125.0, 10.0, 5.0, 20.0]
    assert got["status"] == "partially_refunded"
    assert got["channel"] == "Meta Ads"
    assert count(exports, "a refund told beside them") == 1
    line = exports.order_lines.iloc[0].to_dict()
    assert (line["name"], line["quantity"], line["amount"]) == ("Oolong", 2.0, 1120.0)
    assert exports.products[["key", "category"]].to_numpy().tolist() == [["oolong", "Tea"]]


def test_brand_rules_name_the_channels_of_a_raw_source_column(small_brand):
    text = (
        f"{HEADER},src\n1,a,2025-01-01,5,IG\n2,b,2025-01-01,5,google_cpc\n3,c,2025-01-01,5,podX\n"
    )
    folder = log_brand(
        small_brand, text, spec={"columns": {"channel": "src"}},
        channel_rules={"facebook|fb|ig": "Paid Social", "podx": "Podcast"},
    )  # fmt: skip
    assert read(folder).orders["channel"].tolist() == ["Paid Social", "Google Ads", "Podcast"]


@pytest.mark.parametrize("name", ["log.csv.gz", "log.parquet", "log.xlsx", "log.csv"])
def test_every_container_gives_the_same_orders(small_brand, name):
    folder = small_brand()
    frame = pd.read_csv(folder / "orders.csv")
    path = folder / name
    if name.endswith("parquet"):
        frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"])).to_parquet(path)
    elif name.endswith("xlsx"):
        frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"])).to_excel(path, index=False)
    elif name.endswith("gz"):
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    else:
        frame.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-16")
    other = log_brand(small_brand, "", spec={"path": name}, folder="juniper")
    left = read(small_brand(folder="plain")).orders.drop(columns="source_file")
    right = read(other).orders.drop(columns="source_file")
    pd.testing.assert_frame_equal(left, right)


def test_rows_without_a_customer_are_left_out_and_counted_with_their_revenue(small_brand):
    exports = read(log_brand(small_brand, f"{HEADER}\n1,a,2025-01-01,5\n2,,2025-01-02,7.5\n"))
    assert len(exports.orders) == 1
    assert count(exports, "without a customer") == 1
    assert note(exports, "without a customer") == "revenue 7.50"


def test_exact_duplicates_go_and_lines_of_an_order_are_summed(small_brand):
    text = (
        f"{HEADER},product,channel\n"
        "1,a,2025-01-01 10:00,5,Tea,\n1,a,2025-01-01 10:00,5,Tea,\n"
        "1,a,2025-01-01 10:00,7,Cup,tiktok\n"
        "1,a,2025-01-01 10:00,-2,Coupon,\n2,b,2025-01-03,4,Tea,\n"
    )
    exports = read(log_brand(small_brand, text))
    assert exports.orders["revenue"].tolist() == [10.0, 4.0]
    assert exports.orders["channel"].tolist() == ["TikTok Ads", "Unknown"]
    assert count(exports, "exact duplicate rows dropped") == 1
    assert count(exports, "several lines summed up") == 1
    assert exports.order_lines.query("order_id == '1'")["name"].tolist() == ["Cup", "Tea"]


def test_rows_alike_but_for_their_id_stay_and_are_reported(small_brand):
    exports = read(log_brand(small_brand, f"{HEADER}\n1,a,2025-01-01,5\n2,a,2025-01-01,5\n"))
    assert len(exports.orders) == 2
    assert count(exports, "alike in customer, time and amount") == 1


cents = st.integers(-9999, 9999).map(lambda cents: f"{cents / 100:.2f}")
parts = st.one_of(st.just(""), cents)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.lists(st.tuples(cents, parts, parts, parts, parts), min_size=1), st.booleans())
def test_no_amounts_however_absurd_break_the_canonical_tables(small_brand, rows, includes_tax):
    text = f"{HEADER},refund,discount,shipping,tax\nfirst,a,2025-01-01,5,,,,\n"
    for number, row in enumerate(rows):
        text += f"{number},a,2025-01-02,{','.join(row)}\n"
    spec = {"options": {"revenue_includes_tax": includes_tax}}
    validate(read(log_brand(small_brand, text, spec=spec)))


def test_an_id_used_by_two_customers_is_two_orders(small_brand):
    text = f"{HEADER},product\n1,a,2025-01-01,5,Tea\n1,b,2025-01-01,6,Cup\n1,a,2025-02-01,7,Pot\n"
    exports = read(log_brand(small_brand, text))
    assert exports.orders["order_id"].is_unique
    assert exports.orders["revenue"].tolist() == [5.0, 6.0, 7.0]
    lines = exports.order_lines.merge(exports.orders, on="order_id")
    assert lines.groupby("customer_id")["name"].apply(sorted).to_dict() == {
        "a": ["Pot", "Tea"],
        "b": ["Cup"],
    }
    assert count(exports, "share an id") == 3


def test_overlapping_files_are_read_once(small_brand):
    half = f"{HEADER}\n1,a,2025-01-01,5\n2,b,2025-01-02,6\n"
    more = f"{HEADER}\n2,b,2025-01-02,6\n3,c,2025-01-03,7\n"
    files = {"log_1.csv": half, "log_2.csv": more}
    exports = read(log_brand(small_brand, half, files=files, spec={"path": "log_*.csv"}))
    assert exports.orders["revenue"].tolist() == [5.0, 6.0, 7.0]
    assert count(exports, "exact duplicate rows dropped") == 1


def test_a_log_without_money_has_none_and_says_so(small_brand):
    exports = read(log_brand(small_brand, f"{HEADER}\n1,a,2025-01-01,\n2,a,2025-01-02,\n"))
    assert exports.orders["revenue"].isna().all()
    assert exports.orders["items"].isna().all()
    assert count(exports, "without any amount") == 2


def test_single_missing_amounts_are_not_zero(small_brand):
    exports = read(
        log_brand(small_brand, f"{HEADER}\n1,a,2025-01-01,\n2,a,2025-01-02,0\n3,b,2025-01-02,3\n")
    )
    assert exports.orders["revenue"].tolist() == [0.0, 3.0]
    assert count(exports, "without an amount left out") == 1
    assert count(exports, "orders without revenue") == 1


def test_addresses_as_customer_ids_become_keys(small_brand):
    text = f"{HEADER}\n1,Ann@Example.org,2025-01-01,5\n2,ann@example.org ,2025-01-02,6\n"
    exports = read(log_brand(small_brand, text))
    key = hashlib.blake2b(b"ann@example.org", key=b"juniper", digest_size=8).hexdigest()
    assert exports.orders["customer_id"].unique().tolist() == [f"c_{key}"]
    assert exports.identities["email"].tolist() == ["ann@example.org"]
    assert "@" not in everything(exports)


def test_tax_within_prices_is_taken_off(small_brand):
    text = f"{HEADER},refund\n1,a,2025-01-01,120,60\n"
    costs = {"goods_rate": 0.3, "tax_included_rate": 0.2}
    got = order(read(log_brand(small_brand, text, costs=costs)), "1")
    assert (got["items"], got["tax"], got["refund"], got["revenue"]) == (100, 20, 50, 50)


def test_a_tax_column_is_taken_off_only_where_revenue_contains_it(small_brand):
    text = f"{HEADER},tax\n1,a,2025-01-01,119,19\n"
    beside = read(log_brand(small_brand, text))
    assert order(beside, "1")["revenue"] == 119.0
    assert "revenue_includes_tax" in note(beside, "tax beside revenue")
    within = log_brand(
        small_brand, text, spec={"options": {"revenue_includes_tax": True}}, folder="b"
    )
    assert order(read(within), "1")["revenue"] == 100.0


def test_orders_after_the_as_of_date_are_kept_and_logged(small_brand):
    exports = read(small_brand(as_of="2025-03-31"))
    assert len(exports.orders) == 5
    assert count(exports, "after the as-of date") == 2


def test_absurd_and_negative_amounts_are_reported(small_brand):
    rows = "".join(f"{i},c{i},2025-01-{i:02d},10\n" for i in range(1, 10))
    text = (
        f"{HEADER},refund\n"
        + rows.replace("10\n", "10,\n")
        + "x,y,2025-01-11,99999,\nz,w,2025-01-12,5,8\n"
    )
    exports = read(log_brand(small_brand, text))
    assert count(exports, "absurd size") == 1
    assert count(exports, "negative revenue") == 1
    assert count(exports, "refunds larger than their order") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (f"{HEADER}\n", "no order is left"),
        (f"{HEADER}\n1,,2025-01-01,5\n", "without a customer left out: 1"),
        ("order_id,customer_id\n1,a\n", "'ordered_at' is missing"),
        (f"{HEADER}\n1,a,2025-01-31,5\n2,a,01/02/2025,5\n", "2 formats"),
        (f"{HEADER}\n1,a,2025-01-31,abc\n", "row 2: cells are not numbers"),
        (f"{HEADER}\n5.4E+12,a,2025-01-31,5\n", "rounded or hidden by a spreadsheet"),
        (f"{HEADER},currency\n1,a,2025-01-31,5,USD\n2,a,2025-01-31,5,EUR\n", "1 rows are in EUR"),
        (f"{HEADER},currency\n1,a,2025-01-31,5,x@y.zz\n", "no currency code"),
    ],
)
def test_bad_logs_say_what_is_wrong(small_brand, text, words):
    with pytest.raises(SourceError) as error:
        read(log_brand(small_brand, text))
    assert words in str(error.value)
    assert "orders.csv" in str(error.value)
    assert "@" not in str(error.value)


def test_problems_of_all_columns_come_together(small_brand):
    text = f"{HEADER},discount\n####,a,03/04/2025,abc,x\n"
    with pytest.raises(SourceError) as error:
        read(log_brand(small_brand, text))
    assert len(error.value.problems) == 4


def test_settings_that_nobody_would_look_at_are_refused(small_brand):
    spec = {
        "columns": {"revenu": "revenue"},
        "options": {"keep": "pending", "dates": "us", "revenue_includes_tax": "yes"},
    }
    with pytest.raises(SourceError) as error:
        read(log_brand(small_brand, f"{HEADER}\n1,a,2025-01-01,5\n", spec=spec))
    message = str(error.value)
    assert "no columns named 'revenu'" in message
    assert "did you mean 'revenue'?" in message
    assert "no options named 'keep'" in message
    assert "'day_first' or 'month_first'" in message
    assert "true or false" in message


def test_day_numbers_of_a_spreadsheet_are_converted_and_logged(small_brand):
    exports = read(log_brand(small_brand, f"{HEADER}\n1,a,45384.3479,5\n2,a,45385,5\n"))
    assert exports.orders["day"].dt.date.tolist() == [date(2024, 4, 2), date(2024, 4, 3)]
    assert count(exports, "rewritten by a spreadsheet") == 2


def test_a_file_in_another_encoding_is_read_and_reported(small_brand):
    folder = log_brand(small_brand, "", spec={"columns": {"channel": "land"}})
    text = f"{HEADER},land\n1,a,2025-01-01,5,Österreich\n"
    (folder / "orders.csv").write_bytes(text.encode("cp1252"))
    exports = read(folder)
    assert exports.orders["channel"].tolist() == ["Österreich"]
    assert count(exports, "read as Windows-1252") == 1


def test_inputs_are_never_changed_and_reading_again_gives_the_same(small_brand):
    folder = small_brand()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    same(read(folder), read(folder))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


rows = st.lists(
    st.tuples(
        st.integers(1, 12),  # order
        st.sampled_from(["a", "b", "c", ""]),
        st.integers(0, 5),  # day
        st.integers(-5000, 9000),  # cents
    ),
    min_size=1,
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(rows, st.randoms())
def test_money_is_conserved_whatever_the_order_of_rows(small_brand, rows, random):
    lines = [
        f"{number},{who},{date(2025, 1, 1) + timedelta(days=day)},{cents / 100:.2f}"
        for number, who, day, cents in rows
    ]
    assume(any(who and cents >= 0 for _, who, _, cents in rows))
    brand = load_brand(log_brand(small_brand, "\n".join([HEADER, *lines])))
    exports = read_exports(brand)
    once = dict.fromkeys(lines)
    whole = sum(float(line.rsplit(",", 1)[1]) for line in once if line.split(",")[1])
    left = note(exports, "without an earlier order to carry them")
    unbooked = float(left.removeprefix("revenue ").replace(",", "")) if left else 0.0
    assert exports.orders["revenue"].sum() + unbooked == pytest.approx(whole, abs=1e-6)
    assert (exports.orders["revenue"] >= 0).all()
    gross = exports.orders["items"] - exports.orders["refund"]
    np.testing.assert_allclose(gross, exports.orders["revenue"], atol=1e-6)
    (brand.folder / "orders.csv").write_text(
        "\n".join([HEADER, *random.sample(lines, len(lines))]), encoding="utf-8"
    )
    same(exports, read_exports(brand))
    validate(exports)
