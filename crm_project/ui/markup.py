"""HTML of single values: levels, tags, icons, numbers in colour, bars and sparks. Used by tags and by table columns."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from crm_project.rules.money import round_half_up
from crm_project.ui import formats

LEVELS = {
    "red": (_("Red"), "alert-octagon-filled"),
    "orange": (_("Orange"), "alert-square-filled"),
    "yellow": (_("Yellow"), "alert-triangle-filled"),
    "blue": (_("Blue"), "info-circle-filled"),
}
LEVEL_BY_RANK = {1: "blue", 2: "yellow", 3: "orange", 4: "red"}

PROVENANCE = {
    "regulation": _("regulation"),
    "bank_policy": _("bank policy"),
    "unconfirmed": _("to be confirmed"),
    "default": _("default"),
}

ARROWS = {"up": "↑", "down": "↓"}


def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite, silent for screen readers: the word stands beside it or in the control's label."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        static("vendor/icons.svg"),
        name,
    )


def signed(text: str, *, css: str = "") -> SafeString:
    """A written number, red when negative."""
    classes = " ".join(filter(None, [css, "rq-neg" if formats.is_negative(text) else ""]))
    return format_html('<span class="{}">{}</span>', classes, text) if classes else format_html("{}", text)


def money(value: Any, decimals: int | None = None) -> SafeString:
    return signed(formats.money(value, decimals))


def percent(value: Any, decimals: int = 1) -> SafeString:
    return signed(formats.percent(value, decimals))


def number(value: Any, decimals: int = 0) -> SafeString:
    return signed(formats.number(value, decimals))


def level_code(value: Any) -> str:
    """The code of a level given as code, as rank 1 to 4, or as an enumeration member; empty for no level."""
    if isinstance(value, int):
        return LEVEL_BY_RANK.get(int(value), "")
    return str(value) if value in LEVELS else ""


def level(value: Any, note: Any = "") -> SafeString:
    """Icon, word and colour of a level, always the three; a dash where there is none."""
    code = level_code(value)
    if not code:
        return format_html('<span class="rq-level rq-lv-none">{}</span>', formats.MISSING)
    word, symbol = LEVELS[code]
    text = format_html("{}·{}", word, note) if note else word
    return format_html('<span class="rq-level rq-lv-{}">{}{}</span>', code, icon(symbol), text)


def tag(text: Any, style: str = "") -> SafeString:
    """A fact. `style`: empty grey, `t` tier, `o` reference."""
    return format_html('<span class="rq-tag{}">{}</span>', f" {style}" if style else "", text)


def source(name: Any, provenance: str = "", href: str = "") -> SafeString:
    """Where a rule comes from and its standing."""
    standing = PROVENANCE.get(provenance, "")
    text = format_html("{}·{}", name, standing) if standing else format_html("{}", name)
    css = "rq-src rq-open" if provenance == "unconfirmed" else "rq-src"
    if href:
        return format_html('<a class="{}" href="{}">{}</a>', css, href, text)
    return format_html('<span class="{}">{}</span>', css, text)


def change(difference: Any, written: str, good: str = "up") -> SafeString:
    """A change whose sign is not its meaning: an arrow, and green or red by whether it is welcome.

    `written` is the size without a sign, with its unit; `good` names the welcome direction.
    """
    amount = formats.to_decimal(difference)
    if amount is None:
        return format_html("{}", formats.MISSING)
    if not amount:
        return format_html('<span class="rq-muted">{}</span>', written)
    way = "up" if amount > 0 else "down"
    return format_html('<span class="{}">{}{}</span>', "rq-pos" if way == good else "rq-neg", ARROWS[way], written)


def bar(fraction: Any, css: str = "", mark: Any = None) -> SafeString:
    """A bar of a fraction from 0 to 1, drawn in SVG so that no style attribute is needed; `mark` sets a tick."""
    share = _clamped(fraction)
    tick = (
        format_html('<rect class="rq-tick" x="{}%" width="2" height="6"/>', _clamped(mark)) if mark is not None else ""
    )
    return format_html(
        '<svg class="rq-bar" role="img" aria-label="{}"><rect class="{}" width="{}%" height="6"/>{}</svg>',
        formats.percent(fraction),
        css,
        share,
        tick,
    )


def _clamped(fraction: Any) -> Decimal:
    share = formats.to_decimal(fraction) or Decimal(0)
    return round_half_up(min(max(share, Decimal(0)), Decimal(1)) * 100, 1)


def spark(values: Sequence[Any], width: int = 76, height: int = 20) -> SafeString:
    """A small line of a series, grey when it falls; empty below two points."""
    series = [float(value) for value in values if value is not None]
    if len(series) < 2:
        return mark_safe("")
    low, high = min(series), max(series)
    spread = high - low or 1.0
    step = (width - 4) / (len(series) - 1)
    at = [(2 + i * step, height - 3 - (value - low) / spread * (height - 6)) for i, value in enumerate(series)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    return format_html(
        '<svg class="rq-spark{}" viewBox="0 0 {} {}" aria-hidden="true"><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2.2"/></svg>',
        " rq-dn" if series[-1] < series[0] else "",
        width,
        height,
        path,
        f"{at[-1][0]:.1f}",
        f"{at[-1][1]:.1f}",
    )
