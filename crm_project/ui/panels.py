"""Where rooms meet on one page: the upper room registers its tabs, cards and search entries from its `apps.py`.

A page is named by a code, for example `client`, `project` or `day`. A tab is the room's own route; a card is a template
with a function that gives its context; both are left out for those whose policy row does not name them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from crm_project.organization.requests import StaffRequest
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Figure, Tab

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Context = dict[str, Any]


@dataclass(frozen=True)
class TabEntry:
    """A tab of a detail page. The route takes the object's primary key; `count` gives a figure behind the word."""

    page: str
    url_name: str
    label: "str | _StrPromise"
    order: int
    count: Callable[[StaffRequest, Any], int | str | None] | None = None


@dataclass(frozen=True)
class CardEntry:
    """A card of a page. `route`: who may GET it sees the card. `context` may return None: nothing to show.

    `slot`: "main" or "aside". `width`: columns of twelve in the main slot.
    """

    page: str
    route: str
    template: str
    context: Callable[[StaffRequest, Any], Context | None]
    order: int
    slot: str = "main"
    width: int = 6


@dataclass(frozen=True)
class FigureEntry:
    """A figure of a page's strip. `route`: who may GET it sees the figure. `figure` may return None: nothing there."""

    page: str
    route: str
    figure: Callable[[StaffRequest, Any], Figure | None]
    order: int


@dataclass(frozen=True)
class SubjectEntry:
    """Where subjects of a kind have their page: a route that takes the subject's number."""

    kind: str
    url_name: str


@dataclass(frozen=True)
class Hit:
    """One line of search results."""

    title: str
    caption: str
    href: str
    level: str = ""


@dataclass(frozen=True)
class SearchEntry:
    """A kind of thing the search box finds: `find(user, words, limit)` returns only rows that user may see."""

    route: str
    label: "str | _StrPromise"
    find: Callable[[Any, str, int], Iterable[Hit]]
    order: int


@dataclass(frozen=True)
class Card:
    template: str
    context: Context
    width: int


@dataclass(frozen=True)
class Finds:
    label: str
    hits: list[Hit]


_tabs: list[TabEntry] = []
_cards: list[CardEntry] = []
_searches: list[SearchEntry] = []
_figures: list[FigureEntry] = []
_subjects: dict[str, str] = {}


def register(*entries: TabEntry | CardEntry | SearchEntry | FigureEntry | SubjectEntry) -> None:
    """Add entries; each list keeps its order by the entries' `order`."""
    for entry in entries:
        match entry:
            case TabEntry():
                _add(_tabs, entry)
            case CardEntry():
                _add(_cards, entry)
            case SearchEntry():
                _add(_searches, entry)
            case FigureEntry():
                _add(_figures, entry)
            case SubjectEntry():
                _subjects[entry.kind] = entry.url_name


def _add(registry: list[Any], entry: Any) -> None:
    registry.append(entry)
    registry.sort(key=lambda item: item.order)


def tabs(page: str, request: StaffRequest, obj: Any) -> list[Tab]:
    """The tabs of a detail page that this user may open, the one on display marked."""
    route = request.resolver_match.view_name if request.resolver_match else ""
    return [
        Tab(
            label=str(entry.label),
            href=reverse(entry.url_name, args=[obj.pk]),
            current=entry.url_name == route,
            count=entry.count(request, obj) if entry.count else None,
        )
        for entry in _tabs
        if entry.page == page and may_open(request.user, entry.url_name)
    ]


def cards(page: str, slot: str, request: StaffRequest, obj: Any = None) -> list[Card]:
    """The cards of one slot with their contexts; a card whose function returns None is left out."""
    shown = []
    for entry in _cards:
        if entry.page == page and entry.slot == slot and may_open(request.user, entry.route):
            context = entry.context(request, obj)
            if context is not None:
                shown.append(Card(entry.template, context, entry.width))
    return shown


def figures(page: str, request: StaffRequest, obj: Any = None) -> list[Figure]:
    """The figures of a page's strip that this user may see."""
    entries = [entry for entry in _figures if entry.page == page and may_open(request.user, entry.route)]
    return [figure for entry in entries if (figure := entry.figure(request, obj)) is not None]


def subject_address(subject: Any) -> str:
    """The page of a subject; empty while its kind has none."""
    url_name = _subjects.get(subject.kind)
    return reverse(url_name, args=[subject.pk]) if url_name else ""


def search(user: Any, words: str, limit: int = 8) -> list[Finds]:
    """What the search box finds, kind by kind; kinds without a hit are left out."""
    found = []
    for entry in _searches:
        if may_open(user, entry.route):
            hits = list(entry.find(user, words, limit))
            if hits:
                found.append(Finds(str(entry.label), hits))
    return found
