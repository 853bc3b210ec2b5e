"""The old Excel format, walked record by record for what the reader does not tell: passwords, cells with errors, and
how far a sheet reaches. Source: [MS-CFB] §2 (container), [MS-XLS] §2.4 (records); BIFF5 has the same ones."""

import struct
from collections.abc import Iterator

from .terms import Refusal
from .used_range import check_range

HEADER, ENTRY = 512, 128
LAST_SECTOR = 0xFFFFFFFA
STREAM_NAMES = ("Workbook", "Book")
BOF, EOF, FILEPASS, BOUNDSHEET, BOOLERR, FORMULA = 0x0809, 0x000A, 0x002F, 0x0085, 0x0205, 0x0006
CELLS = {0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, BOOLERR, FORMULA}  # NUMBER, RK, LABELSST, LABEL, RSTRING and those two
SHEET_OF_CELLS = 0  # others are charts, macros and modules
ERROR_WORDS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

Errors = dict[tuple[int, int], str]


def errors_by_sheet(data: bytes) -> list[Errors]:
    """Cells that hold an error, row and column from 1, for each sheet of cells in workbook order.

    Raises Refusal: encrypted; sheet_too_large or too_many_cells before anything is laid out; broken.
    """
    try:
        stream = workbook_stream(data)
        starts = []
        for kind, body in _records(stream, 0):
            if kind == FILEPASS:
                raise Refusal("encrypted")
            if kind == BOUNDSHEET and body[5] == SHEET_OF_CELLS:
                starts.append(struct.unpack_from("<I", body)[0])
        return [_errors_of_sheet(stream, start) for start in starts]
    except (struct.error, IndexError) as error:
        raise Refusal("broken") from error


def _errors_of_sheet(stream: bytes, start: int) -> Errors:
    errors: Errors = {}
    last_row = last_column = 0
    for kind, body in _records(stream, start):
        if kind not in CELLS:
            continue
        row, column = (number + 1 for number in struct.unpack_from("<HH", body))
        if row > last_row or column > last_column:
            last_row, last_column = max(row, last_row), max(column, last_column)
            check_range(last_row, last_column)
        if kind == BOOLERR and body[7]:
            errors[row, column] = ERROR_WORDS.get(body[6], "#?")
        elif kind == FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            errors[row, column] = ERROR_WORDS.get(body[8], "#?")
    return errors


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Records of one substream, kind and body; nested substreams (charts) are passed over."""
    position, depth = start, 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, body
        position += 4 + length


def workbook_stream(data: bytes) -> bytes:
    """The stream of the workbook out of the container. Raises Refusal where the container is not in order."""
    container = Container(data)
    for name, start, size in container.entries():
        if name in STREAM_NAMES:
            return container.stream(start, size)
    raise Refusal("broken")


class Container:
    """A compound file: sectors chained by an allocation table, small streams in a stream of their own."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = 1 << struct.unpack_from("<H", data, 30)[0]
        self.directory, self.cutoff, self.small_table = (struct.unpack_from("<I", data, at)[0] for at in (48, 56, 60))
        if self.size not in (512, 4096):
            raise Refusal("broken")
        self.table = self._table()

    def entries(self) -> Iterator[tuple[str, int, int]]:
        """Name, first sector and size of each stream and folder."""
        directory = self._chain(self.directory)
        for at in range(0, len(directory) - ENTRY + 1, ENTRY):
            length = struct.unpack_from("<H", directory, at + 64)[0]
            name = directory[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace")
            yield name, *struct.unpack_from("<II", directory, at + 116)

    def stream(self, start: int, size: int) -> bytes:
        if size >= self.cutoff:
            return self._chain(start)[:size]
        _root, first, _size = next(self.entries())
        small, table = self._chain(first), self._numbers(self._chain(self.small_table))
        return b"".join(small[at * 64 : at * 64 + 64] for at in self._walk(start, table))[:size]

    def _table(self) -> tuple[int, ...]:
        sectors = [number for number in struct.unpack_from("<109I", self.data, 76) if number < LAST_SECTOR]
        following, seen = struct.unpack_from("<I", self.data, 68)[0], 0
        while following < LAST_SECTOR and seen <= len(self.data) // self.size:
            numbers = self._numbers(self._sector(following))
            sectors += [number for number in numbers[:-1] if number < LAST_SECTOR]
            following, seen = numbers[-1], seen + 1
        return self._numbers(b"".join(self._sector(number) for number in sectors))

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in self._walk(start, self.table))

    def _walk(self, start: int, table: tuple[int, ...]) -> Iterator[int]:
        number, steps = start, 0
        while number < LAST_SECTOR:
            if number >= len(table) or steps > len(table):
                raise Refusal("broken")  # out of the file, or in a circle
            yield number
            number, steps = table[number], steps + 1

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        if start >= len(self.data):
            raise Refusal("broken")
        return self.data[start : start + self.size]

    @staticmethod
    def _numbers(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
