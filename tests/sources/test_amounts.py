from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.sources.tabular import sniff_decimal, strip_apostrophe, to_id, to_number


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), index=range(2, 2 + len(cells)), dtype="str")


def number(*cells: object, **settings) -> list[float]:
    return to_number(column(*cells), where="f.csv, column 'Total'", **settings).tolist()


def grouped(value: float, decimal: str, group: str) -> str:
    return f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", group)


LOCALES = [(".", ","), (",", "."), (",", " "), (",", "\u00a0"), (",", "\u202f"), (".", "'")]
amounts = st.lists(st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), min_size=1)


@given(amounts, st.sampled_from(LOCALES), st.sampled_from(["{}", "${}", "{} €", "EUR {}", "{}%"]))
def test_every_locale_reads_back_what_was_written(values, locale, frame):
    cells = [frame.format(grouped(value, *locale)) for value in values]
    assert number(*cells) == values


@given(amounts)
def test_numbers_of_a_machine_read_back_exactly(values):
    assert number(*[repr(value) for value in values]) == values


@given(amounts.filter(lambda values: max(map(abs, values)) >= 1000), st.randoms())
def test_the_order_of_rows_decides_nothing(values, random):
    cells = [grouped(value, ",", ".") for value in values]
    shuffled = random.sample(range(len(cells)), len(cells))
    assert number(*[cells[i] for i in shuffled]) == [number(*cells)[i] for i in shuffled]


@pytest.mark.parametrize("cell", ["", "-", "--", "–", "n/a", "N/A", "null", None])
def test_nothing_is_not_zero(cell):
    assert np.isnan(number("1", cell)[1])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("$1,234.56", 1234.56),
        ("-$5.25", -5.25),
        ("$-5.25", -5.25),
        ("(3.50)", -3.5),
        ("3.50-", -3.5),
        ("\u22124.50", -4.5),
        ("+7.50", 7.5),
        ("US$ 4.20", 4.2),
        ("12.50 zł", 12.5),
        ("kr. 9.50", 9.5),
        ("39.5%", 39.5),
        ("'12.50", 12.5),
        ("1e-05", 1e-05),
        (".5", 0.5),
        ("1,23,456.78", 123456.78),
        ("1234.567", 1234.567),
        ("1,234,567", 1234567.0),
    ],
)
def test_ways_of_writing_an_amount(cell, value):
    assert number(cell) == [value]


@pytest.mark.parametrize("cell", ["1,234", "1.234", "12.500"])
def test_a_column_that_reads_in_two_ways_is_refused(cell):
    with pytest.raises(SourceError, match=r"f.csv, column 'Total', row 2: .* two ways"):
        number(cell)


def test_proof_anywhere_settles_the_sign():
    assert number("1,234", "0.5") == [1234.0, 0.5]
    assert number("1.234", "0,5") == [1234.0, 0.5]
    assert number("1,234", peers=[column("5.25")]) == [1234.0]
    assert number("1,234", decimal=",") == [1.234]
    assert number("1.234", decimal=",") == [1234.0]
    assert number("1,234", "567", integer=True) == [1234.0, 567.0]
    assert sniff_decimal(column("1.234", "text", "12,3")) == {","}
    assert sniff_decimal(column("1.234", "31.03.2026")) == set()


@pytest.mark.parametrize("cells", [("12,34", "1,234.50"), ("1.234,5", "7.25"), ("12,34", "12.34")])
def test_two_ways_of_writing_in_one_column_are_refused(cells):
    with pytest.raises(SourceError, match="two ways"):
        number(*cells)


def test_a_stated_sign_that_does_not_fit_is_refused():
    with pytest.raises(SourceError, match="row 3"):
        number("1.50", "12,34", decimal=".")


def test_unreadable_cells_are_named_by_row_and_not_repeated():
    with pytest.raises(SourceError, match="rows 3, 4") as error:
        number("1", "ann@example.org", "1.2.3", "2")
    assert "@" not in str(error.value)


@pytest.mark.parametrize("cell", ["####", "#######", "#REF!", "#VALUE!"])
def test_a_spreadsheet_that_hid_amounts_is_named(cell):
    with pytest.raises(SourceError, match="spreadsheet"):
        number("1", cell)


@pytest.mark.parametrize("cell", ["inf", "-inf", "0x10", "1_000", "1.2.3", "1,23,4"])
def test_no_strange_numbers(cell):
    with pytest.raises(SourceError, match="not numbers"):
        number("1", cell)


@pytest.mark.parametrize("cell", ["1.23457E+12", "1,23457E+12", "'5.4E+12", "1E+12", "####"])
def test_ids_that_a_spreadsheet_rounded_are_refused(cell):
    with pytest.raises(SourceError, match="row 3: ids were rounded"):
        to_id(column("5400000000032", cell), where="f.csv, column 'Id'")


def test_ids_stay_text():
    ids = to_id(column("'1930000", "00012", "GROC-1E5", None), where="")
    assert ids.tolist()[:3] == ["1930000", "00012", "GROC-1E5"]
    assert to_id(column("17850.0", None, "13047.0"), where="").tolist()[::2] == ["17850", "13047"]
    assert to_id(column("17850.0", "v1.0"), where="").tolist() == ["17850.0", "v1.0"]
    assert strip_apostrophe(column("'75008", "+61412000999", "O'Neil")).tolist() == [
        "75008",
        "+61412000999",
        "O'Neil",
    ]
