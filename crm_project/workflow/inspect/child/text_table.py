"""Tables in plain text: found out in which encoding and with which separator, decoded exactly or not at all."""

import csv
import io
import re
from collections import Counter
from itertools import chain
from typing import BinaryIO

from . import terms
from .rows import Sink
from .terms import Refusal
from .used_range import check_range

DELIMITERS = (",", "\t", ";")
SAMPLE_LINES = 30
SAMPLE = 200_000
END = "\x00end"
"""A last line that no text holds. Where it does not come out again, a quotation mark was never closed."""
LINE_END = re.compile(r"\r\n|\r|\n")
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")


def read_csv(file: BinaryIO, sink: Sink) -> None:
    """The table as one sheet without a name. Raises Refusal."""
    raw = file.read()
    encoding = find_encoding(raw)
    text = _decoded(raw, encoding)
    if (nul := text.find("\x00")) >= 0:
        raise Refusal("nul", row=_line(text[:nul]))
    delimiter = find_delimiter(text)
    sink.text_facts(encoding, delimiter)
    sink.open_sheet("", True, [])
    csv.field_size_limit(terms.MAX_TEXT)
    # not strict: several banks write a tab behind the closing quotation mark
    lines = chain(io.StringIO(text, newline=""), [END])
    reader = csv.reader(lines, delimiter=delimiter)
    number, widest = 0, 0
    try:
        for number, fields in enumerate(reader, start=1):
            if fields == [END]:
                return
            check_range(number, widest := max(widest, _width(fields)))
            sink.row(number, [(terms.TEXT, value) if value else None for value in fields])
    except csv.Error as error:
        raise Refusal("cell_too_long", row=number + 1, column="", limit=terms.MAX_TEXT) from error
    raise Refusal("quoting", row=number)


def _width(fields: list[str]) -> int:
    """Columns up to the last that holds something."""
    width = len(fields)
    while width and not fields[width - 1]:
        width -= 1
    return width


def find_encoding(raw: bytes) -> str:
    """By mark, else UTF-8 where it fits, else GB18030.

    A damaged UTF-8 file often decodes as GB18030 too, into other characters: where most of it is UTF-8 it stays UTF-8
    and the bad byte is named.
    """
    if raw.startswith(UTF32_MARKS):
        raise Refusal("utf32")
    if raw.startswith(UTF16_MARKS):
        return "utf-16"
    if raw.startswith(UTF8_MARK):
        return "utf-8-sig"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        marked = raw.decode("utf-8", errors="surrogateescape")
        bad = sum(map(len, re.findall("[\udc80-\udcff]+", marked)))
        good = sum(map(len, re.findall("[^\x00-\x7f\udc80-\udcff]+", marked)))
        return "utf-8-sig" if good > bad else "gb18030"
    return "utf-8-sig"


def find_delimiter(text: str) -> str:
    """The separator that gives most lines the same number of columns, and more than one; a comma where none does."""
    csv.field_size_limit(SAMPLE)
    lines = [line for line in LINE_END.split(text[:SAMPLE])[: 2 * SAMPLE_LINES] if line.strip()][:SAMPLE_LINES]
    best, score = DELIMITERS[0], (0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(fields) for fields in csv.reader(lines, delimiter=delimiter) if len(fields) > 1)
        width, lines_of_it = widths.most_common(1)[0] if widths else (0, 0)
        if (lines_of_it, width) > score:
            best, score = delimiter, (lines_of_it, width)
    return best


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start + (len(UTF8_MARK) if encoding == "utf-8-sig" and raw.startswith(UTF8_MARK) else 0)
        before = raw[:start].decode(encoding)
        line_start = max(raw.rfind(b"\n", 0, start), raw.rfind(b"\r", 0, start)) + 1
        bad, position = f"0x{raw[start]:02X}", start - line_start + 1
        raise Refusal("encoding", row=_line(before), byte=bad, position=position, encoding=encoding) from error


def _line(before: str) -> int:
    return len(LINE_END.findall(before)) + 1
