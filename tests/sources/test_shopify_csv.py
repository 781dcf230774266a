from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.reading import count, everything, note, order, read, same
from tests.sources.shopify_rows import HEADER, ORDER, PARTIAL, further, text
from workbench.errors import SourceError
from workbench.store.tables import validate

SECOND = {**ORDER, "Name": "#1002", "Id": "5400000000002", "Email": "bob@example.org"}


def shop(small_brand, rows, *, files=None, options=None, header=HEADER, spec=None, **changes):
    content = rows if isinstance(rows, str) else text(rows, header)
    spec = {"format": "shopify_orders", "path": "export*.csv", "options": options or {}} | (
        spec or {}
    )
    return small_brand(
        files={"export.csv": content, **(files or {})}, sources={"orders": spec}, **changes
    )


def test_the_golden_order_of_two_lines(small_brand):
    rows = [ORDER, further(ORDER)]
    exports = read(shop(small_brand, rows))
    assert len(HEADER) == 79
    got = order(exports, "5400000000001")
    assert got["ordered_at"] == pd.Timestamp(2025, 10, 7, 3, 50, 26)  # New York
    assert got["day"] == pd.Timestamp(2025, 10, 7)
    parts = {name: got[name] for name in ("items", "discount", "shipping", "tax", "refund")}
    assert parts == {"items": 50, "discount": 10, "shipping": 5, "tax": 3, "refund": 0}
    assert got["revenue"] == 45.0
    assert exports.order_lines[["name", "sku", "quantity", "amount"]].to_numpy().tolist() == [
        ["Oolong - 100 g", "OOL-100", 2.0, 40.0],
        ["Cup", "CUP", 1.0, 10.0],
    ]
    person = exports.identities.iloc[0].to_dict()
    assert (person["email"], person["zip"], person["first_name"]) == (
        "ann@example.org",
        "75008",
        "Ann",
    )
    assert bool(person["consent_email"])


def test_a_day_is_that_of_the_shop(small_brand):
    late = {**ORDER, "Created at": "2025-10-08 03:30:00 +0200"}  # 21:30 the day before
    assert read(shop(small_brand, [late])).orders["day"].tolist() == [pd.Timestamp(2025, 10, 7)]


@pytest.mark.parametrize("blank", ["Email", "Created at", "Vendor"])
def test_order_level_cells_may_stand_on_any_row(small_brand, blank):
    rows = [ORDER, {**further(ORDER), blank: ""}, SECOND]
    exports = read(shop(small_brand, rows))
    assert exports.orders["revenue"].tolist() == [45.0, 45.0]
    assert len(exports.order_lines) == 3
    moved = {**ORDER, "Email": "", "Tags": ""}
    exports = read(shop(small_brand, [moved, {**further(ORDER), "Tags": "vip"}], folder="b"))
    assert not exports.orders["guest"].any()


def test_a_partial_header_is_enough(small_brand):
    got = read(shop(small_brand, [ORDER, SECOND], header=PARTIAL))
    assert got.orders["order_id"].tolist() == ["#1001", "#1002"]
    assert got.orders["revenue"].tolist() == [48.0, 48.0]
    assert got.order_lines.empty
    assert "free of tax" in note(got, "without a tax amount")


def test_an_older_header_is_read_alike(small_brand):
    young = {"Outstanding Balance", "Employee", "Location", "Device ID", "Duties", "Payment ID",
             "Payment References", "Payment Terms Name", "Next Payment Due At"}  # fmt: skip
    old = [name for name in HEADER if name not in young]
    rows = [ORDER, further(ORDER), SECOND]
    now = read(shop(small_brand, rows))
    same(now, read(shop(small_brand, rows, header=old)))


@pytest.mark.parametrize("missing", ["Name", "Financial Status", "Created at", "Total", "Currency"])
def test_a_missing_column_is_named(small_brand, missing):
    header = [name for name in HEADER if name != missing]
    with pytest.raises(SourceError, match=f"'{missing.lower()}' is missing"):
        read(shop(small_brand, [ORDER], header=header))


def test_neither_email_nor_phone_is_refused(small_brand):
    header = [name for name in HEADER if name != "Email" and "Phone" not in name]
    with pytest.raises(SourceError, match="neither Email nor Phone"):
        read(shop(small_brand, [ORDER], header=header))


@pytest.mark.parametrize(
    ("change", "refund", "revenue"),
    [
        ({"Financial Status": "partially_refunded", "Refunded Amount": "16.00"}, 15.0, 30.0),
        ({"Financial Status": "refunded", "Refunded Amount": "48.00"}, 45.0, 0.0),
        ({"Financial Status": "refunded", "Refunded Amount": ""}, 45.0, 0.0),
        ({"Financial Status": "Partially_Paid", "Outstanding Balance": "24.00"}, 0.0, 22.5),
        ({"Cancelled at": "2025-10-08 10:00:00 +0200", "Refunded Amount": "48.00"}, 45.0, 0.0),
        ({"Subtotal": "0.00", "Shipping": "0", "Taxes": "0", "Total": "0"}, 0.0, 0.0),
    ],
)
def test_what_an_order_leaves(small_brand, change, refund, revenue):
    got = order(read(shop(small_brand, [{**ORDER, **change}])), "5400000000001")
    assert (got["refund"], got["revenue"]) == (refund, revenue)
    assert got["items"] - got["discount"] + got["shipping"] - got["refund"] == got["revenue"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"Financial Status": "voided"}, "voided orders dropped"),
        ({"Financial Status": "pending"}, "pending orders dropped"),
        ({"Financial Status": "authorized"}, "authorized orders dropped"),
        ({"Financial Status": "expired"}, "unknown status 'expired'"),
        ({"Financial Status": ""}, "unknown status ''"),
        ({"Total": ""}, "without a total"),
        ({"Cancelled at": "2025-10-08 10:00:00 +0200"}, "cancelled orders not fully refunded"),
        ({"Payment Method": "Bogus Gateway (for testing)"}, "test orders"),
    ],
)
def test_orders_that_are_dropped_are_counted_with_their_total(small_brand, change, what):
    exports = read(shop(small_brand, [SECOND, {**ORDER, **change}, further(ORDER)]))
    assert exports.orders["order_id"].tolist() == ["5400000000002"]
    assert exports.order_lines["order_id"].unique().tolist() == ["5400000000002"]
    assert count(exports, what) == 1
    assert note(exports, what).startswith("total ")


def test_pending_orders_are_kept_on_request(small_brand):
    rows = [{**ORDER, "Financial Status": "pending"}]
    assert (
        len(read(shop(small_brand, rows, options={"keep": ["pending", "authorized"]})).orders) == 1
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keeps": ["pending"]}, "did you mean 'keep'"),
        ({"keep": {"pending": True}}, "a word or a list of words"),
        ({"tags": ["vip"]}, "pattern: channel name"),
        ({"decimal": ";"}, "'.' or ','"),
    ],
)
def test_options_that_nobody_would_look_at_are_refused(small_brand, options, words):
    with pytest.raises(SourceError, match=words):
        read(shop(small_brand, [ORDER], options=options))


def test_sales_channels_and_tags_are_excluded_on_request(small_brand):
    rows = [
        ORDER,
        {**SECOND, "Source": "POS"},
        {**SECOND, "Name": "#3", "Id": "3", "Source": "shopify_draft_order"},
        {**SECOND, "Name": "#4", "Id": "4", "Tags": "vip, Wholesale"},
        {**SECOND, "Name": "#5", "Id": "5", "Tags": "not wholesale"},
    ]
    options = {"exclude_sources": ["pos", "shopify_draft_order"], "exclude_tags": "wholesale"}
    exports = read(shop(small_brand, rows, options=options))
    assert sorted(exports.orders["order_id"]) == ["5", "5400000000001"]
    assert count(exports, "sales channel excluded") == 2
    assert count(exports, "tag excluded: wholesale") == 1


def test_overlapping_exports_count_an_order_once_in_its_latest_state(small_brand):
    refunded = {**ORDER, "Financial Status": "refunded", "Refunded Amount": "48.00"}
    early, late = text([ORDER, further(ORDER), SECOND]), text([refunded, further(ORDER)])
    for names in (("export_1.csv", "export_2.csv"), ("export_2.csv", "export_1.csv")):
        files = dict(zip(names, (early, late), strict=True))
        exports = read(shop(small_brand, early, files=files))
        assert exports.orders["revenue"].tolist() == [0.0, 45.0]
        assert len(exports.order_lines) == 3
        assert count(exports, "repeated in overlapping exports") == 3


def test_an_order_first_pending_then_paid_counts_once(small_brand):
    pending = text([{**ORDER, "Financial Status": "pending"}])
    exports = read(shop(small_brand, pending, files={"export_2.csv": text([ORDER])}))
    assert exports.orders["status"].tolist() == ["paid"]


def test_exports_pasted_together_count_an_order_once(small_brand):
    exports = read(shop(small_brand, [ORDER, further(ORDER), SECOND, ORDER, further(ORDER)]))
    assert len(exports.orders) == 2
    assert len(exports.order_lines) == 3


def test_a_file_without_ids_repeats_one_with_ids(small_brand):
    old = [name for name in HEADER if name != "Id"]
    exports = read(shop(small_brand, [ORDER], files={"export_2.csv": text([ORDER, SECOND], old)}))
    assert exports.orders["order_id"].tolist() == ["#1002", "5400000000001"]


def test_a_name_with_and_without_its_sign_is_one_order(small_brand):
    bare = {**ORDER, "Name": "1001", "Id": ""}
    files = {"export_2.csv": text([bare])}
    assert len(read(shop(small_brand, [{**ORDER, "Id": ""}], files=files)).orders) == 1


def test_an_old_order_of_the_same_name_is_another_order(small_brand):
    reused = {**ORDER, "Created at": "2021-03-01 10:00:00 +0200", "Id": ""}
    exports = read(shop(small_brand, [{**ORDER, "Id": ""}, further(ORDER), reused]))
    assert exports.orders["order_id"].tolist() == [
        "#1001 2021-03-01 03:00:00",
        "#1001 2025-10-07 03:50:26",
    ]
    assert count(exports, "share a name") == 2


def test_imported_orders_of_one_name_and_minute_stay_apart_by_id(small_brand):
    exports = read(shop(small_brand, [ORDER, {**ORDER, "Id": "77"}]))
    assert sorted(exports.orders["order_id"]) == ["5400000000001", "77"]


@pytest.mark.parametrize("name", ["1001", "JT-1001-A", "#1001", "'1001"])
def test_order_names_may_have_any_prefix(small_brand, name):
    row = {**ORDER, "Name": name, "Id": ""}
    exports = read(shop(small_brand, [row, further(row)]))
    assert exports.orders["order_id"].tolist() == [name.removeprefix("'")]
    assert len(exports.order_lines) == 2


def test_customers_are_keyed_by_address_then_phone_then_order(small_brand):
    def row(number, **cells):
        return {**ORDER, "Name": f"#{number}", "Id": str(number), "Email": "", **cells}

    rows = [
        row(1, Email=" Ann@Example.org"), row(2, Email="ann@example.org", Phone="+33123456789"),
        row(3, Phone="'+61412000999"),
        row(4, **{"Billing Phone": "0412 000 999", "Billing Country": "AU"}),
        row(5, **{"Shipping Phone": "(041) 2000999", "Billing Country": ""}), row(6),
    ]  # fmt: skip
    orders = read(shop(small_brand, rows)).orders.set_index("order_id")
    customer = orders["customer_id"]
    assert customer["1"] == customer["2"]
    assert customer["3"] == customer["4"]
    assert customer.nunique() == 4  # a number without country is no phone
    assert orders["guest"].to_dict() == {
        "1": False,
        "2": False,
        "3": False,
        "4": False,
        "5": True,
        "6": True,
    }
    assert customer["5"].startswith("g_")


def test_nothing_personal_outside_identities(small_brand):
    rows = [
        {**ORDER, "Phone": "+33123456789"},
        further(ORDER),
        {**SECOND, "Financial Status": "voided"},
    ]
    shown = everything(read(shop(small_brand, rows)))
    for secret in ("@", "33123456789", "Ann", "Lee", "75008"):
        assert secret not in shown


@pytest.mark.parametrize("offset", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_semicolons_decimal_commas_and_encodings(small_brand, offset, encoding):
    rows = [
        {
            key: value.replace(".", ",") if value[-3:] == ".00" else value
            for key, value in row.items()
        }
        for row in (ORDER, further(ORDER))
    ]
    folder = shop(small_brand, "")
    content = text(rows, delimiter=";")
    (folder / "export.csv").write_bytes((offset + content).encode(encoding))
    assert order(read(folder), "5400000000001")["revenue"] == 45.0


def test_damage_by_a_spreadsheet_is_refused_or_reported(small_brand):
    with pytest.raises(SourceError, match="column 'Id', row 2: ids were rounded"):
        read(shop(small_brand, [{**ORDER, "Id": "5.4E+12"}]))
    with pytest.raises(SourceError, match="column 'Total', row 2: cells read ####"):
        read(shop(small_brand, [{**ORDER, "Total": "########"}]))
    exports = read(shop(small_brand, [{**ORDER, "Lineitem sku": "1.23457E+12"}]))
    assert count(exports, "cells of 'lineitem sku' rounded by a spreadsheet") == 1
    with pytest.raises(SourceError, match="2 formats"):
        read(shop(small_brand, [ORDER, {**SECOND, "Created at": "45937.1601"}]))
    exports = read(shop(small_brand, [{**ORDER, "Created at": "45937.1601"}]))
    assert exports.orders["day"].tolist() == [pd.Timestamp(2025, 10, 7)]
    assert "time zone unknown" in note(exports, "rewritten by a spreadsheet")


def test_a_re_saved_overlap_counts_an_order_once(small_brand):
    again = {**ORDER, "Created at": "45937.1600"}
    first = {**ORDER, "Created at": "2025-10-07 03:50:26"}
    files = {"export_2.csv": text([{**again, "Id": ""}])}
    assert len(read(shop(small_brand, [{**first, "Id": ""}], files=files)).orders) == 1


def test_other_currencies_are_refused_with_their_count(small_brand):
    with pytest.raises(SourceError, match=r"1 orders are in EUR, the brand is in USD") as error:
        read(shop(small_brand, [ORDER, {**SECOND, "Currency": "EUR"}]))
    assert "export.csv" in str(error.value)
    voided = {**SECOND, "Currency": "EUR", "Financial Status": "voided"}
    assert len(read(shop(small_brand, [ORDER, voided])).orders) == 1


def test_prices_that_include_tax(small_brand):
    row = {
        **ORDER,
        "Subtotal": "43.00",
        "Total": "48.00",
        "Taxes": "8.00",
        "Discount Amount": "6.00",
    }
    got = order(read(shop(small_brand, [row])), "5400000000001")
    assert (got["revenue"], got["tax"]) == (40.0, 8.0)
    assert got["shipping"] == pytest.approx(5 * 40 / 48, abs=1e-6)
    assert got["discount"] == pytest.approx(6 * 40 / 48, abs=1e-6)
    assert got["items"] == pytest.approx(49 * 40 / 48, abs=1e-6)


def test_a_tax_rate_stands_in_for_taxes_not_told(small_brand):
    costs = {"goods_rate": 0.3, "tax_included_rate": 0.2}
    row = {**ORDER, "Taxes": "0.00", "Subtotal": "43.00", "Refunded Amount": "12.00",
           "Financial Status": "partially_refunded"}  # fmt: skip
    exports = read(shop(small_brand, [row], costs=costs))
    got = order(exports, "5400000000001")
    assert (got["tax"], got["refund"], got["revenue"]) == (8.0, 10.0, 30.0)
    assert "20.0% within prices" in note(exports, "without a tax amount")
    abroad = {**SECOND, "Taxes": "0.00"}  # taxes told elsewhere in the file: 0 means 0
    exports = read(shop(small_brand, [ORDER, abroad], costs=costs, folder="b"))
    assert order(exports, "5400000000002")["tax"] == 0.0


def test_totals_that_do_not_add_up_and_negative_ones_are_reported(small_brand):
    rows = [{**ORDER, "Total": "50.00"}, {**SECOND, "Total": "-5.00", "Subtotal": "-5.00",
                                          "Shipping": "0", "Taxes": "0"}]  # fmt: skip
    exports = read(shop(small_brand, rows))
    assert count(exports, "do not add up") == 1
    assert order(exports, "5400000000001")["revenue"] == 47.0
    assert count(exports, "negative revenue") == 1


def test_every_problem_of_a_file_comes_at_once(small_brand):
    row = {**ORDER, "Id": "5.4E+12", "Total": "x", "Taxes": "####", "Created at": "soon"}
    with pytest.raises(SourceError) as error:
        read(shop(small_brand, [row]))
    assert len(error.value.problems) == 4


@pytest.mark.parametrize(
    ("content", "words"), [("", "empty"), (",".join(HEADER), "no order is left")]
)
def test_an_export_without_orders_says_so(small_brand, content, words):
    with pytest.raises(SourceError, match=words):
        read(shop(small_brand, content))


amounts = st.one_of(st.just(""), st.integers(-9999, 9999).map(lambda cents: f"{cents / 100:.2f}"))
STATES = ["paid", "partially_paid", "partially_refunded", "refunded"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "Financial Status": st.sampled_from(STATES),
                "Total": st.integers(-9999, 9999).map(lambda cents: f"{cents / 100:.2f}"),
                **dict.fromkeys(
                    ["Subtotal", "Shipping", "Taxes", "Discount Amount", "Refunded Amount",
                     "Outstanding Balance"], amounts,
                ),
            }
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([0.0, 0.2]),
)  # fmt: skip
def test_no_amounts_however_absurd_break_the_canonical_tables(small_brand, cells, rate):
    rows = [{**ORDER, "Name": f"#{n}", "Id": str(n), **cell} for n, cell in enumerate(cells)]
    costs = {"goods_rate": 0.3, "tax_included_rate": rate}
    exports = read(shop(small_brand, rows, costs=costs))
    assert len(exports.orders) == len(rows)
    validate(exports)


@st.composite
def exports_of_a_shop(draw):
    orders = []
    for number in range(draw(st.integers(1, 6))):
        total = draw(st.integers(0, 9999)) / 100
        tax = draw(st.integers(0, 20)) / 100 * total
        refund = draw(st.sampled_from([0, 0.5, 1])) * total
        states = ["paid", "partially_refunded", "refunded", "voided"]
        status = draw(st.sampled_from(states)) if number else "paid"
        refund = {"paid": 0.0, "voided": 0.0, "refunded": total}.get(status, refund)
        row = {
            **ORDER, "Name": f"#{number}", "Id": str(number), "Financial Status": status,
            "Total": f"{total:.2f}", "Taxes": f"{tax:.2f}", "Refunded Amount": f"{refund:.2f}",
            "Subtotal": f"{total - tax:.2f}", "Shipping": "0.00", "Discount Amount": "0.00",
        }  # fmt: skip
        lines = [further(row, name=f"item {i}") for i in range(draw(st.integers(0, 2)))]
        orders.append([row, *lines])
    return orders


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(exports_of_a_shop(), st.randoms())
def test_money_is_conserved_and_the_order_of_orders_and_files_does_not_matter(
    small_brand, orders, random
):
    kept = [rows[0] for rows in orders if rows[0]["Financial Status"] != "voided"]
    flat = [row for rows in orders for row in rows]
    exports = read(shop(small_brand, flat, folder="one/juniper"))
    wanted = 0.0
    for row in kept:
        total, tax, back = (float(row[name]) for name in ("Total", "Taxes", "Refunded Amount"))
        wanted += (total - back) * ((total - tax) / total if total else 1)
    assert exports.orders["revenue"].sum() == pytest.approx(wanted, abs=1e-4)
    assert len(exports.order_lines) == sum(
        len(rows) for rows in orders if rows[0]["Financial Status"] != "voided"
    )
    shuffled = random.sample(orders, len(orders))
    cut = random.randrange(len(orders) + 1)
    early = [row for rows in shuffled[cut:] + shuffled[:1] for row in rows]
    late = [row for rows in shuffled[:cut] for row in rows]
    files = {"export.csv": text(early), "export_2.csv": text(late)}
    other = read(shop(small_brand, "", files=files, folder="two/juniper"))
    columns = [name for name in exports.orders if name != "source_file"]
    pd.testing.assert_frame_equal(exports.orders[columns], other.orders[columns])
    pd.testing.assert_frame_equal(exports.order_lines, other.order_lines)
