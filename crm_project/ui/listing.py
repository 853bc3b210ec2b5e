"""The rows of a list as its address asks for them. Page, count and export are made from the same object."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Model, Q, QuerySet, Sum
from django.db.models.constants import LOOKUP_SEP
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_project.ui import formats
from crm_project.ui.filters import SEARCH
from crm_project.ui.list_query import DISPLAY, LAST_OFFSET_PAGE, ListQuery
from crm_project.ui.tables import DeskTable

COUNT_CAP = 1000


@dataclass(frozen=True)
class Head:
    """A column head: where its sort link leads and what it says to assistive technology."""

    column: Any
    href: str
    aria_sort: str
    arrow: str


@dataclass(frozen=True)
class ActiveFilter:
    label: str
    value: str
    without: str


@dataclass(frozen=True)
class ColumnChoice:
    name: str
    label: str
    shown: bool
    fixed: bool


@dataclass(frozen=True)
class FootCell:
    label: str
    css: str
    text: Any


class Listing(ListQuery):
    """The rows of one address, their count and totals, and everything the page draws around them."""

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        """All rows of the list in their order."""
        return self.filtered.order_by(*(part.expression() for part in self.order))

    # --- rows -----------------------------------------------------------------------------------------------------

    @cached_property
    def _fetched(self) -> list[Any]:
        """The rows of this page and one more, which tells that there is another page."""
        rows = self.queryset
        if self.after is not None:
            start = 0
            rows = rows.filter(self._beyond(self.after))
        else:
            start = (self.page - 1) * self.per_page
        return list(rows[start : start + self.per_page + 1])

    def _beyond(self, values: list[Any]) -> Q:
        """Rows after the mark: lexicographic, with a plain bound on the first column that an index can use."""
        condition = Q(pk__in=())
        prefix = Q()
        for part, value in zip(self.order, values, strict=True):
            condition |= prefix & part.beyond(value)
            prefix &= part.same(value)
        first = self.order[0]
        if not first.nullable:
            condition &= Q(**{f"{first.path}__{'lte' if first.descending else 'gte'}": values[0]})
        return condition

    @cached_property
    def rows(self) -> list[Any]:
        return self._fetched[: self.per_page]

    @property
    def has_next(self) -> bool:
        return len(self._fetched) > self.per_page

    def table(self, rows: Sequence[Any]) -> DeskTable:
        hidden = [name for name in self.table_class.base_columns if name not in self.columns]
        return self.table_class(rows, exclude=hidden, sequence=self.columns, orderable=False)

    @cached_property
    def shown_table(self) -> DeskTable:
        return self.table(self.rows)

    # --- counts and totals ----------------------------------------------------------------------------------------

    @cached_property
    def count(self) -> int:
        """Rows in the list, at most one more than the cap. No query where the first page holds them all."""
        if self.after is None and not self.has_next and (self.rows or self.page == 1):
            return (self.page - 1) * self.per_page + len(self.rows)
        return self.filtered.order_by()[: COUNT_CAP + 1].count()

    @property
    def capped(self) -> bool:
        return self.count > COUNT_CAP

    @cached_property
    def exact_count(self) -> int:
        return self.filtered.order_by().count()

    @cached_property
    def totals(self) -> dict[str, Any]:
        """Sums over all rows of the list by column name. One query."""
        sums = {name: Sum(self._path(name)) for name in self.table_class.totals}
        return (
            self.filtered.order_by().aggregate(**{f"sum_{name}": total for name, total in sums.items()}) if sums else {}
        )

    def _path(self, name: str) -> str:
        return str(self.table_class.base_columns[name].accessor or name).replace(".", LOOKUP_SEP)

    def total_of(self, name: str) -> Any:
        return self.totals.get(f"sum_{name}")

    # --- addresses ---------------------------------------------------------------------------------------------------

    @property
    def canonical(self) -> str:
        """The address of exactly this page, without empty parameters."""
        changes: dict[str, Any] = {}
        if self.page > 1:
            changes["page"] = self.page
        if self.after is not None:
            changes["after"] = self.given["after"]
        return self.url(**changes)

    @property
    def cleared(self) -> str:
        """This list without conditions, its look kept."""
        names = dict.fromkeys(self.filter_data())
        return self.url(**names)

    @property
    def next_page(self) -> str | None:
        if not self.has_next:
            return None
        if self.page < LAST_OFFSET_PAGE and self.after is None:
            return self.url(page=self.page + 1)
        return self.url(page=self.page + 1, after=self._mark(self.rows[-1]))

    @property
    def previous_page(self) -> str | None:
        """The page before; beyond the last counted page that is the way back to it."""
        if self.page == 1:
            return None
        return self.url(page=LAST_OFFSET_PAGE if self.after is not None else self.page - 1)

    def _mark(self, row: Any) -> str:
        values = [_portable(_follow(row, part.path)) for part in self.order]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    # --- what the page draws --------------------------------------------------------------------------------------

    @property
    def first_row(self) -> int:
        return (self.page - 1) * self.per_page + 1

    @property
    def last_row(self) -> int:
        return (self.page - 1) * self.per_page + len(self.rows)

    @property
    def heads(self) -> list[Head]:
        current, descending = self.sort.split(",")[0].removeprefix("-"), self.sort.startswith("-")
        return [self._head(bound, current, descending) for bound in self.shown_table.columns]

    def _head(self, bound: Any, current: str, descending: bool) -> Head:
        column = bound.column
        if column.orderable is False:
            return Head(bound, "", "", "")
        if bound.name != current:
            sort = f"-{bound.name}" if column.initial_sort_descending else bound.name
            return Head(bound, self.url(sort=sort), "none", "")
        turned = bound.name if descending else f"-{bound.name}"
        return Head(
            bound, self.url(sort=turned), "descending" if descending else "ascending", "↓" if descending else "↑"
        )

    @property
    def chips(self) -> list[ActiveFilter]:
        if self.filterset is None:
            return []
        return [
            ActiveFilter(chip.label, chip.value, self.url(**dict.fromkeys(chip.names)))
            for chip in self.filterset.chips()
        ]

    @property
    def column_choices(self) -> list[ColumnChoice]:
        """All columns for the chooser, the shown ones first in their order."""
        names = [*self.columns, *(name for name in self.table_class.base_columns if name not in self.columns)]
        return [
            ColumnChoice(name, self.label_of(name), name in self.columns, name in self.table_class.fixed_columns)
            for name in names
            if self.label_of(name)
        ]

    def label_of(self, name: str) -> str:
        return str(self.table_class.base_columns[name].verbose_name or "")

    @property
    def hidden_display(self) -> list[tuple[str, str]]:
        """The look of the list as form fields, so that a form keeps it."""
        return [(name, ",".join(self.given.getlist(name))) for name in DISPLAY if self.given.get(name)]

    def _hidden_conditions(self, wanted: Callable[[str], bool]) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.filter_data().lists() if wanted(name) for value in values]

    @property
    def hidden_for_conditions(self) -> list[tuple[str, str]]:
        """What the condition form sends along unseen: the search box and the look."""
        return self._hidden_conditions(lambda name: name == SEARCH) + self.hidden_display

    @property
    def hidden_but_search(self) -> list[tuple[str, str]]:
        """What the search box sends along unseen: conditions and look."""
        return self._hidden_conditions(lambda name: name != SEARCH) + self.hidden_display

    @property
    def hidden_but_columns(self) -> list[tuple[str, str]]:
        """What the column form sends along unseen: conditions and the rest of the look."""
        return self._hidden_conditions(bool) + [pair for pair in self.hidden_display if pair[0] != "cols"]

    @property
    def dense_url(self) -> str:
        return self.url(density=None)

    @property
    def standard_url(self) -> str:
        return self.url(density="standard")

    @property
    def default_columns_url(self) -> str:
        return self.url(cols=None)

    @property
    def xlsx_query(self) -> str:
        return self.query(format="xlsx")

    @property
    def csv_query(self) -> str:
        return self.query(format="csv")

    @property
    def summary(self) -> str:
        """How many rows, and the totals over all of them. Up to two queries."""
        return self._summary(self.count)

    @property
    def exact_summary(self) -> str:
        """The same without a cap, however long it takes."""
        return self._summary(self.exact_count)

    def _summary(self, number: int) -> str:
        text = ngettext("%(number)s record", "%(number)s records", number) % {"number": f"{number:,}"}
        return text + self._totals_in_words()

    @property
    def foot(self) -> list[FootCell]:
        """The last row with the totals; none where the list is too long to be added up unasked."""
        if not self.table_class.totals or self.capped:
            return []
        cells = [self._foot_cell(name) for name in self.columns]
        return [FootCell("", "", _("Total")), *cells[1:]] if self.columns[0] not in self.table_class.totals else cells

    def _foot_cell(self, name: str) -> FootCell:
        column: Any = self.table_class.base_columns[name]
        summed = name in self.table_class.totals
        return FootCell(self.label_of(name), column.css, column.render(self.total_of(name)) if summed else "")

    def _totals_in_words(self) -> str:
        parts = []
        for name in self.table_class.totals:
            column: Any = self.table_class.base_columns[name]
            shown = (
                formats.money(self.total_of(name))
                if column.in_money
                else formats.number(self.total_of(name), column.decimals)
            )
            unit = f" {formats.active_unit().label}" if column.in_money else ""
            parts.append(_(", %(label)s %(sum)s") % {"label": self.label_of(name), "sum": f"{shown}{unit}"})
        return "".join(parts)


def _follow(row: Any, path: str) -> Any:
    for step in path.split(LOOKUP_SEP):
        row = getattr(row, step, None)
    return row.pk if isinstance(row, Model) else row


def _portable(value: Any) -> Any:
    """A value as JSON carries it; a moment keeps its microseconds, or rows of one second would be lost."""
    if value is None or isinstance(value, (int, str, bool)):
        return value
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
