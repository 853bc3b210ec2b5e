"""What the address of a list asks for: conditions, order, columns, page. Unknown things are refused in words."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from crm_project.ui.filters import DeskFilterSet
from crm_project.ui.tables import DeskTable

PAGE_SIZES = (25, 50, 100, 200)
PER_PAGE = 50
LAST_OFFSET_PAGE = 20
DENSITIES = ("dense", "standard")
DISPLAY = ("sort", "cols", "per_page", "density")
RESERVED = frozenset({*DISPLAY, "page", "after", "format"})


class BadQuery(Exception):
    """The address asks for something this list does not have; `messages` say what, in words."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Order:
    """One part of the order: a field path, its direction, and whether it may be empty; what is empty comes last."""

    path: str
    descending: bool
    nullable: bool

    def expression(self) -> Any:
        field = F(self.path)
        last = True if self.nullable else None
        return field.desc(nulls_last=last) if self.descending else field.asc(nulls_last=last)

    def beyond(self, value: Any) -> Q:
        """Rows that come strictly after this value."""
        if value is None:
            return Q(pk__in=())
        after = Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})
        return after | Q(**{f"{self.path}__isnull": True}) if self.nullable else after

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})


class ListQuery:
    """What an address asks of a list. Raises BadQuery at once for anything the list does not have.

    `queryset` is already cut to what the user may see; the filters come after.
    """

    def __init__(
        self,
        request: HttpRequest,
        address: str,
        queryset: QuerySet[Any],
        table_class: type[DeskTable],
        filterset_class: type[DeskFilterSet] | None,
        default_sort: str,
    ) -> None:
        self.request, self.address, self.table_class, self.default_sort = request, address, table_class, default_sort
        self.given = request.GET
        self.model: type[Model] = queryset.model
        self.filterset = filterset_class(self.filter_data(), queryset, request=request) if filterset_class else None
        self._refuse_unknown()
        if self.filterset is not None and not self.filterset.is_valid():
            raise BadQuery(*self._filter_errors())
        self.columns = self._columns()
        self.sort = self.given.get("sort") or default_sort
        self.order = self._order()
        self.per_page = self._choice_of("per_page", PAGE_SIZES, PER_PAGE)
        self.density = self.given.get("density") or DENSITIES[0]
        if self.density not in DENSITIES:
            raise BadQuery(_("“%(value)s” is not a row height.") % {"value": self.density})
        self.page = self._page()
        self.after = self._after()
        self.filtered: QuerySet[Any] = self.filterset.qs if self.filterset is not None else queryset

    # --- reading the address --------------------------------------------------------------------------------------

    def filter_data(self) -> QueryDict:
        """The query string without the list's own parameters and without empty values."""
        data = QueryDict(mutable=True)
        for name, values in self.given.lists():
            kept = [value for value in values if value != ""]
            if name not in RESERVED and kept:
                data.setlist(name, kept)
        return data

    def _refuse_unknown(self) -> None:
        known = set(RESERVED)
        if self.filterset is not None:
            known.update(*(self.filterset.parameters_of(name) for name in self.filterset.form.fields))
        unknown = sorted(set(self.given) - known)
        if unknown:
            raise BadQuery(_("This list has no condition named %(names)s.") % {"names": ", ".join(unknown)})

    def _filter_errors(self) -> list[str]:
        if self.filterset is None:
            return []
        fields = self.filterset.form.fields
        return [
            f"{fields[name].label or name}: {' '.join(errors)}" if name in fields else " ".join(errors)
            for name, errors in self.filterset.errors.items()
        ]

    def _choice_of(self, name: str, choices: Sequence[int], default: int) -> int:
        text = self.given.get(name) or str(default)
        if text not in map(str, choices):
            raise BadQuery(
                _("%(name)s must be one of %(choices)s.") % {"name": name, "choices": ", ".join(map(str, choices))}
            )
        return int(text)

    def _columns(self) -> list[str]:
        known = self.table_class.base_columns
        asked = [name for part in self.given.getlist("cols") for name in part.split(",") if name]
        unknown = [name for name in asked if name not in known]
        if unknown:
            raise BadQuery(_("This list has no column named %(names)s.") % {"names": ", ".join(unknown)})
        if not asked:
            return list(self.table_class.default_columns or known)
        fixed = [name for name in self.table_class.fixed_columns if name not in asked]
        return [*fixed, *dict.fromkeys(asked)]

    def _order(self) -> list[Order]:
        """The order the address asks for, ended by the primary key so that it is always the same."""
        parts: list[Order] = []
        for word in filter(None, self.sort.split(",")):
            name, descending = word.removeprefix("-"), word.startswith("-")
            column = self.table_class.base_columns.get(name)
            if column is None or column.orderable is False:
                raise BadQuery(_("This list cannot be sorted by “%(name)s”.") % {"name": name})
            for path in column.order_by or (str(column.accessor or name),):
                down = descending != str(path).startswith("-")
                plain = str(path).removeprefix("-").replace(".", LOOKUP_SEP)
                parts.append(Order(plain, down, self._nullable(plain)))
        return [*parts, Order("pk", parts[0].descending if parts else False, False)]

    def _nullable(self, path: str) -> bool:
        """Whether a field or any relation on the way may be empty; an annotation may."""
        model: Any = self.model
        nullable = False
        for step in path.split(LOOKUP_SEP):
            try:
                field = model._meta.pk if step == "pk" else model._meta.get_field(step)
            except FieldDoesNotExist:
                return True
            nullable = nullable or bool(getattr(field, "null", False))
            model = getattr(field, "related_model", None) or model
        return nullable

    def _page(self) -> int:
        text = self.given.get("page") or "1"
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 10**6:
            raise BadQuery(_("“%(value)s” is not a page number.") % {"value": text})
        if int(text) > LAST_OFFSET_PAGE and "after" not in self.given:
            raise BadQuery(
                _("Beyond page %(last)s go on by the arrow, or narrow the list.") % {"last": LAST_OFFSET_PAGE}
            )
        return int(text)

    def _after(self) -> list[Any] | None:
        """The values of the last row of the page before, from its mark in the address."""
        mark = self.given.get("after")
        if not mark:
            return None
        try:
            values = json.loads(base64.urlsafe_b64decode(mark.encode() + b"=" * (-len(mark) % 4)))
            if not isinstance(values, list) or len(values) != len(self.order):
                raise ValueError
            return [self._python(part.path, value) for part, value in zip(self.order, values, strict=True)]
        except (ValueError, TypeError, binascii.Error, ValidationError) as error:
            raise BadQuery(_("The mark of this page does not fit its order. Start again at page one.")) from error

    def _python(self, path: str, value: Any) -> Any:
        if value is None:
            return None
        model: Any = self.model
        field: Any = None
        for step in path.split(LOOKUP_SEP):
            try:
                field = model._meta.pk if step == "pk" else model._meta.get_field(step)
            except FieldDoesNotExist:
                return value
            model = getattr(field, "related_model", None) or model
        return getattr(field, "target_field", field).to_python(value)

    # --- addresses ------------------------------------------------------------------------------------------------

    def query(self, **changes: Any) -> str:
        """This list's query string with changes; None takes a parameter away. The page is kept only where given."""
        data = self.filter_data()
        for name in DISPLAY:
            values = [value for value in self.given.getlist(name) if value]
            if values:
                data[name] = ",".join(values)
        for name, value in changes.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = str(value)
        return data.urlencode(safe=",")

    def url(self, address: str | None = None, **changes: Any) -> str:
        query = self.query(**changes)
        return f"{address or self.address}?{query}" if query else address or self.address
