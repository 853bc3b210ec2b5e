"""Text tables: the exact text, or an error that names row and byte (RELIABILITY F5)."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_project.workflow.inspect import BadFile, Inspection, inspect_file
from crm_project.workflow.inspect.child import terms
from crm_project.workflow.inspect.child.rows import Sink
from crm_project.workflow.inspect.child.text_table import read_csv
from tests.workflow import bombs

TABLE = [
    ["日期", "摘要", "金额"],
    ["2025-12-31", "货款，第一批", "1,234.50"],
    ["2025-12-31", "𠀀㐀 four-byte", "-0.10"],
]


def as_csv(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def texts(found: Inspection) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in found.sheets[0].rows()]


def refusal(tmp_path: Path, content: bytes) -> BadFile:
    path = bombs.write(tmp_path, "table.csv", content)
    with pytest.raises(BadFile) as caught, inspect_file(path, name="table.csv"):
        pass
    return caught.value


@pytest.mark.parametrize(
    ("written_as", "found_as"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_each_encoding_gives_the_exact_text(written_as: str, found_as: str, tmp_path: Path) -> None:
    path = bombs.write(tmp_path, "table.csv", as_csv(TABLE).encode(written_as))
    with inspect_file(path, name="table.csv") as found:
        assert texts(found) == TABLE
        assert found.encoding == found_as


def test_gbk_is_read_as_the_subset_of_gb18030_that_it_is(tmp_path: Path) -> None:
    path = bombs.write(tmp_path, "table.csv", "户名,余额\n联通,1.00\n".encode("gbk"))  # famous for looking like UTF-8
    with inspect_file(path, name="table.csv") as found:
        assert texts(found) == [["户名", "余额"], ["联通", "1.00"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_separator_is_found(delimiter: str, tmp_path: Path) -> None:
    path = bombs.write(tmp_path, "table.csv", as_csv(TABLE, delimiter).encode())
    with inspect_file(path, name="table.csv") as found:
        assert found.delimiter == delimiter
        assert texts(found) == TABLE


def test_line_ends_may_be_mixed_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = bombs.write(tmp_path, "table.csv", b"a,1\r\nb,2\rc,3\n\n,,\ne,5")
    with inspect_file(path, name="table.csv") as found:
        rows = [(row.number, [cell.text for cell in row.cells]) for row in found.sheets[0].rows()]
    assert rows == [(1, ["a", "1"]), (2, ["b", "2"]), (3, ["c", "3"]), (6, ["e", "5"])]


def test_a_tab_behind_a_closing_quotation_mark_stays_in_the_text(tmp_path: Path) -> None:
    path = bombs.write(tmp_path, "table.csv", b'number,note\n"3985734"\t,"say ""hi"""\n')
    with inspect_file(path, name="table.csv") as found:
        assert texts(found)[1] == ["3985734\t", 'say "hi"']


def test_a_damaged_utf8_file_is_not_read_as_other_characters(tmp_path: Path) -> None:
    """Its bytes would pass for GB18030 and give nonsense."""
    lines = ["日期,金额,备注", "2025-01-01,1.00,第一行", "2025-01-02,2.00,第二行", "2025-01-03,3.00,第三"]
    content = "\n".join(lines).encode() + b"\x81\x0a"
    error = refusal(tmp_path, content)
    assert error.code == "encoding"
    assert error.params["row"] == 4
    assert error.params["byte"] == "0x81"
    assert error.params["position"] == len(lines[3].encode()) + 1
    assert "4" in error.message and "0x81" in error.message


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_bad_byte_is_counted_from_the_start_of_its_row(mark: bytes, tmp_path: Path) -> None:
    error = refusal(tmp_path, mark + "甲,乙,丙\n丁".encode() + b"\xff,1\n")
    assert (error.params["row"], error.params["position"], error.params["byte"]) == (2, 4, "0xFF")


def test_a_byte_that_gb18030_does_not_have_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path, "户名,余额\n甲公司,1.00\n乙公司,".encode("gb18030") + b"\x80\n")
    assert error.code == "encoding"
    assert (error.params["row"], error.params["byte"], error.params["encoding"]) == (3, "0x80", "gb18030")


def test_a_null_is_refused_with_its_row(tmp_path: Path) -> None:
    error = refusal(tmp_path, ("a,b\n" * 20_000).encode() + b"c\x00,d\n")
    assert (error.code, error.params["row"]) == ("nul", 20_001)


def test_utf16_without_its_mark_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "日期,金额".encode("utf-16-le")).code == "unknown"


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path: Path) -> None:
    error = refusal(tmp_path, b'a,b\n1,2\n3,"4\n5,6\n')
    assert (error.code, error.params["row"]) == ("quoting", 3)


def test_a_cell_beyond_the_limit_of_spreadsheets_is_refused_with_its_row(tmp_path: Path) -> None:
    error = refusal(tmp_path, b"a,b\n1," + b"x" * (terms.MAX_TEXT + 1))
    assert (error.code, error.params["row"]) == ("cell_too_long", 2)


@pytest.mark.parametrize("content", [b"1\n" * (terms.MAX_ROWS + 1), b"1," * terms.MAX_COLUMNS + b"1\n"])
def test_more_rows_or_columns_than_the_caps_are_refused(content: bytes, tmp_path: Path) -> None:
    assert refusal(tmp_path, content).code == "sheet_too_large"


CELL_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters='\ufffd\ufeff",\r\n'), min_size=1, max_size=12
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELL_TEXT, min_size=2, max_size=4), min_size=1, max_size=5), st.booleans())
def test_what_a_writer_encodes_comes_back_or_is_refused(rows: list[list[str]], chinese: bool) -> None:
    """500 tables of any characters, in UTF-8 with its mark or in GB18030; no replacement character ever."""
    head = [["日期", "金额", "对方户名", "摘要"]]
    with tempfile.TemporaryFile() as out:
        sink = Sink(out)
        read_csv(io.BytesIO(as_csv(head + rows).encode("gb18030" if chinese else "utf-8-sig")), sink)
        out.seek(sink.sheets[0]["offset"])
        written = out.read().decode()
    assert "\ufffd" not in written
    for text in (text for row in rows for text in row):
        assert text.replace("\\", "\\\\") in written
