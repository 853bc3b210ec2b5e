"""Template filters and tags of the desk; a builtin, so no template loads it.

Filters write values (`{{ client.balance|money }}`), tags draw pieces (`{% figures figures %}`).
"""

from decimal import Decimal
from typing import Any, cast

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_project.ui import formats, markup

register = template.Library()


@register.filter
def money(value: Any, decimals: int | None = None) -> SafeString:
    """An amount in CNY in the user's unit, negatives red in parentheses."""
    return markup.money(value, decimals)


@register.filter
def percent(value: Any, decimals: int = 1) -> SafeString:
    return markup.percent(value, decimals)


@register.filter
def number(value: Any, decimals: int = 0) -> SafeString:
    return markup.number(value, decimals)


@register.filter
def ratio(value: Any, decimals: int = 2) -> SafeString:
    return markup.number(value, decimals)


@register.filter
def points(value: Any) -> SafeString:
    """A difference of two fractions in percentage points."""
    return markup.signed(formats.points(value))


@register.filter
def day(value: Any) -> str:
    return formats.day(value)


@register.filter
def moment(value: Any) -> str:
    return formats.moment(value)


@register.filter
def dash(value: Any) -> Any:
    """The value, or a dash where it is missing."""
    return formats.MISSING if value is None or value == "" else value


@register.filter
def level(value: Any, note: Any = "") -> SafeString:
    return markup.level(value, note)


@register.filter
def tag(value: Any, style: str = "") -> SafeString:
    return markup.tag(value, style)


@register.simple_tag
def unit() -> str:
    """The word of the active money unit, for heads and card titles."""
    return str(formats.active_unit().label)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    return markup.icon(name, css)


@register.simple_tag
def src(name: Any, provenance: str = "", href: str = "") -> SafeString:
    return markup.source(name, provenance, href)


@register.simple_tag
def bar(fraction: Any, css: str = "", mark: Any = None) -> SafeString:
    return markup.bar(fraction, css, mark)


@register.simple_tag
def spark(values: Any) -> SafeString:
    return markup.spark(values or ())


@register.simple_tag
def change_points(difference: Any, good: str = "up") -> SafeString:
    """`↓0.04 点`: a difference of fractions, coloured by whether it is welcome."""
    amount = formats.to_decimal(difference)
    written = _("%(points)s points") % {"points": formats.points(abs(amount))} if amount is not None else ""
    return markup.change(difference, written, good)


@register.simple_tag
def change_money(difference: Any, good: str = "up") -> SafeString:
    amount = formats.to_decimal(difference)
    return markup.change(difference, formats.money(abs(amount)) if amount is not None else "", good)


class ChartEncoder(DjangoJSONEncoder):
    """Charts need numbers: a Decimal becomes a float at the very last step, for drawing only."""

    def default(self, o: Any) -> Any:
        return float(o) if isinstance(o, Decimal) else super().default(o)


@register.simple_tag
def chart(code: str, option: dict[str, Any], description: str, height: int = 240) -> SafeString:
    """A chart. `option`: ECharts option with token colours (`@loan`) and named formatters (`$money`).

    `description` says in words what the chart shows; a picture without words is not read aloud. `height` is one of
    120, 150, 180, 210, 240, 270, 300.
    """
    return format_html(
        '<div class="rq-box rq-h{}" role="img" aria-label="{}" data-rq-chart="{}"></div>{}',
        height,
        description,
        code,
        json_script(option, code, encoder=ChartEncoder),
    )


@register.inclusion_tag("components/figures.html")
def figures(items: Any) -> dict[str, Any]:
    items = list(items)
    return {"figures": items, "many": len(items) >= 6}


@register.inclusion_tag("components/next_action.html", takes_context=True)
def next_action(context: Context, action: Any) -> dict[str, Any]:
    return {"action": action, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Any, label: str = "") -> dict[str, Any]:
    return {"tabs": items, "label": label}


@register.inclusion_tag("components/button.html", takes_context=True)
def button(context: Context, item: Any, small: bool = False) -> dict[str, Any]:
    return {"button": item, "small": small, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/empty.html", takes_context=True)
def empty(context: Context, item: Any) -> dict[str, Any]:
    return {"empty": item, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/steps.html")
def steps(items: Any) -> dict[str, Any]:
    return {"steps": items}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Any) -> dict[str, Any]:
    return {"events": items}


@register.simple_tag(takes_context=True)
def card(context: Context, item: Any) -> SafeString:
    """Draw one registered card with its own context over the page's."""
    with context.push(**item.context):
        return render_to_string(item.template, cast("dict[str, Any]", context.flatten()), context.get("request"))
