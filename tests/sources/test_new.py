from __future__ import annotations

import shutil

import pytest

from tests.sources.files_of import file_of
from tests.sources.test_recognise import SHOPIFY
from workbench.brand import load_brand
from workbench.errors import BrandError
from workbench.simulate import write_brand as simulate_brand
from workbench.sources.exports import read_exports
from workbench.sources.new import write_brand

META = "Campaign name,Day,Amount spent (USD)\nA,2026-01-01,5\n"
LOG = (
    "Invoice No,Who,When,Net Amount,Traffic Source\n"
    "7,ann,2026-01-01,10.5,google_cpc\n8,bob,2026-01-02,11.5,my podcast\n9,ann,2026-01-03,5,fb\n"
)


def shopify(names, note="", offsets=("-0500",)):
    head, row, _ = SHOPIFY.split("\n")
    rows = []
    for number, name in enumerate(names):
        offset = offsets[number % len(offsets)]
        month = "07" if offset == "-0400" else "01"
        own = row.replace("2026-01-01 10:00:00 -0500", f"2026-{month}-01 10:00:00 {offset}")
        own = own.replace("#1001", name).replace("5001", name[1:])
        rows.append(own + (f',"{note}"' if note else ""))
    return "\n".join([head + (",Note Attributes" if note else ""), *rows]) + "\n"


def test_a_folder_of_exports_becomes_a_brand_that_can_be_read(tmp_path):
    folder = tmp_path / "juniper-tea"
    folder.mkdir()
    note = "utm_source: facebook\nutm_medium: paid_social"
    file_of(folder, shopify(["#1", "#2"], note, ("-0500", "-0400")), "export(1).csv")
    file_of(folder, shopify(["#3"], note), "export(2).csv")
    file_of(folder, META, "data.txt")
    file_of(folder, "nothing to see", "notes.md")
    file_of(folder, "flows: [welcome]\nconsent: yes\n", "answers (1).yaml")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    written = write_brand(folder, questionnaire="consent: unknown\n")

    assert str(written) == str(folder / "brand.yaml")
    assert written.stack == folder / "stack.yaml"
    brand = load_brand(folder)
    assert brand.name == "Juniper Tea"
    assert brand.currency == "USD"
    assert brand.timezone == "America/New_York"
    assert brand.cohorts == ("channel", "first_product", "first_month")
    assert [spec.path for spec in brand.sources.orders] == ["export(*).csv"]
    assert brand.sources.spend[0].format == "meta_ads"
    assert brand.channel_rules == {"facebook_paid_social": "Meta Ads"}
    assert brand.costs is None
    exports = read_exports(brand)
    assert len(exports.orders) == 3
    assert set(exports.orders["channel"]) == {"Meta Ads"}
    text = (folder / "brand.yaml").read_text(encoding="utf-8")
    assert "# notes.md: it is no table" in text
    assert "# answers (1).yaml: it is YAML, no export" in text
    for question in written.questions:
        assert f"# QUESTION: {question}" in text
    assert any("cost" in question for question in written.questions)
    assert {path.name for path in folder.iterdir()} == {*before, "brand.yaml", "stack.yaml"}
    assert all((folder / name).read_bytes() == data for name, data in before.items())


def test_an_order_log_gets_its_map_and_unknowns_are_asked(tmp_path):
    file_of(tmp_path, LOG, "a.csv")
    written = write_brand(tmp_path)
    asked = " ".join(written.questions)
    assert "which currency" in asked
    assert "which time zone" in asked
    assert "my podcast" in asked
    with pytest.raises(BrandError, match="currency"):  # nothing is made up
        load_brand(tmp_path)
    text = (tmp_path / "brand.yaml").read_text(encoding="utf-8")
    (tmp_path / "brand.yaml").write_text(text.replace("currency:", "currency: EUR", 1), "utf-8")
    brand = load_brand(tmp_path)
    assert brand.cohorts == ("channel", "first_month")
    assert brand.channel_rules == {"google_cpc": "Google Ads", "fb": "Meta Ads"}
    assert brand.sources.stack is None
    orders = read_exports(brand).orders
    assert orders["revenue"].sum() == pytest.approx(27)
    assert set(orders["channel"]) == {"Google Ads", "my podcast", "Meta Ads"}


def test_no_channel_is_asked_for_not_made_up(tmp_path):
    file_of(tmp_path, shopify(["#1"]), "a.csv")
    file_of(tmp_path, "date,channel,spend,currency\n2026-01-01,podcast,5,EUR\n", "b.csv")
    written = write_brand(tmp_path)
    brand = load_brand(tmp_path)
    assert brand.cohorts == ("first_product", "first_month")
    assert brand.currency == "USD"  # that of the orders
    assert any("which channel won each customer" in question for question in written.questions)
    assert any("the files also hold EUR" in question for question in written.questions)


def test_hostile_headers_and_names_stay_comments_and_text(tmp_path):
    evil = "=cmd|calc\nsources: {x: 1}\r\n<script>\"'#"
    file_of(tmp_path, LOG.replace("my podcast", '"' + evil.replace('"', '""') + '"'), "a.csv")
    file_of(tmp_path, "x,y\n1,2\n", "b: - [evil] # {name}.csv")
    written = write_brand(tmp_path)
    text = written.path.read_text(encoding="utf-8")
    written.path.write_text(text.replace("currency:", "currency: EUR", 1), encoding="utf-8")
    assert load_brand(tmp_path).name


def test_northbeam_is_the_spend_where_there_is_no_other(tmp_path):
    file_of(tmp_path, shopify(["#1"]), "a.csv")
    file_of(
        tmp_path,
        "date,accounting_mode,attribution_model,attribution_window,breakdown_platform_northbeam,"
        "spend,rev\n2026-01-01,Cash,Clicks,7,Facebook Ads,5,9\n",
        "b.csv",
    )
    write_brand(tmp_path)
    sources = load_brand(tmp_path).sources
    assert [spec.format for spec in sources.spend] == ["northbeam"]
    assert [spec.format for spec in sources.attributed] == ["northbeam"]


@pytest.mark.parametrize("stage", [2, 4])
def test_simulated_brands_are_recognised_as_their_authors_declare_them(tmp_path, stage):
    folder = simulate_brand(tmp_path / "brand", stage=stage, customers=120, seed=5)
    folder = folder if folder.is_dir() else folder.parent
    declared = load_brand(folder)
    (folder / "brand.yaml").unlink()
    write_brand(folder)
    proposed = load_brand(folder)
    for key in type(declared.sources).model_fields:
        if key == "stack":
            continue
        told = [
            {(spec.format, path.name) for spec in getattr(brand.sources, key) for path in
             brand.files(spec)}
            for brand in (declared, proposed)
        ]  # fmt: skip
        assert told[0] == told[1], key
    assert proposed.currency == declared.currency


@pytest.mark.parametrize("log", ["cdnow", "essec", "grocery", "online_retail"])
def test_real_order_logs_under_a_foreign_name(shared_data, tmp_path, log):
    shutil.copy(shared_data / f"{log}.csv.gz", tmp_path / "data.txt")
    written = write_brand(tmp_path)
    (found,) = written.recognised
    assert found.format == "orders"
    needed = ("order_id", "customer_id", "ordered_at", "revenue")
    assert {name: found.columns[name] for name in needed} == {name: name for name in needed}
    asked = " ".join(written.questions)
    assert ("negative amounts" in asked) == (log == "online_retail")
    assert ("is_refund" in asked) == (log == "online_retail")


def test_nothing_is_overwritten(tmp_path):
    file_of(tmp_path, SHOPIFY, "a.csv")
    (tmp_path / "brand.yaml").write_text("name: mine\n", encoding="utf-8")
    with pytest.raises(BrandError, match="not overwritten"):
        write_brand(tmp_path)
    assert (tmp_path / "brand.yaml").read_text(encoding="utf-8") == "name: mine\n"
    (tmp_path / "brand.yaml").unlink()
    (tmp_path / "stack.yaml").write_text("consent: live\n", encoding="utf-8")
    written = write_brand(tmp_path, questionnaire="consent: unknown\n")
    assert written.stack is None
    assert (tmp_path / "stack.yaml").read_text(encoding="utf-8") == "consent: live\n"
    assert load_brand(tmp_path).sources.stack == "stack.yaml"


@pytest.mark.parametrize("text", [META, "just words\n", ""])
def test_a_folder_without_orders_says_what_it_found(tmp_path, text):
    file_of(tmp_path, text, "a.csv")
    with pytest.raises(BrandError, match="no file in the folder is an order export") as caught:
        write_brand(tmp_path)
    assert "a.csv: " in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_subfolders_are_looked_at_but_for_reports_and_other_brands(tmp_path):
    for folder in ("shop", "reports", "other", ".hidden"):
        (tmp_path / folder).mkdir()
        file_of(tmp_path / folder, shopify(["#1"]), "a.csv")
    (tmp_path / "other" / "brand.yaml").write_text("name: Other\n", encoding="utf-8")
    write_brand(tmp_path)
    assert [spec.path for spec in load_brand(tmp_path).sources.orders] == ["shop/a.csv"]


def test_no_folder(tmp_path):
    with pytest.raises(BrandError, match="no such folder"):
        write_brand(tmp_path / "nowhere")


def test_copies_and_what_is_no_table_are_named_and_not_used(tmp_path):
    file_of(tmp_path, shopify(["#1"]), "Export (3).csv")
    file_of(tmp_path, shopify(["#1"]), "Export (4).csv")
    (tmp_path / "New folder").mkdir()
    file_of(tmp_path / "New folder", META, "untitled 2.csv")
    file_of(tmp_path, b"%PDF-1.7", "invoice.pdf")
    file_of(tmp_path, b"", "data.csv")
    file_of(tmp_path, b"PK\x03\x04 no workbook", "orders.zip")
    file_of(tmp_path, b"<html>Sign in</html>", "download.csv")
    written = write_brand(tmp_path)
    told = {one.file: one.reason for one in written.recognised if one.format is None}
    assert "copy of Export (3).csv" in told["Export (4).csv"]
    assert "it is a PDF" in told["invoice.pdf"]
    assert "empty" in told["data.csv"]
    assert "unpack it" in told["orders.zip"]
    assert "login" in told["download.csv"]
    used = {one.file: one.format for one in written.recognised if one.format is not None}
    assert used == {"Export (3).csv": "shopify_orders", "New folder/untitled 2.csv": "meta_ads"}
    assert [spec.path for spec in load_brand(tmp_path).sources.orders] == ["Export (3).csv"]


def test_only_sources_that_nobody_knows_are_asked(tmp_path):
    sources = ["google / cpc", "google_cpc / cpc", "adwords / ppc", "Facebook / CPC", "impact"]
    rows = "".join(f"#{number},{name}\n" for number, name in enumerate(sources, start=1))
    file_of(tmp_path, shopify([f"#{number}" for number in range(1, 6)]), "a.csv")
    file_of(tmp_path, f"order_name,channel\n{rows}", "b.csv")
    written = write_brand(tmp_path)
    (asked,) = [text for text in written.questions if "these sources" in text]
    assert "? impact." in asked
    orders = read_exports(load_brand(tmp_path)).orders.sort_values("order_id")
    assert list(orders["channel"].value_counts().sort_index().items()) == [
        ("Google Ads", 3), ("Meta Ads", 1), ("impact", 1),
    ]  # fmt: skip


def test_costs_are_never_taken_from_an_example(tmp_path):
    file_of(tmp_path, shopify(["#1"]), "a.csv")
    path = write_brand(tmp_path).path
    lines = path.read_text("utf-8").splitlines()
    start = lines.index("# costs:")
    bare = [line.removeprefix("# ") if start <= at < start + 8 else line
            for at, line in enumerate(lines)]  # fmt: skip
    path.write_text("\n".join(bare), "utf-8")
    with pytest.raises(BrandError, match=r"(?s)goods_rate.*has no value"):
        load_brand(tmp_path)


def test_a_questionnaire_alone_is_written_beside_settings_that_are_there(tmp_path):
    file_of(tmp_path, shopify(["#1"]), "a.csv")
    first = write_brand(tmp_path)
    before = first.path.read_bytes()
    written = write_brand(tmp_path, questionnaire="consent: unknown\n")
    assert (written.kept, written.stack) == (True, tmp_path / "stack.yaml")
    assert first.path.read_bytes() == before
    with pytest.raises(BrandError, match="not overwritten"):
        write_brand(tmp_path, questionnaire="consent: unknown\n")


def test_a_german_log_is_recognised_and_its_doubtful_dates_are_asked(tmp_path):
    rows = "".join(f"{n};k{n % 3};0{n % 9 + 1}/0{n % 7 + 1}/2025;{n},50\n" for n in range(1, 40))
    file_of(tmp_path, f"Bestellnummer;Kunde;Datum;Betrag\n{rows}", "Tabelle1.csv")
    written = write_brand(tmp_path)
    assert written.recognised[0].columns == {
        "order_id": "Bestellnummer", "customer_id": "Kunde", "ordered_at": "Datum",
        "revenue": "Betrag",
    }  # fmt: skip
    assert any("dates: day_first" in question for question in written.questions)
    text = written.path.read_text("utf-8").replace("currency:", "currency: EUR", 1)
    told = text.replace("revenue: Betrag}}", "revenue: Betrag}, options: {dates: day_first}}")
    assert told != text
    written.path.write_text(told, "utf-8")
    assert len(read_exports(load_brand(tmp_path)).orders) == 39


def test_a_folder_without_orders_says_what_is_lacking_and_how_to_name_columns(tmp_path):
    file_of(tmp_path, "order,date,total\n1,2025-01-01,10\n2,2025-01-02,11\n", "x: y.csv")
    with pytest.raises(BrandError) as refused:
        write_brand(tmp_path)
    told = str(refused.value)
    assert "has order_id, ordered_at, revenue but lacks customer_id" in told
    assert "Orders, Export, All orders, CSV" in told
    lines = told.partition("after its colon:\n")[2].partition("   Found:")[0]
    filled = lines.replace("currency: ", "currency: USD")
    for name in ("order_id", "customer_id"):
        filled = filled.replace(f"{name}: ", f"{name}: order")
    filled = filled.replace("ordered_at: ", "ordered_at: date")
    filled = filled.replace("revenue: ", "revenue: total")
    (tmp_path / "brand.yaml").write_text(filled, "utf-8")
    assert load_brand(tmp_path).sources.orders[0].path == "x: y.csv"
    assert not (tmp_path / "stack.yaml").exists()
