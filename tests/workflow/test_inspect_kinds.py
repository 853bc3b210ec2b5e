"""What a file is, is found in the file (RELIABILITY F4)."""

from pathlib import Path

import pytest

from crm_project.workflow.inspect import BadFile, identify_file, inspect_file
from crm_project.workflow.inspect.refusals import MESSAGES
from crm_project.workflow.inspect.runner import MEDIA_TYPES
from tests.workflow import bombs

PDF, PNG, JPG = b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xd8\xff\xe0\x00\x10JFIF"
XLSX = bombs.workbook(bombs.sheet_xml(bombs.number_cell("A1")))
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DOCX = bombs.zipped({"[Content_Types].xml": f"<Types>{WORD}</Types>", "word/document.xml": "<w/>"})
MACRO_BOOK = bombs.zipped({**bombs.parts(bombs.sheet_xml("")), "xl/vbaProject.bin": b"x"})
MACRO_TYPE = bombs.workbook(bombs.sheet_xml(""), main_type="application/vnd.ms-excel.sheet.macroEnabled.main+xml")


def ole(*names: str) -> bytes:
    """The head of an old Office file with these entries in its directory."""
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\x00") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\x00") + entries


TAKEN = [
    ("a.xlsx", XLSX, "xlsx"),
    ("A.XLSX", XLSX, "xlsx"),
    ("a.docx", DOCX, "docx"),
    ("a.pdf", PDF, "pdf"),
    ("a.png", PNG, "png"),
    ("a.jpg", JPG, "jpg"),
    ("a.jpeg", JPG, "jpg"),
    ("a.xls", ole("Root Entry", "Workbook"), "xls"),
    ("a.csv", "日期,金额\n".encode(), "csv"),
    ("a.txt", b"a\tb\n", "csv"),
    ("明细.xls", "日期\t金额\n".encode("gb18030"), "csv"),  # as several banks export
]

REFUSED = [
    ("a.exe", b"MZ", "extension"),
    ("a", PDF, "extension"),
    ("a.pdf.exe", PDF, "extension"),
    ("a.xlsm", MACRO_TYPE, "extension"),
    ("a.svg", b"<svg/>", "extension"),
    ("a.csv", b"", "empty"),
    ("a.pdf", XLSX, "mismatch"),
    ("a.xlsx", PDF, "mismatch"),
    ("a.xls", XLSX, "mismatch"),
    ("a.docx", XLSX, "mismatch"),
    ("a.png", JPG, "mismatch"),
    ("a.csv", PNG, "mismatch"),
    ("a.xlsx", b"a,b\n", "mismatch"),
    ("a.xlsx", MACRO_BOOK, "macro"),
    ("a.xlsx", MACRO_TYPE, "macro"),
    ("a.xls", ole("Root Entry", "Workbook", "_VBA_PROJECT_CUR"), "macro"),
    ("a.xlsx", ole("Root Entry", "EncryptionInfo", "EncryptedPackage"), "encrypted"),
    ("a.xls", ole("Root Entry", "WordDocument"), "unknown"),
    ("a.xlsx", bombs.zipped({"a.txt": b"a"}), "unknown"),
    ("a.xlsx", XLSX[: len(XLSX) // 2], "broken"),
    ("a.xls", b"<html><table><tr><td>1</td></tr></table>", "markup"),
    ("a.csv", b"\n <!DOCTYPE html><script>alert(1)</script>", "markup"),
    ("a.csv", b"MZ\x90\x00\x03", "unknown"),
    ("a.pdf", b"<script>alert(1)</script>%PDF-1.7", "markup"),
]


@pytest.mark.parametrize(("name", "content", "kind"), TAKEN)
def test_a_file_of_its_kind_is_taken(name: str, content: bytes, kind: str, tmp_path: Path) -> None:
    assert identify_file(bombs.write(tmp_path, "upload", content), name=name) == MEDIA_TYPES[kind]


@pytest.mark.parametrize(("name", "content", "code"), REFUSED)
def test_any_other_is_refused_by_name(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        identify_file(bombs.write(tmp_path, "upload", content), name=name)
    assert caught.value.code == code
    assert "%" not in caught.value.message


def test_a_mismatch_says_what_the_file_really_is(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        identify_file(bombs.write(tmp_path, "upload", XLSX), name="财报.xls")
    assert caught.value.params == {"extension": "xls", "found": "xlsx"}
    assert ".xls" in caught.value.message and ".xlsx" in caught.value.message


def test_a_file_without_a_table_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught, inspect_file(bombs.write(tmp_path, "a.pdf", PDF), name="a.pdf"):
        pass
    assert caught.value.code == "not_a_table"


def test_every_refusal_of_the_child_has_its_sentence() -> None:
    folder = Path(bombs.__file__).parents[2] / "crm_project/workflow/inspect/child"
    text = "".join(module.read_text() for module in folder.glob("*.py"))
    said = {part.split('"')[1] for part in text.split("Refusal(")[1:] if part.startswith('"')}
    assert said
    assert said <= set(MESSAGES)
