"""The store of files: each under the hash of its content, whole or not at all, never changed.

A file is in place before a row names it; a file that no row names is harmless, a row without its file cannot arise.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings
from django.core.files.base import File

from crm_project.workflow.inspect.child.terms import MEGABYTE
from crm_project.workflow.inspect.refusals import BadFile
from crm_project.workflow.inspect.runner import KIND_OF_MEDIA_TYPE, Inspection, identify_file, inspect_file
from crm_project.workflow.models import StoredFile

MAX_BYTES = 50 * MEGABYTE


def store_upload(upload: "File[bytes]") -> StoredFile:
    """The upload in the store; the same content again is the same row. Its kind is found by content.

    Raises BadFile: extension, empty, too_large, and what `identify_file` finds. Takes up to 30 s: call it outside
    transactions.
    """
    folder = _root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft:
        try:
            sha256, size = _stream(upload, draft)
            media_type = identify_file(Path(draft.name), name=upload.name or "")
            _put_in_place(Path(draft.name), _path(sha256))
        finally:
            Path(draft.name).unlink(missing_ok=True)
    stored, _created = StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": size, "media_type": media_type}
    )
    return stored


def store_made(content: bytes, media_type: str) -> StoredFile:
    """A file that the product made itself, in the store; nothing needs to look into it."""
    folder = _root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256(content).hexdigest()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            _put_in_place(Path(draft.name), _path(sha256))
        finally:
            Path(draft.name).unlink(missing_ok=True)
    stored, _created = StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": len(content), "media_type": media_type}
    )
    return stored


def open_stored(stored: StoredFile) -> BinaryIO:
    """The file, open for reading. Raises FileNotFoundError where the store has lost it."""
    return _path(stored.sha256).open("rb")


@contextmanager
def inspect_stored(stored: StoredFile) -> Iterator[Inspection]:
    """The sheets of a stored table file, as `inspect_file` gives them."""
    kind = KIND_OF_MEDIA_TYPE[stored.media_type]
    with inspect_file(_path(stored.sha256), name=f"stored.{kind}") as found:
        yield found


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _path(sha256: str) -> Path:
    return _root() / sha256[:2] / sha256


def _stream(upload: "File[bytes]", draft: IO[bytes]) -> tuple[str, int]:
    """Copies the upload and returns hash and size. Raises BadFile as soon as it is too long."""
    digest, size = hashlib.sha256(), 0
    for chunk in upload.chunks(MEGABYTE):
        size += len(chunk)
        if size > MAX_BYTES:
            raise BadFile("too_large", limit=MAX_BYTES // MEGABYTE)
        digest.update(chunk)
        draft.write(chunk)
    if size == 0:
        raise BadFile("empty")
    draft.flush()
    os.fsync(draft.fileno())
    return digest.hexdigest(), size


def _put_in_place(draft: Path, path: Path) -> None:
    """Moves the whole file to its name in one step; nothing happens where it is there already."""
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    draft.chmod(0o440)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too, survives a power cut
    finally:
        os.close(folder)
