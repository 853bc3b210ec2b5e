"""The parent's side: starts the child that opens a file, holds it to its limits, and reads what it wrote.

No web or worker process opens a user's file itself: the spreadsheet reader can be made to abort its process by 1.7 KB.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from crm_project.workflow.inspect.cells import Sheet
from crm_project.workflow.inspect.child import terms
from crm_project.workflow.inspect.refusals import BadFile

FOLDER = Path(__file__).parent
WALL_SECONDS = 30
LONGEST_VERDICT = 1024 * 1024
MEDIA_TYPES = {
    terms.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    terms.XLS: "application/vnd.ms-excel",
    terms.CSV: "text/csv",
    terms.PDF: "application/pdf",
    terms.JPG: "image/jpeg",
    terms.PNG: "image/png",
    terms.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
KIND_OF_MEDIA_TYPE = {media_type: kind for kind, media_type in MEDIA_TYPES.items()}
EXTENSIONS = tuple(terms.EXTENSIONS)


@dataclass(frozen=True)
class Inspection:
    """A table file as the child read it. `encoding` and `delimiter` are empty for workbooks."""

    kind: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""


def extension_of(name: str) -> str:
    """The ending of a file's name. Raises BadFile where such files are not taken."""
    extension = Path(name).suffix.lower().removeprefix(".")
    if extension not in terms.EXTENSIONS:
        raise BadFile("extension")
    return extension


def identify_file(path: Path, *, name: str) -> str:
    """Media type of a file by its content. Raises BadFile where it is not taken or its name says something else."""
    extension = extension_of(name)
    with tempfile.TemporaryFile() as rows:
        return MEDIA_TYPES[_run("identify", path, extension, rows)["kind"]]


@contextmanager
def inspect_file(path: Path, *, name: str) -> Iterator[Inspection]:
    """The sheets of a table file; their rows are read from a temporary file that lives as long as the block.

    `with inspect_file(path, name="2025.xlsx") as found: ... for row in found.sheets[0].rows(): ...`
    Raises BadFile. Takes up to 30 s: call it outside transactions.
    """
    extension = extension_of(name)
    with tempfile.TemporaryFile() as rows:
        verdict = _run("read", path, extension, rows)
        sheets = tuple(_sheet(rows, facts) for facts in verdict["sheets"])
        yield Inspection(verdict["kind"], sheets, verdict.get("encoding", ""), verdict.get("delimiter", ""))


def _run(task: str, path: Path, extension: str, rows: BinaryIO) -> dict[str, Any]:
    """The child's verdict. Raises BadFile for a refusal and for a child that died of its limits."""
    command = [sys.executable, "-E", "-s", "-m", "child", task, extension, str(rows.fileno())]
    with path.open("rb") as file, tempfile.TemporaryFile() as verdict:
        # the environment stays behind: it holds the addresses and secrets of the bank's servers
        child = subprocess.Popen(
            command,
            cwd=FOLDER,
            env={},
            stdin=file,
            stdout=verdict,
            stderr=subprocess.DEVNULL,
            pass_fds=[rows.fileno()],
            start_new_session=True,
        )
        try:
            status = child.wait(WALL_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise BadFile("too_slow") from error
        finally:
            child.kill()
            child.wait()
        verdict.seek(0)
        return _judged(status, verdict.read(LONGEST_VERDICT))


def _judged(status: int, verdict: bytes) -> dict[str, Any]:
    if status == terms.EXIT_WITHOUT_READER:
        raise RuntimeError("python-calamine is not installed")
    if status == -signal.SIGXCPU:
        raise BadFile("too_slow")
    if status != 0:
        raise BadFile("too_complex")  # out of memory: the reader aborts, or the kernel ends it
    try:
        found: dict[str, Any] = json.loads(verdict)
    except ValueError as error:
        raise BadFile("broken") from error
    if "code" in found:
        raise BadFile(found["code"], **found["params"])
    return found


def _sheet(rows: BinaryIO, facts: dict[str, Any]) -> Sheet:
    return Sheet(
        name=facts["name"],
        visible=facts["visible"],
        height=facts["height"],
        width=facts["width"],
        _file=rows,
        _offset=facts["offset"],
        _lines=facts["lines"],
    )
