"""Files made to do harm cost the child its life at most: each is refused quickly and by name (RELIABILITY F1)."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from crm_project.workflow.inspect import BadFile, inspect_file
from crm_project.workflow.inspect.child import terms
from tests.workflow import bombs

LONGEST = 5.0
MAY_GROW = 50 * terms.MEGABYTE


def refusal(path: Path) -> BadFile:
    with pytest.raises(BadFile) as caught, inspect_file(path, name=path.name):
        pass
    return caught.value


@pytest.mark.parametrize(("make", "code"), bombs.BOMBS.values(), ids=bombs.BOMBS)
def test_a_bomb_is_refused_in_time_by_name_and_leaves_the_parent_as_it_was(
    make: Callable[[], bytes], code: str, tmp_path: Path
) -> None:
    bomb = bombs.write(tmp_path, "bomb.xlsx", make())
    parent = psutil.Process()
    children = set(parent.children())  # the servers of other tests of this worker
    before, started = parent.memory_info().rss, time.monotonic()
    error = refusal(bomb)
    assert time.monotonic() - started <= LONGEST
    assert error.code == code
    assert error.message.strip()
    assert parent.pid == os.getpid()
    assert parent.memory_info().rss - before <= MAY_GROW
    assert set(parent.children()) <= children


def test_a_bomb_that_no_check_sees_ends_with_its_child(tmp_path: Path) -> None:
    """A sheet whose cells hide behind a tag of four megabytes, which the count passes over and the reader does not."""
    hidden = bombs.sheet_xml(f'{bombs.number_cell("A1")}<row><c {" " * 5_000_000} r="XFD1048576"><v>1</v></c></row>')
    padding = os.urandom(30_000)
    files = {**bombs.parts(hidden), "xl/media/noise.png": padding}
    error = refusal(bombs.write(tmp_path, "hidden.xlsx", bombs.zipped(files)))
    assert error.code in ("too_complex", "sheet_too_large")


def test_a_large_honest_sheet_is_read(tmp_path: Path) -> None:
    """Every eighth of the cap; the whole of it takes the time of a test run."""
    lines = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{column}{row}"><v>{row}.25</v></c>' for column in "ABCDEFGHIJKL")
        + "</row>"
        for row in range(1, terms.MAX_ROWS // 8 + 1)
    )
    path = bombs.write(tmp_path, "large.xlsx", bombs.workbook(bombs.sheet_xml(lines)))
    with inspect_file(path, name="large.xlsx") as found:
        (sheet,) = found.sheets
        assert (sheet.height, sheet.width) == (25_000, 12)
        assert sum(1 for row in sheet.rows() if row[12].text == f"{row.number}.25") == 25_000


def test_styled_cells_without_content_do_not_count(tmp_path: Path) -> None:
    """Office programs write them to the last column and row; the table in the corner is still a small one."""
    empty = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    xml = bombs.sheet_xml(bombs.number_cell("B2") + empty, before='<dimension ref="A1:XFD1048576"/>')
    with inspect_file(bombs.write(tmp_path, "styled.xlsx", bombs.workbook(xml)), name="styled.xlsx") as found:
        assert (found.sheets[0].height, found.sheets[0].width) == (2, 2)


def test_the_child_sees_neither_the_secrets_nor_django(tmp_path: Path) -> None:
    """It is started without the environment, and its modules import none of the project's."""
    folder = Path(bombs.__file__).parents[2] / "crm_project/workflow/inspect/child"
    for module in folder.glob("*.py"):
        for line in module.read_text().splitlines():
            if line.startswith(("import ", "from ")):
                assert "django" not in line and "crm_project" not in line, f"{module.name}: {line}"
