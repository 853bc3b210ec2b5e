"""Zip archives, looked at before anything opens them. Nothing is ever unpacked to disk."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from . import terms
from .terms import Refusal

LOCAL_HEADER = struct.Struct("<4s22xHH")
LOCAL_MARK = b"PK\x03\x04"
ARCHIVES = (LOCAL_MARK, b"Rar!", b"7z\xbc\xaf\x27\x1c")
CHUNK = terms.MEGABYTE
ENCRYPTED_FLAG = 1


class Archive:
    """The entries of a zip file by its directory. Raises Refusal at once for counts, sizes and positions that no
    honest writer makes; `walk` then holds each entry to what the directory says of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        try:
            with zipfile.ZipFile(file) as found:
                self.entries = found.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as error:
            raise Refusal("broken") from error
        if len(self.entries) > terms.MAX_ENTRIES:
            raise Refusal("too_many_entries", found=len(self.entries), limit=terms.MAX_ENTRIES)
        for entry in self.entries:
            if entry.flag_bits & ENCRYPTED_FLAG:
                raise Refusal("encrypted")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Refusal("broken")
        if len({entry.filename for entry in self.entries}) != len(self.entries):
            raise Refusal("overlap")
        self.starts = self._data_starts()
        self._check_sizes(sum(entry.file_size for entry in self.entries))

    @property
    def names(self) -> list[str]:
        return [entry.filename for entry in self.entries]

    def read(self, name: str, limit: int) -> bytes:
        """The first `limit` bytes of an entry; empty where there is none."""
        for entry in self.entries:
            if entry.filename == name:
                return b"".join(self._inflate(entry, limit))[:limit]
        return b""

    def walk(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Every entry with its content in pieces. Raises Refusal where one holds more than the directory says, or is
        an archive itself. The pieces must be taken before the next entry is asked for."""
        for entry in self.entries:
            yield entry.filename, self._inflate(entry, entry.file_size, exact=True)

    def _check_sizes(self, unpacked: int) -> None:
        if unpacked > terms.MAX_UNPACKED:
            raise Refusal("too_large_unpacked", limit=terms.MAX_UNPACKED // terms.MEGABYTE)
        if unpacked > terms.SMALL_ARCHIVE and unpacked > terms.MAX_RATIO * self.size:
            raise Refusal("ratio", limit=terms.MAX_RATIO)

    def _data_starts(self) -> dict[str, int]:
        """Where each entry's data begin. Raises Refusal where two entries share bytes."""
        starts, end = {}, 0
        for entry in sorted(self.entries, key=lambda one: one.header_offset):
            self.file.seek(entry.header_offset)
            header = self.file.read(LOCAL_HEADER.size)
            if len(header) < LOCAL_HEADER.size:
                raise Refusal("broken")
            signature, name_length, extra_length = LOCAL_HEADER.unpack(header)
            if signature != LOCAL_MARK:
                raise Refusal("broken")
            if entry.header_offset < end:
                raise Refusal("overlap")
            start = entry.header_offset + LOCAL_HEADER.size + name_length + extra_length
            end = start + entry.compress_size
            if end > self.size:
                raise Refusal("broken")
            starts[entry.filename] = start
        return starts

    def _inflate(self, entry: zipfile.ZipInfo, limit: int, exact: bool = False) -> Iterator[bytes]:
        """Content up to `limit` bytes. exact: more than that is a lie of the directory and refused."""
        taken = 0
        for piece in self._pieces(entry):
            if taken == 0 and exact and piece.startswith(ARCHIVES):
                raise Refusal("nested_archive", name=entry.filename[-100:])
            taken += len(piece)
            if taken > limit:
                if exact:
                    raise Refusal("lying_size")
                yield piece
                return
            yield piece

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        if entry.compress_type == zipfile.ZIP_STORED:
            yield from self._packed(entry)
            return
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for packed in self._packed(entry):
                while packed and not inflater.eof:
                    yield inflater.decompress(packed, CHUNK)
                    packed = inflater.unconsumed_tail
            yield inflater.flush()
        except zlib.error as error:
            raise Refusal("broken") from error
        if not inflater.eof:
            raise Refusal("broken")

    def _packed(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        start = self.starts[entry.filename]
        for done in range(0, entry.compress_size, CHUNK):
            self.file.seek(start + done)  # another entry may have been read in between
            yield self.file.read(min(CHUNK, entry.compress_size - done))
