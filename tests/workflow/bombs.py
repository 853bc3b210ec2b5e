"""Files made to do harm, and small honest ones beside them; every file is made here, none is kept."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MACRO_FREE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def number_cell(reference: str, value: str = "1", more: str = "") -> str:
    return f'<row><c r="{reference}"{more}><v>{value}</v></c></row>'


def parts(*sheets: str, workbook_properties: str = "", main_type: str = MACRO_FREE) -> dict[str, str | bytes]:
    """The parts of a workbook whose sheets have this XML. Cell style 1 is a date."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    linked = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{main_type}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook_properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{linked}'
        f'<Relationship Id="rIdS" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
        **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets, strict=True)},
    }


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(*sheets: str, **more: str) -> bytes:
    return zipped(parts(*sheets, **more))


def far_corner() -> bytes:
    return workbook(sheet_xml(number_cell("A1") + number_cell("XFD1048576")))


def wide_and_long() -> bytes:
    return workbook(sheet_xml(number_cell("A1") + number_cell("ALL100000")))


def false_dimension() -> bytes:
    return workbook(sheet_xml(number_cell("A1"), before='<dimension ref="A1:XFD1048576"/>'))


def thirty_million_cells() -> bytes:
    row = b"<row>" + b"<c><v>1</v></c>" * 150 + b"</row>"
    return _with_long_part(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), row * 100, 2_000)


def gigabyte_of_blanks() -> bytes:
    return _with_long_part(f'<worksheet xmlns="{MAIN}">'.encode(), b" " * 1_000_000, 1_000)


def _with_long_part(head: bytes, block: bytes, times: int) -> bytes:
    """A workbook whose sheet is head and many times the same block, packed without ever being whole in memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts(sheet_xml("")).items():
            if not name.startswith("xl/worksheets"):
                archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(head)
            for _time in range(times):
                sheet.write(block)
    return out.getvalue()


def lying_size() -> bytes:
    """20 MB of cells that the directory calls 1,000 bytes."""
    content = sheet_xml("<row>" + "<c><v>1</v></c>" * 1_300_000 + "</row>").encode()
    whole = bytearray(zipped({**parts(sheet_xml("")), "xl/worksheets/sheet1.xml": content}))
    size = struct.pack("<I", len(content))
    while (at := whole.find(size)) >= 0:
        whole[at : at + 4] = struct.pack("<I", 1_000)
    return bytes(whole)


def hundred_thousand_entries() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts(sheet_xml("")).items():
            archive.writestr(name, content)
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"x{number}"), b"")
    return out.getvalue()


def nested_zip() -> bytes:
    inner = zipped({"a": b"0" * 1_000_000})
    for _level in range(3):
        inner = zipped({"a.zip": inner})
    return zipped({**parts(sheet_xml(number_cell("A1"))), "xl/embeddings/a.zip": inner})


def overlap() -> bytes:
    """Many directory entries over one and the same packed megabyte (after D. Fifield, "A better zip bomb", 2019)."""
    honest = zipped(parts(sheet_xml(number_cell("A1"))))
    body = zlib.compress(b"0" * 1_000_000)[2:-4]
    name = b"xl/media/0001"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(body), 1_000_000, len(name), 0) + name + body
    at = honest.index(b"PK\x01\x02")
    directory = honest[at : honest.rindex(b"PK\x05\x06")]
    fields = ("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(body), 1_000_000, len(name), 0, 0, 0, 0, 0, at)
    more = b"".join(struct.pack(*fields) + b"xl/media/%04d" % number for number in range(400))
    count = honest.count(b"PK\x01\x02") + 400
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory) + len(more), at + len(local), 0)
    return honest[:at] + local + directory + more + end


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "A1 and XFD1048576": (far_corner, "sheet_too_large"),
    "A1 and ALL100000": (wide_and_long, "sheet_too_large"),
    "false dimension": (false_dimension, "false_dimension"),
    "30 million cells": (thirty_million_cells, "too_many_cells"),
    "1 GB of blanks": (gigabyte_of_blanks, "too_large_unpacked"),
    "lying size": (lying_size, "lying_size"),
    "100,000 entries": (hundred_thousand_entries, "too_many_entries"),
    "nested zip": (nested_zip, "nested_archive"),
    "overlap": (overlap, "overlap"),
}
"""Name: maker, and the reason it is refused for."""


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def record(kind: int, body: bytes = b"") -> bytes:
    """One record of the old Excel format."""
    return struct.pack("<HH", kind, len(body)) + body


def old_workbook(*cells: bytes, before: bytes = b"", circle: bool = False) -> bytes:
    """An .xls of one sheet with these cell records. circle: its last sector leads back to the first."""
    begin, end = record(0x0809, struct.pack("<4H8x", 0x0600, 0x0005, 0, 0)), record(0x000A)
    sheet = record(0x0809, struct.pack("<4H8x", 0x0600, 0x0010, 0, 0)) + b"".join(cells) + end
    name = record(0x0085, struct.pack("<IBBBB", 0, 0, 0, 2, 0) + b"S1")
    start = len(begin + before + name + end)
    stream = begin + before + name[:4] + struct.pack("<I", start) + name[8:] + end + sheet
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\x00")
    sectors = len(stream) // 512
    last = 2 if circle else 0xFFFFFFFE
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), last]
    names = (("Root Entry", 5, 0xFFFFFFFE, 0), ("Workbook", 2, 2, len(stream)))
    directory = b""
    for text, kind, first, size in names:
        child = 1 if kind == 5 else 0xFFFFFFFF
        directory += text.encode("utf-16-le").ljust(64, b"\x00")
        directory += struct.pack("<HBB3I36xIQ", 2 * len(text) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, first, size)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff") + directory.ljust(512, b"\x00") + stream
