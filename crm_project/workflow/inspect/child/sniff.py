"""What a file is by its first bytes, never by its name."""

import re
from typing import BinaryIO

from . import terms
from .archive import Archive
from .terms import Refusal

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNATURES = ((b"%PDF-", terms.PDF), (b"\xff\xd8\xff", terms.JPG), (b"\x89PNG\r\n\x1a\n", terms.PNG))
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|\?xml|html|head|body|table|meta|svg|script)", re.IGNORECASE)
HEAD = 65_536
DIRECTORY_ENTRY = 128  # bytes of a directory entry in an OLE file, and what its position is a multiple of


def identify(file: BinaryIO, extension: str) -> str:
    """Kind of the file. Raises Refusal where it is none we take, or where its name says something else."""
    kind = _kind(file)
    named = terms.EXTENSIONS[extension]
    if kind == terms.CSV and named == terms.XLS:
        return kind  # several banks export plain text under the name .xls
    if kind != named:
        raise Refusal("mismatch", extension=extension, found=kind)
    return kind


def _kind(file: BinaryIO) -> str:
    head = file.read(HEAD)
    file.seek(0)
    if not head:
        raise Refusal("empty")
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(ZIP):
        return _office(Archive(file))
    if head.startswith(OLE):
        return _old_office(file)
    if MARKUP.match(head):
        raise Refusal("markup")
    if b"\x00" in head and not head.startswith(WIDE_MARKS):
        raise Refusal("unknown")
    return terms.CSV


def _office(archive: Archive) -> str:
    names = {name.lower().replace("\\", "/") for name in archive.names}
    types = archive.read("[Content_Types].xml", limit=terms.MEGABYTE).lower()
    if b"macroenabled" in types or any(name.endswith("vbaproject.bin") for name in names):
        raise Refusal("macro")
    if "xl/workbook.xml" in names or b"spreadsheetml.sheet.main+xml" in types:
        return terms.XLSX
    if "word/document.xml" in names or b"wordprocessingml.document.main+xml" in types:
        return terms.DOCX
    raise Refusal("unknown")


def _old_office(file: BinaryIO) -> str:
    data = file.read()
    file.seek(0)
    if _has_stream(data, "EncryptedPackage"):
        raise Refusal("encrypted")
    if _has_stream(data, "_VBA_PROJECT_CUR") or _has_stream(data, "_VBA_PROJECT"):
        raise Refusal("macro")
    if _has_stream(data, "Workbook") or _has_stream(data, "Book"):
        return terms.XLS
    raise Refusal("unknown")


def _has_stream(data: bytes, name: str) -> bool:
    """Whether an OLE file has a stream or folder of this name: names stand at the start of aligned entries."""
    wanted = (name + "\x00").encode("utf-16-le")
    position = data.find(wanted)
    while position >= 0:
        if position % DIRECTORY_ENTRY == 0:
            return True
        position = data.find(wanted, position + 1)
    return False
