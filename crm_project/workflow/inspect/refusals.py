"""Why a file is not taken: a stable code, and the sentence a person reads."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from crm_project.rules.errors import RuleBroken

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class BadFile(Exception):
    """A file that cannot be taken as it is. `code` is a key of MESSAGES, `params` fill its sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params = params

    @property
    def message(self) -> str:
        """What is wrong and what to do about it, in the active language."""
        found = KINDS.get(self.params.get("found", ""), self.params.get("found", ""))
        return str(MESSAGES[self.code]) % {**self.params, "found": found}

    def as_rule(self, field: str = "file") -> RuleBroken:
        """The same refusal as services give it to forms and the API."""
        return RuleBroken(f"file_{self.code}", self.message, field)


KINDS: dict[str, "_StrPromise"] = {
    "xlsx": _("an Excel workbook (.xlsx)"),
    "xls": _("an old Excel workbook (.xls)"),
    "csv": _("plain text (.csv)"),
    "pdf": _("a PDF (.pdf)"),
    "jpg": _("a photograph (.jpg)"),
    "png": _("a picture (.png)"),
    "docx": _("a Word document (.docx)"),
}

MESSAGES: dict[str, "_StrPromise"] = {
    "extension": _("Files of this kind are not taken. Use xlsx, xls, csv, pdf, jpg, png or docx."),
    "empty": _("The file is empty."),
    "too_large": _("The file is larger than %(limit)s MB."),
    "mismatch": _("The name ends in .%(extension)s, but the file is %(found)s. Save it under its right ending."),
    "unknown": _("Whatever its name says, this is no file of a kind taken here. Save it again as xlsx, pdf or docx."),
    "markup": _("This is a web page, not a table. Open it in Excel and save it as xlsx."),
    "macro": _("The file contains macros. Save it without them, as xlsx or docx."),
    "encrypted": _("The file is protected by a password. Take the password off and save it again."),
    "broken": _("The file is damaged or not a proper file of its kind. Open it and save it again."),
    "nested_archive": _("The workbook contains another archive (%(name)s). Take out what is embedded in it."),
    "too_many_entries": _("The file consists of %(found)s parts; at most %(limit)s are taken."),
    "too_large_unpacked": _("Unpacked, the file is larger than %(limit)s MB."),
    "ratio": _("Unpacked, the file is more than %(limit)s times its size. Only a file made to do harm is like that."),
    "lying_size": _("A part of the file is larger than the file says. Only a file made to do harm is like that."),
    "overlap": _("Parts of the file lie on each other. Only a file made to do harm is like that."),
    "sheet_too_large": _(
        "A sheet reaches to row %(rows)s and column %(columns)s; at most %(max_rows)s rows and %(max_columns)s columns "
        "are taken. Delete what lies beyond the table, or copy the table into a new workbook."
    ),
    "too_many_cells": _(
        "A sheet spans %(cells)s cells; at most %(limit)s are taken. Split the table, or copy it into a new workbook."
    ),
    "false_dimension": _(
        "A sheet says that it reaches to row %(rows)s and column %(columns)s, but it does not. Copy the table into a "
        "new workbook."
    ),
    "too_many_sheets": _("The workbook has %(found)s sheets; at most %(limit)s are taken."),
    "cell_too_long": _("Row %(row)s %(column)s: a cell holds more than %(limit)s characters."),
    "too_complex": _("The file needs more memory to open than any table does. Copy the table into a new workbook."),
    "too_slow": _("The file takes too long to open. Copy the table into a new workbook."),
    "not_a_table": _("This file holds no table. Use xlsx, xls or csv."),
    "nul": _("Row %(row)s holds a null character. Save the table again as xlsx or as CSV in UTF-8."),
    "utf32": _("The text is in UTF-32. Save it as CSV in UTF-8."),
    "encoding": _(
        "Row %(row)s: byte %(byte)s at position %(position)s of the row is not valid in %(encoding)s. Save the table "
        "again as xlsx or as CSV in UTF-8."
    ),
    "quoting": _("Row %(row)s: the quotation marks do not match."),
}
