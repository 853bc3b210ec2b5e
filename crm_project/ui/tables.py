"""Columns of the desk's tables. A column draws a cell for the page and gives the bare value for exports.

Attach one to a `DeskTable` per column; heads take the money unit by themselves.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_project.ui import formats, markup


class DeskTable(tables.Table):
    """A table of the desk.

    `default_columns`: shown where the address says nothing, in this order. `fixed_columns`: cannot be taken away.
    `totals`: columns whose sum stands in the last row and in the bar, added up over all rows of the list.
    """

    default_columns: ClassVar[tuple[str, ...]] = ()
    fixed_columns: ClassVar[tuple[str, ...]] = ()
    totals: ClassVar[tuple[str, ...]] = ()

    class Meta:
        template_name = "components/table.html"
        orderable = True


class Column(tables.Column):
    """Text. `muted` greys it, `wrap` lets it break, `strong` makes it bold; missing is a dash."""

    css = ""

    def __init__(
        self, verbose_name: Any = None, *, muted: bool = False, wrap: bool = False, strong: bool = False, **kw: Any
    ):
        kw.setdefault("default", formats.MISSING)
        attrs = dict(kw.pop("attrs", {}) or {})
        classes = [self.css, "" if wrap else "rq-nw", "rq-muted" if muted else "", "rq-b" if strong else ""]
        attrs["td"] = {
            **attrs.get("td", {}),
            "class": " ".join(filter(None, [*classes, attrs.get("td", {}).get("class")])),
        }
        attrs["th"] = {
            **attrs.get("th", {}),
            "class": " ".join(filter(None, [self.css, attrs.get("th", {}).get("class")])),
        }
        super().__init__(verbose_name, attrs=attrs, **kw)

    def plain_header(self) -> str:
        """The head without markup, for exports and the column chooser."""
        return str(self.verbose_name or "")

    def number_format(self) -> str:
        """The cell format in a workbook; empty for text."""
        return ""

    def value(self, value: Any, **context: Any) -> Any:
        """The bare value for exports; None leaves the cell empty."""
        return value if isinstance(value, (int, Decimal)) else str(value)


class NameColumn(Column):
    """The name that links to the record; give `linkify`."""

    def __init__(self, verbose_name: Any = None, **kw: Any):
        kw.setdefault("attrs", {"a": {"class": "rq-b"}})
        super().__init__(verbose_name, **kw)


class NumberColumn(Column):
    css = "rq-num"
    in_money = False

    def __init__(self, verbose_name: Any = None, *, decimals: int = 0, **kw: Any):
        self.decimals = decimals
        kw.setdefault("initial_sort_descending", True)
        super().__init__(verbose_name, **kw)

    def number_format(self) -> str:
        places = f".{'0' * self.decimals}" if self.decimals else ""
        return f"#,##0{places};[Red](#,##0{places})"

    def render(self, value: Any) -> SafeString:
        return markup.number(value, self.decimals)

    def value(self, value: Any, **context: Any) -> Any:
        return formats.to_decimal(value)


class RatioColumn(NumberColumn):
    """DSCR and its kin, two decimals."""

    def __init__(self, verbose_name: Any = None, **kw: Any):
        super().__init__(verbose_name, decimals=2, **kw)


class MoneyColumn(NumberColumn):
    """An amount in CNY, shown and exported in the user's unit, which stands in the head."""

    in_money = True

    @property
    def header(self) -> SafeString:
        return format_html(
            "{}<small>{}</small>", self.verbose_name or "", _("(%(unit)s)") % {"unit": formats.active_unit().label}
        )

    def plain_header(self) -> str:
        return f"{self.verbose_name or ''}{_('(%(unit)s)') % {'unit': formats.active_unit().label}}"

    def number_format(self) -> str:
        self.decimals = formats.active_unit().decimals
        return super().number_format()

    def render(self, value: Any) -> SafeString:
        return markup.money(value)

    def value(self, value: Any, **context: Any) -> Any:
        return formats.in_unit(value)


class PercentColumn(NumberColumn):
    """A fraction as a percentage."""

    def __init__(self, verbose_name: Any = None, *, decimals: int = 1, **kw: Any):
        super().__init__(verbose_name, decimals=decimals, **kw)

    def number_format(self) -> str:
        places = f".{'0' * self.decimals}" if self.decimals else ""
        return f"0{places}%;[Red](0{places}%)"

    def render(self, value: Any) -> SafeString:
        return markup.percent(value, self.decimals)


class DayColumn(Column):
    """A date. `late(record)` paints it red: the day has passed and the work is not done."""

    css = "rq-num"

    def __init__(self, verbose_name: Any = None, *, late: Callable[[Any], bool] | None = None, **kw: Any):
        self.late = late
        super().__init__(verbose_name, **kw)

    def render(self, value: Any, record: Any) -> Any:
        text = self.value(value)
        return format_html('<b class="rq-neg">{}</b>', text) if self.late and self.late(record) else text

    def value(self, value: Any, **context: Any) -> Any:
        return formats.day(value)


class MomentColumn(Column):
    css = "rq-num"

    def render(self, value: Any) -> str:
        return formats.moment(value)

    def value(self, value: Any, **context: Any) -> str:
        return formats.moment(value)


class LevelColumn(Column):
    """Level of warning; `count(record)` adds how many there are."""

    def __init__(self, verbose_name: Any = None, *, count: Callable[[Any], int] | None = None, **kw: Any):
        self.count = count
        kw.setdefault("initial_sort_descending", True)
        super().__init__(verbose_name, **kw)

    def render(self, record: Any, bound_column: Any) -> SafeString:
        badge = markup.level(self._raw(record, bound_column))
        number = self.count(record) if self.count else 0
        if number < 2:
            return badge
        return format_html(
            '{} <span class="rq-muted rq-sm">{}</span>', badge, _("%(number)s alerts") % {"number": number}
        )

    def value(self, value: Any, **context: Any) -> str:
        code = markup.level_code(self._raw(context["record"], context["bound_column"]))
        return str(markup.LEVELS[code][0]) if code else ""

    def _raw(self, record: Any, bound_column: Any) -> Any:
        return tables.A(bound_column.accessor).resolve(record, quiet=True)


class TagColumn(Column):
    def __init__(self, verbose_name: Any = None, *, style: str = "", **kw: Any):
        self.style = style
        super().__init__(verbose_name, **kw)

    def render(self, value: Any) -> SafeString:
        return markup.tag(value, self.style)


class SparkColumn(Column):
    """A small line of a sequence of numbers; not exported."""

    css = "rq-num"

    def __init__(self, verbose_name: Any = None, **kw: Any):
        super().__init__(verbose_name, orderable=False, exclude_from_export=True, **kw)

    def render(self, value: Any) -> SafeString:
        return markup.spark(value)


class BarColumn(NumberColumn):
    """A fraction as a bar with its figure."""

    def __init__(self, verbose_name: Any = None, *, bar_css: str = "", **kw: Any):
        self.bar_css = bar_css
        super().__init__(verbose_name, decimals=1, **kw)

    def number_format(self) -> str:
        return "0.0%"

    def render(self, value: Any) -> SafeString:
        return format_html(
            '<span class="rq-barcell">{}<span>{}</span></span>', markup.bar(value, self.bar_css), markup.percent(value)
        )


class ActionsColumn(Column):
    """Row actions, shown on hover, focus and selection: `actions(record)` gives (icon, label, address) triples."""

    def __init__(self, actions: Callable[[Any], list[tuple[str, Any, str]]], **kw: Any):
        self.actions = actions
        super().__init__("", orderable=False, exclude_from_export=True, empty_values=(), accessor="pk", **kw)

    def render(self, record: Any) -> SafeString:
        links = [
            format_html(
                '<a class="rq-icon-btn rq-ib-sm" href="{}" title="{}" aria-label="{}">{}</a>',
                href,
                label,
                label,
                markup.icon(name),
            )
            for name, label, href in self.actions(record)
        ]
        return format_html('<span class="rq-ra">{}</span>', SafeString("").join(links))
