"""The small parts pages are made of, as values that templates draw."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise


@dataclass(frozen=True)
class Tab:
    """A tab of a detail page or a saved view of a list."""

    label: "Text"
    href: str
    current: bool = False
    count: "int | Text | None" = None


@dataclass(frozen=True)
class Button:
    """A link or, with method POST, a small form of its own. `style`: primary, danger or plain."""

    label: "Text"
    href: str
    icon: str = ""
    style: str = "primary"
    method: str = "GET"
    disabled_because: "Text" = ""


@dataclass(frozen=True)
class NextAction:
    """The one next action of a page: what, by when, one button. `urgent` paints it red."""

    what: "Text"
    by_when: "Text"
    button: Button | None = None
    urgent: bool = False
    icon: str = "arrow-right"
    level: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure of the strip. `value` and `note` may hold marked-up numbers; `href` leads to the source."""

    label: "Text"
    value: "Text"
    unit: "Text" = ""
    note: "Text" = ""
    href: str = ""
    bad: bool = False
    trend: tuple[float, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a process drawn as a line of dots; `state`: done, now or ahead."""

    label: "Text"
    caption: "Text" = ""
    state: str = "ahead"


@dataclass(frozen=True)
class Event:
    """One line of a time-line."""

    when: "Text"
    who: "Text"
    what: "Text"
    now: bool = False


@dataclass(frozen=True)
class Empty:
    """What an empty list or card says: one sentence and one button."""

    sentence: "Text"
    button: Button | None = None
