from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.sources.tabular import is_excel_serial, to_date

NEW_YORK = "America/New_York"


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), index=range(2, 2 + len(cells)), dtype="str")


def dates(*cells: object, **settings) -> list[pd.Timestamp]:
    return to_date(column(*cells), where="f.csv, column 'Created at'", **settings).tolist()


moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
SETTLED = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M",
           "%Y%m%d", "%B %d, %Y", "%d %b %Y", "%d-%b-%Y %H:%M", "%b %d, %Y, %I:%M %p"]  # fmt: skip


@given(st.lists(moments, min_size=1, max_size=10), st.sampled_from(SETTLED))
def test_every_settled_format_reads_back(values, style):
    cells = [value.strftime(style) for value in values]
    assert dates(*cells) == [datetime.strptime(cell, style) for cell in cells]


@given(st.lists(moments, min_size=1, max_size=10), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y %H:%M"]))
def test_slashed_dates_are_settled_by_a_day_above_12_or_refused(values, style):
    cells = [value.strftime(style) for value in values]
    if any(value.day > 12 for value in values):
        assert dates(*cells) == [datetime.strptime(cell, style) for cell in cells]
    else:
        with pytest.raises(SourceError, match="no row settles it"):
            dates(*cells)
        order = "day_first" if style.startswith("%d") else "month_first"
        assert dates(*cells, order=order) == [datetime.strptime(cell, style) for cell in cells]


@given(moments, st.integers(-12 * 4, 14 * 4), st.sampled_from([NEW_YORK, "Asia/Kolkata", "UTC"]))
def test_offsets_become_the_wall_clock_of_the_shop(moment, quarters, zone):
    offset = timezone(timedelta(minutes=15 * quarters))
    wanted = moment.replace(tzinfo=offset).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    cell = moment.replace(tzinfo=offset).strftime("%Y-%m-%d %H:%M:%S %z")
    assert dates(cell, timezone=zone) == [wanted]


def test_a_day_around_daylight_saving_keeps_its_date():
    cells = ("2025-11-02 01:30:00 -0400", "2025-11-02 01:30:00 -0500", "2025-03-09T07:00:00Z")
    assert dates(*cells, timezone=NEW_YORK) == [
        datetime(2025, 11, 2, 1, 30),
        datetime(2025, 11, 2, 1, 30),
        datetime(2025, 3, 9, 3, 0),
    ]


def test_without_a_zone_the_written_clock_stays():
    assert dates("2025-10-07 09:50:26 +0200") == [datetime(2025, 10, 7, 9, 50, 26)]


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (("2026-01-01", "31/03/2026"), "row 2.*row 3"),
        (("31/03/2026", "03/31/2026"), "row 2.*row 3"),
        (("2026-01-01", "45384.3479"), "row 2.*row 3"),
        (("2026-01-01 10:00:00", "2026-01-01 10:00:00 +0200"), "row 2.*row 3"),
        (("March 3, 2026", "3 March 2026"), "row 2.*row 3"),
    ],
)
def test_dates_in_two_formats_are_refused_by_row(cells, rows):
    with pytest.raises(SourceError, match=rf"2 formats.*{rows}|{rows}.*2 formats"):
        dates(*cells)


@pytest.mark.parametrize("cell", ["03/04/26", "2026-W01", "2026", "202601", "soon", "12:30"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(SourceError, match="row 3: cells are not dates"):
        dates("2026-01-31", cell)


@pytest.mark.parametrize("cell", ["2026-02-30", "2026-13-01", "0001-01-01", "3026-01-01"])
def test_days_that_cannot_be_are_refused(cell):
    with pytest.raises(SourceError, match="row 3"):
        dates("2026-01-31", cell)


def test_hidden_dates_are_named_as_spreadsheet_damage():
    with pytest.raises(SourceError, match="spreadsheet"):
        dates("2026-01-31", "########")


def test_day_numbers_of_a_spreadsheet_are_converted_and_reported():
    cells = column("45384.3479", "45384", "45384,5")
    assert is_excel_serial(cells)
    got = to_date(cells, where="")
    assert got.dt.normalize().eq(pd.Timestamp(2024, 4, 2)).all()
    assert abs(got.iloc[0] - pd.Timestamp(2024, 4, 2, 8, 20, 59)) <= timedelta(seconds=5)
    assert got.iloc[2] == pd.Timestamp(2024, 4, 2, 12)
    assert not is_excel_serial(column("2026-01-01", "45384"))


def test_empty_cells_stay_empty():
    got = to_date(column(None, "2026-01-31", None), where="")
    assert got.isna().tolist() == [True, False, True]
    assert to_date(column(None), where="").dtype == "datetime64[us]"
