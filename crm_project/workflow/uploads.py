"""How files come in with a request, for every form alike (FILE_UPLOAD_HANDLERS)."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from crm_project.workflow.store import MAX_BYTES

MAX_REQUEST = 4 * MAX_BYTES


class CutUploadHandler(TemporaryFileUploadHandler):
    """Writes at most one byte more than a file may have: enough for the form to say that it is too large.

    The rest is read and dropped, because a browser does not show the answer to a request it could not finish sending.
    Nobody who is not signed in writes anything.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        if content_length > MAX_REQUEST:
            raise RequestDataTooBig("the request is longer than any form's")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = MAX_BYTES + 1 - start
        if room > 0:
            super().receive_data_chunk(raw_data[:room], start)
