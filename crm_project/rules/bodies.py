"""What the body of a rule must look like. The room that reads a kind of rule registers its reader from `apps.py`."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from crm_project.rules.errors import RuleBroken
from crm_project.rules.shipped import PROVENANCES

Reader = Callable[[Mapping[str, Any]], Any]

LANGUAGES = ("en", "zh")

_readers: dict[tuple[str, str], Reader] = {}


class BodyMalformed(RuleBroken):
    """A body that cannot be taken. `place` names where, as `tables.scale[3].pd` or `params.valid_months`."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__("rule_body", f"{place}: {why}" if place else why, "body")
        self.place = place


def register(kind: str, read: Reader, scope: str = "") -> None:
    """`read` takes a body and raises ValueError, KeyError or TypeError on a bad one. scope: only this one of the kind.

    The same kind and scope twice replaces the first.
    """
    _readers[kind, scope] = read


def check_body(kind: str, scope: str, body: Any, like: Mapping[str, Any] | None = None) -> None:
    """Refuse a body its calculation could not read. Raises BodyMalformed naming the place.

    like: the body of the version it follows; what that one has, this one has too, and figures stay figures.
    """
    _check_frame(body)
    if like is not None:
        _check_params(body["params"], like["params"])
        _check_tables(body["tables"], like["tables"])
    read = _readers.get((kind, scope)) or _readers.get((kind, ""))
    if read is None:
        return
    try:
        read(body)
    except KeyError as error:
        raise BodyMalformed(f"“{error.args[0]}”", _("this is missing, or nothing else knows it")) from error
    except (ValueError, TypeError, InvalidOperation) as error:
        raise BodyMalformed("", str(error)) from error


def _check_frame(body: Any) -> None:
    if not isinstance(body, dict):
        raise BodyMalformed("", _("The body is an object with title, selector, params and tables."))
    for part in ("title", "selector", "params", "tables"):
        if part not in body:
            raise BodyMalformed(part, _("this part is missing"))
    title = body["title"]
    for language in LANGUAGES:
        if not isinstance(title, dict) or not str(title.get(language) or "").strip():
            raise BodyMalformed(f"title.{language}", _("a name is missing in this language"))
    if not isinstance(body["selector"], str) or not body["selector"].strip():
        raise BodyMalformed("selector", _("it names the date that selects the version"))
    for part in ("params", "tables"):
        if not isinstance(body[part], dict):
            raise BodyMalformed(part, _("this is an object"))
    for name, rows in body["tables"].items():
        _check_rows(name, rows)


def _check_rows(name: str, rows: Any) -> None:
    if not isinstance(rows, list) or not rows:
        raise BodyMalformed(f"tables.{name}", _("this is a list of rows, at least one"))
    for number, row in enumerate(rows):
        place = f"tables.{name}[{number + 1}]"
        if not isinstance(row, dict):
            raise BodyMalformed(place, _("a row is an object"))
        for column in rows[0]:
            if column not in row:
                raise BodyMalformed(f"{place}.{column}", _("this cell is missing"))
        for column, cell in row.items():
            if not isinstance(cell, str):
                raise BodyMalformed(f"{place}.{column}", _("a cell is text in quotes"))
        provenance = row.get("provenance", PROVENANCES[0])
        if provenance not in PROVENANCES:
            raise BodyMalformed(f"{place}.provenance", _("“%(value)s” is no provenance") % {"value": provenance})


def _check_params(params: Mapping[str, Any], like: Mapping[str, Any]) -> None:
    for name, value in like.items():
        if name not in params:
            raise BodyMalformed(f"params.{name}", _("this is missing"))
        _check_like(f"params.{name}", params[name], value)


def _check_like(place: str, value: Any, like: Any) -> None:
    if isinstance(like, str) and _is_figure(like):
        if not (isinstance(value, str) and _is_figure(value)):
            raise BodyMalformed(place, _("“%(value)s” is no figure in quotes") % {"value": value})
    elif like is not None and value is not None and type(value) is not type(like):
        raise BodyMalformed(place, _("“%(value)s” is of another kind than before") % {"value": value})
    elif isinstance(like, list) and like:
        for number, item in enumerate(value):
            _check_like(f"{place}[{number + 1}]", item, like[0])


def _check_tables(tables: Mapping[str, Any], like: Mapping[str, Any]) -> None:
    for name, before in like.items():
        if name not in tables:
            raise BodyMalformed(f"tables.{name}", _("this table is missing"))
        rows = tables[name]
        for column in before[0]:
            if column not in rows[0]:
                raise BodyMalformed(f"tables.{name}[1].{column}", _("this column is missing"))
            cells = [row[column] for row in before if row[column]]
            if cells and all(map(_is_figure, cells)):
                _check_figures(name, column, rows)


def _check_figures(name: str, column: str, rows: list[dict[str, str]]) -> None:
    for number, row in enumerate(rows):
        if row[column] and not _is_figure(row[column]):
            place = f"tables.{name}[{number + 1}].{column}"
            raise BodyMalformed(place, _("“%(value)s” is no figure") % {"value": row[column]})


def _is_figure(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
