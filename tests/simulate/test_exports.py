"""The written files look like what the tools export, with the traps that real files have."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.brand import load_brand
from workbench.errors import WorkbenchError
from workbench.simulate import simulate_process, stage_settings, write_brand, write_simulation
from workbench.simulate.exports.ads import write_google
from workbench.simulate.exports.people import people
from workbench.simulate.exports.shop import exported_orders
from workbench.simulate.exports.shopify_csv import CURRENT_HEADER, OLDER_HEADER
from workbench.spectrum.answers import read_answers


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("brands")
    made = {}
    for stage in (1, 2, 3, 4):
        simulation = simulate_process(stage_settings(stage, customers=400), seed=stage)
        made[stage] = (simulation, write_simulation(home / str(stage), simulation))
    return made


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(path))))


def test_shopify_header_has_79_columns_and_the_older_one_fewer(brands):
    header = rows_of(brands[3][1] / "orders_export_1.csv.gz")[0]
    assert header == CURRENT_HEADER
    assert len(header) == len(set(header)) == 79
    older = rows_of(brands[1][1] / "orders_export_1.csv.gz")[0]
    assert older == OLDER_HEADER
    assert [name for name in header if name in older] == older
    assert {"Name", "Email", "Created at", "Total", "Financial Status", "Currency"} <= set(older)


def test_shopify_rows(brands):
    _, folder = brands[3]
    rows = pd.DataFrame(rows_of(folder / "orders_export_2.csv.gz")[1:], columns=CURRENT_HEADER)
    more = rows[rows["Financial Status"] == ""]
    assert len(more) > 20
    blank = [name for name in CURRENT_HEADER if not name.startswith("Lineitem")]
    kept = {"Name", "Email", "Created at", "Vendor"}
    assert (more[[name for name in blank if name not in kept]] == "").all(axis=None)
    assert (more[["Lineitem name", "Created at"]] != "").all(axis=None)
    # further rows follow the first row of their order
    assert (rows["Name"].shift().loc[more.index] == more["Name"]).all()
    first = rows[rows["Financial Status"] != ""]
    assert first["Billing Zip"].str.fullmatch(r"'\d{5}").all()
    phones = first["Phone"][first["Phone"] != ""]
    assert phones.str.fullmatch(r"'\+1\d{3}55501\d\d").all()
    assert first["Created at"].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d -0[45]00").all()
    amount = first[["Subtotal", "Shipping", "Taxes", "Total"]].astype(float)
    np.testing.assert_allclose(amount.iloc[:, :3].sum(axis=1), amount["Total"], atol=0.006)
    assert first["Note Attributes"].str.contains("utm_source: \\w+\nutm_medium: \\w+").any()


def test_offsets_follow_daylight_saving_time(brands):
    orders = exported_orders(brands[3][0])
    january, july = (orders["created"].dt.month == month for month in (1, 7))
    offset = orders["created"].dt.strftime("%z")
    assert set(offset[january]) == {"-0500"}
    assert set(offset[july]) == {"-0400"}
    # the written day is the day of the process, and time runs forward but for the autumn hour
    day = (orders["created"].dt.tz_localize(None) - pd.Timestamp("2024-07-01")).dt.days
    assert (day == orders["day"]).all()
    assert orders["created"].is_monotonic_increasing


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_neighbouring_exports_share_orders_and_nothing_is_missing(brands, stage):
    simulation, folder = brands[stage]
    if stage == 4:
        parts = [
            [line for line in text_of(file).splitlines() if "__parentId" not in line]
            for file in sorted(folder.glob("bulk_orders_*"))
        ]
        names = [{json.loads(line)["name"] for line in part} for part in parts]
        one, two = ({json.loads(line)["name"]: line for line in part} for part in parts)
    else:
        parts = [rows_of(file)[1:] for file in sorted(folder.glob("orders_export_*"))]
        names = [{row[0] for row in part} for part in parts]
        one, two = ({tuple(row[:2]): row for row in reversed(part)} for part in parts)
    shared = set(one) & set(two)
    assert 0 < len(shared) < 0.1 * len(one)
    assert all(one[key] == two[key] for key in shared)
    assert len(names[0] | names[1]) == simulation.observed.sum()


def test_meta_report(brands):
    simulation, folder = brands[3]
    data = gzip.decompress((folder / "meta_ads.csv.gz").read_bytes())
    assert data.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(io.StringIO(data.decode("utf-8-sig")))
    assert "Amount spent (USD)" in table
    totals = table[table["Campaign name"].isna()]
    daily = table[table["Campaign name"].notna()]
    assert len(totals) == 1
    spent = daily["Amount spent (USD)"].sum()
    assert totals["Amount spent (USD)"].item() == pytest.approx(spent)
    spend = simulation.spend
    assert spent == pytest.approx(spend.loc[spend["channel"] == "Meta Ads", "spend"].sum())


def test_google_report(tmp_path):
    simulation = simulate_process(stage_settings(3, customers=20_000), seed=1)
    write_google(tmp_path / "google.csv", simulation)
    title, days, header, *rows = rows_of(tmp_path / "google.csv")
    assert title == ["Campaign report"]
    assert days == ["July 1, 2024 - June 30, 2026"]
    table = pd.DataFrame(rows, columns=header)
    totals = table["Day"].str.startswith("Total: ")
    assert list(table["Day"][totals]) == [
        "Total: Account",
        "Total: Search",
        "Total: Performance Max",
    ]
    assert (table.loc[totals, "Campaign"] == "--").all()
    cost = table["Cost"].str.replace(",", "").astype(float)
    assert cost[totals].iloc[0] == pytest.approx(cost[~totals].sum())
    assert table["Cost"][totals].str.contains(",").all()
    assert table["Conversions"][~totals].astype(float).mod(1).gt(0).any()


def test_tiktok_and_other_spend(brands):
    simulation, folder = brands[3]
    rows = rows_of(folder / "tiktok_ads.csv.gz")
    assert rows[0][0] == "By Day"
    assert rows[-1][:3] == [f"Total of {len(rows) - 2} results", "-", "-"]
    other = pd.read_csv(folder / "other_spend.csv.gz")
    assert set(other["channel"]) == {"Influencers"}
    spend = simulation.spend
    want = spend.loc[spend["channel"] == "Influencers", "spend"].sum()
    assert other["spend"].sum() == pytest.approx(want)


def test_northbeam_repeats_its_spend(brands):
    simulation, folder = brands[4]
    table = pd.read_csv(folder / "northbeam.csv.gz")
    keys = ["accounting_mode", "attribution_model", "attribution_window"]
    sums = table.groupby(keys)["spend"].sum()
    assert len(sums) == 3
    year = simulation.spend["day"] >= simulation.settings.days - 365
    np.testing.assert_allclose(sums, simulation.spend.loc[year, "spend"].sum())


def test_bulk_lines_are_objects_with_parents(brands):
    _, folder = brands[4]
    items = [json.loads(line) for line in text_of(folder / "bulk_orders_2.jsonl.gz").splitlines()]
    ids = {item["id"] for item in items}
    assert all(item["__parentId"] in ids for item in items if "__parentId" in item)
    journeys = [item["customerJourneySummary"] for item in items if "__parentId" not in item]
    told = [journey["firstVisit"] for journey in journeys if journey["firstVisit"]]
    assert 0 < len(told) < len(journeys)
    assert all(journey["ready"] for journey in journeys if journey["firstVisit"])
    assert {visit["utmParameters"] is None for visit in told} == {True, False}


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_klaviyo_exports(brands, stage):
    _, folder = brands[stage]
    flows = pd.read_csv(folder / "flows.csv.gz")
    assert flows["Day"].max() == "2026-06-30"
    assert flows["Open Rate"].str.endswith("%").all()
    sent = flows.groupby("Flow Name")["Delivered"].sum()
    if stage == 1:  # a flow that is live but sends nothing, and a draft
        assert sent["Win-back"] == 0
        assert set(flows.loc[flows["Flow Name"] == "Post-Purchase", "Status"]) == {"draft"}
    if (folder / "profiles.csv.gz").exists():
        profiles = pd.read_csv(folder / "profiles.csv.gz", keep_default_na=False)
        assert profiles["Expected Date Of Next Order"].str.fullmatch(r"(\d\d/\d\d/\d{4})?").all()
        assert ("clv_12m_pred" in profiles) == (stage == 4)


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_nobody_real_is_in_the_files(brands, stage):
    _, folder = brands[stage]
    for file in folder.iterdir():
        text = text_of(file)
        emails = re.findall(r"[\w.+-]+@[\w.-]+", text)
        assert all(re.fullmatch(r"(?i)c\d+@example\.com", email) for email in emails)
        phones = re.findall(r"\+1\d{10}", text)
        assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone) for phone in phones)


def test_contact_data_belongs_to_one_customer_each():
    contact = people(np.arange(100_000))
    for name in ("email", "phone"):
        known = contact[name][contact[name] != ""]
        assert known.is_unique
    assert ((contact["email"] != "") | (contact["phone"] != "")).all()


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_brand_and_stack_files_are_valid(brands, stage):
    simulation, folder = brands[stage]
    brand = load_brand(folder)
    assert brand.as_of == simulation.settings.as_of
    assert brand.costs is not None
    answers = read_answers(yaml.safe_load((folder / "stack.yaml").read_text()))
    assert any(answer.positive for answer in answers.values())
    # every file but the truth is named in brand.yaml
    named = {
        file.name
        for key in type(brand.sources).model_fields
        if key != "stack"
        for spec in getattr(brand.sources, key)
        for file in brand.files(spec)
    }
    assert {file.name for file in folder.iterdir()} - named == {
        "brand.yaml",
        "stack.yaml",
        "truth.json",
    }


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_same_arguments_same_bytes(tmp_path, stage):
    one, two = (
        write_brand(tmp_path / name, stage=stage, customers=60, seed=7) for name in ("a", "b")
    )
    assert {file.name for file in one.iterdir()} == {file.name for file in two.iterdir()}
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes(), file.name


@pytest.mark.parametrize("customers", [1, 2])
@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_brands_of_one_or_two_customers_can_be_written(tmp_path, stage, customers):
    folder = write_brand(tmp_path / "tiny", stage=stage, customers=customers, seed=1)
    assert json.loads((folder / "truth.json").read_text())["totals"]["customers"] == customers


def test_an_empty_folder_is_used_and_a_full_one_refused(tmp_path):
    folder = tmp_path / "brand"
    folder.mkdir()
    write_brand(folder, stage=1, customers=20, seed=1)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(WorkbenchError, match="something already"):
        write_brand(folder, stage=1, customers=20, seed=2)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize(
    "wrong", [{"stage": 5}, {"stage": 1, "customers": 0}, {"stage": 1, "seed": -1}]
)
def test_wrong_arguments_are_refused_in_words(tmp_path, wrong):
    arguments = {"stage": 1, "customers": 10, "seed": 1} | wrong
    with pytest.raises(WorkbenchError, match="must"):
        write_brand(tmp_path / "new", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing_half_written(tmp_path, monkeypatch):
    def fail(*_arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("workbench.simulate.write.write_stack", fail)
    with pytest.raises(OSError, match="disk full"):
        write_brand(tmp_path / "new", stage=1, customers=10, seed=1)
    assert list(tmp_path.iterdir()) == []
