from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import tiktok_ads

ROWS = [
    ["By Day", "Campaign name", "Ad group name", "Ad name", "Currency", "Cost", "Impressions",
     "Clicks (destination)", "Complete payment"],
    ["2026-03-01", "Spark", "Broad", "Video 1", "USD", "120.50", "9000", "80", "<5"],
    ["2026-03-02", "Spark", "Broad", "Video 1", "USD", "99.50", "8000", "70", "7"],
    ["Total of 2 results", "-", "-", "-", "-", "220.00", "17000", "150", "-"],
]  # fmt: skip


def as_csv(rows):
    return "\n".join(",".join(row) for row in rows) + "\n"


def as_workbook(rows):
    book = openpyxl.Workbook()
    for number, row in enumerate(rows):
        typed = [float(c) if number and c.replace(".", "").isdigit() else c for c in row]
        book.active.append(typed)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(tmp_path, content, name="a.csv", brand=None, columns=None, **options):
    path = file_of(tmp_path, content, name)
    return read_file(tiktok_ads.read, "tiktok_ads", path, brand, columns, **options)


@pytest.mark.parametrize(
    ("write", "name"), [(as_csv, "a.csv"), (as_workbook, "a.xlsx"), (as_workbook, "a.csv")]
)
def test_csv_and_workbook_under_any_name(tmp_path, write, name):
    result = read(tmp_path, write(ROWS), name)
    frame = result.frame
    assert frame["spend"].tolist() == [120.5, 99.5]
    assert frame["clicks"].sum() == 150
    assert frame["daily"].all()
    assert list(frame["adset"]) == ["Broad", "Broad"]
    assert set(frame["channel"]) == {"TikTok Ads"}
    assert logged(result)["totals rows dropped"] == 1


@pytest.mark.parametrize("label", ["Total", "Total of 2 results", "-", "Totals"])
def test_totals_rows(tmp_path, label):
    rows = [*ROWS[:3], [label, *ROWS[3][1:]]]
    assert read(tmp_path, as_csv(rows)).frame["spend"].sum() == pytest.approx(220)


def test_masked_counts_are_unknown_and_masked_cost_is_refused(tmp_path):
    result = read(tmp_path, as_csv(ROWS))
    assert pd.isna(result.frame["platform_conversions"].iloc[0])
    assert result.frame["platform_conversions"].iloc[1] == 7
    assert logged(result)["masked cells in 'Complete payment' taken as not known"] == 1
    masked = [row[:5] + (["<5"] if row[5] == "99.50" else [row[5]]) + row[6:] for row in ROWS]
    with pytest.raises(SourceError, match="cost is masked"):
        read(tmp_path, as_csv(masked))


def test_purchases_through_the_map_or_reported_as_absent(tmp_path):
    rows = [[*row[:8], cell] for row, cell in zip(ROWS, ["Käufe", "3", "4", "7"], strict=True)]
    assert logged(read(tmp_path, as_csv(rows)))["purchases not exported"] == 2
    frame = read(tmp_path, as_csv(rows), columns={"platform_conversions": "Käufe"}).frame
    assert frame["platform_conversions"].sum() == 7


def test_currency_must_be_the_brands(tmp_path):
    with pytest.raises(SourceError, match="money is in USD"):
        read(tmp_path, as_csv(ROWS), brand=brand_of(tmp_path, "EUR"))
