from __future__ import annotations

import csv
import gzip
from datetime import datetime

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.sources.tabular import read_table

TEXT = "Name,Größe,Total\n#1,klein,12.50\n#2,,3.00\n"
ALIASES = {"order": ["name"], "size": ["größe", "size"]}


def cells(table) -> list[list[object]]:
    return [[None if pd.isna(v) else v for v in row] for row in table.frame.to_numpy().tolist()]


def written(tmp_path, content: bytes | str, name: str = "orders.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        (TEXT.encode(), "utf-8", ","),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", ","),
        (TEXT.encode("cp1252"), "cp1252", ","),
        (TEXT.replace(",", "\t").encode("utf-16"), "utf-16", "\t"),
        (b"\xff\xfe" + TEXT.replace(",", "\t").encode("utf-16-le"), "utf-16", "\t"),
        (TEXT.replace(",", "\t").encode("utf-16-le"), "utf-16-le", "\t"),
        (TEXT.replace(",", ";").encode(), "utf-8", ";"),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8", ","),
        (gzip.compress(TEXT.encode(), mtime=0), "utf-8", ","),
    ],
    ids=["utf8", "bom", "cp1252", "utf16-tab", "utf16le-bom", "utf16le", "semicolon", "crlf", "gz"],
)
def test_any_encoding_and_delimiter_gives_the_same_cells(tmp_path, content, encoding, delimiter):
    table = read_table(written(tmp_path, content), required=["order"], aliases=ALIASES)
    assert list(table.frame) == ["order", "size", "total"]
    assert cells(table) == [["#1", "klein", "12.50"], ["#2", None, "3.00"]]
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert table.raw_header == ["Name", "Größe", "Total"]


def test_a_workbook_renamed_csv_is_read_as_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Name", "At", "Total", "Id"])
    book.active.append(["#1", datetime(2026, 3, 31, 9, 50), 12.5, 5400000000032])
    book.active.append(["#2", datetime(2026, 4, 1), 3, None])
    book.save(tmp_path / "orders.csv")
    table = read_table(tmp_path / "orders.csv", required=["name"])
    assert cells(table) == [
        ["#1", "2026-03-31 09:50:00", "12.5", "5400000000032"],
        ["#2", "2026-04-01", "3", None],
    ]
    assert table.first_row == 2


def test_parquet_is_read_like_text(tmp_path):
    frame = pd.DataFrame(
        {"Name": ["a", None], "n": [1, 2], "at": pd.to_datetime(["2026-03-31", "2026-04-01"])}
    )
    frame.to_parquet(tmp_path / "x.parquet")
    table = read_table(tmp_path / "x.parquet")
    assert table.number("n").tolist() == [1.0, 2.0]
    assert table.date("at").dt.day.tolist() == [31, 1]
    assert table.text("name").isna().tolist() == [False, True]


def test_header_below_a_preamble_in_the_delimiter_that_fits(tmp_path):
    text = 'Report, of ads\n"September 1, 2026 - September 3, 2026"\n\nDay;Cost\n2026-09-01;5\n'
    table = read_table(written(tmp_path, text), required=["day", "cost"], header_scan=10)
    assert cells(table) == [["2026-09-01", "5"]]
    assert table.first_row == 5
    assert table.preamble[0] == "Report, of ads"


def test_rows_are_numbered_as_a_spreadsheet_counts_them(tmp_path):
    text = 'Name,Notes,Total\n#1,"one\ntwo\n\nthree",1\n\n#2,,x\n'
    table = read_table(written(tmp_path, text))
    assert table.frame.index.tolist() == [2, 4]
    with pytest.raises(SourceError, match=r"column 'Total', row 4"):
        table.number("total")


def test_the_delimiter_as_excel_states_it_is_no_header(tmp_path):
    table = read_table(written(tmp_path, "sep=;\na;b\n1;2\n"))
    assert cells(table) == [["1", "2"]]
    assert table.first_row == 3


def test_short_rows_are_filled_and_trailing_delimiters_ignored(tmp_path):
    table = read_table(written(tmp_path, "a,b,c\n1,2,3,,\nTotal,5\n"))
    assert cells(table) == [["1", "2", "3"], ["Total", "5", None]]


def test_rows_with_more_cells_than_the_header_are_refused_by_number(tmp_path):
    with pytest.raises(SourceError, match="row 3") as error:
        read_table(written(tmp_path, "a,b\n1,2\n1,234,5\n"))
    assert "more cells than the header" in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (gzip.compress(TEXT.encode(), mtime=0)[:30], "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), r"\.xls"),
        (b"PK\x03\x04" + bytes(100), "no Excel workbook"),
        (b"PAR1" + bytes(50), "parquet file is damaged"),
        (b'{"orders": []}', "JSON or a web page"),
        (b"\x81\x8d\x8f," * 9, "not text"),
        (bytes(range(256)) * 40, "not text"),
    ],
    ids=["none", "bom", "cut-gz", "xls", "zip", "parquet", "json", "cp1252-holes", "binary"],
)
def test_files_that_are_no_table_say_so(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(SourceError, match=message) as error:
        read_table(path, required=["name"])
    assert "orders.csv" in str(error.value)
    assert str(tmp_path) not in str(error.value)
    assert path.read_bytes() == content


def test_header_only_is_a_table_without_rows(tmp_path):
    table = read_table(written(tmp_path, "Name,Total\n"), required=["name"])
    assert table.frame.empty
    assert table.number("total").dtype == "float64"
    assert table.date("name").dtype == "datetime64[us]"


def test_all_missing_columns_are_named_with_what_is_there(tmp_path):
    with pytest.raises(SourceError) as error:
        read_table(
            written(tmp_path, TEXT),
            required=["order", "email", "at"],
            aliases={**ALIASES, "at": ["Created at"]},
            columns={"tag": "Tags"},
        )
    text = str(error.value)
    assert len(error.value.problems) == 3
    assert "'email' is missing" in text
    assert "'Created at'" in text
    assert "'Tags', which the file does not have" in text
    assert "'Größe'" in text


def test_a_file_without_header_does_not_leak_addresses(tmp_path):
    with pytest.raises(SourceError) as error:
        read_table(written(tmp_path, "#1,ann@example.org,5\n"), required=["name"])
    assert "@" not in str(error.value)


def test_the_users_column_map_beats_a_column_of_that_name(tmp_path):
    text = "revenue,amount,other\n1,2,x\n"
    table = read_table(
        written(tmp_path, text),
        required=["revenue"],
        columns={"revenue": " Amount", "also": "other"},
    )
    assert table.number("revenue").tolist() == [2.0]
    assert table.text("revenue.1").tolist() == ["1"]
    assert table.text("also").tolist() == ["x"]


def test_repeated_headers_all_stay(tmp_path):
    table = read_table(written(tmp_path, "email,email,email\na,b,c\n"))
    assert list(table.frame) == ["email", "email.1", "email.2"]


def test_one_ambiguous_column_is_settled_by_another(tmp_path):
    table = read_table(written(tmp_path, "a;b;c\n1.234;5,50;text, 1.5 kg\n2.000;6,25;\n"))
    assert table.number("a").tolist() == [1234.0, 2000.0]


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\x1a", exclude_categories=["Cs"]),
    max_size=12,
)


@given(st.lists(st.tuples(texts, texts), max_size=8), st.sampled_from([",", ";", "\t"]))
def test_whatever_a_csv_writer_writes_is_read_back(tmp_path_factory, rows, delimiter):
    path = tmp_path_factory.mktemp("round") / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([("first", "second"), *rows])
    trimmed = [[cell.strip() or None for cell in row] for row in rows]
    kept = [row for row in trimmed if any(row)]
    assert cells(read_table(path, required=["first", "second"])) == kept
