"""The rail and the page tabs. Rooms register here from their `apps.py`; what a person may not open is not shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Room:
    """One entry of the rail. `last` puts it at the bottom end."""

    code: str
    label: "str | _StrPromise"
    icon: str
    order: int
    last: bool = False


@dataclass(frozen=True)
class Page:
    """One tab of a room's top bar, opened by GET on `url_name`.

    `covers`: prefixes of the routes that belong under this tab; by default those of the same noun, so that
    `clients:client_list` also lights up for `clients:client_detail`.
    """

    room: str
    url_name: str
    label: "str | _StrPromise"
    order: int
    covers: tuple[str, ...] = field(default=())

    def match(self, route: str) -> int:
        """How well a route fits under this tab: 0 not at all, the longest prefix wins."""
        if route == self.url_name:
            return len(route) + 1
        prefixes = self.covers or (self.url_name.removesuffix("_list").removesuffix("_index") + "_",)
        return max((len(prefix) for prefix in prefixes if route.startswith(prefix)), default=0)


@dataclass(frozen=True)
class Bell:
    """The notices in the top bar: `count` gives a user's unread ones, `refresh` is the route that draws them anew."""

    url_name: str
    count: Callable[[Any], int]
    refresh: str


@dataclass(frozen=True)
class PageLink:
    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class RoomLink:
    label: str
    icon: str
    href: str
    current: bool
    last: bool
    pages: tuple[PageLink, ...]


@dataclass(frozen=True)
class BellLink:
    href: str
    count: int
    refresh: str


_rooms: dict[str, Room] = {}
_pages: dict[str, Page] = {}
_bells: list[Bell] = []


def register(*entries: Room | Page | Bell) -> None:
    """Add rooms, pages or the bell. The same code or route twice replaces the first."""
    for entry in entries:
        match entry:
            case Room():
                _rooms[entry.code] = entry
            case Page():
                _pages[entry.url_name] = entry
            case Bell():
                _bells[:] = [entry]


def address(route: str, *args: Any) -> str | None:
    """The URL of a route, or None while the route does not exist."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return None


def may_open(user: Any, route: str, method: str = "GET") -> bool:
    from crm_project.organization import (
        policy,  # the registry of routes is complete only once all apps are ready
    )

    return policy.allowed(user, route, method)


def rail(user: Any, route: str) -> list[RoomLink]:
    """Rooms with at least one page this user may open, the current room and page marked."""
    pages = [page for page in _pages.values() if may_open(user, page.url_name)]
    current = max(pages, key=lambda page: page.match(route), default=None)
    if current is not None and not current.match(route):
        current = None
    links = []
    for room in sorted(_rooms.values(), key=lambda room: room.order):
        own = sorted((page for page in pages if page.room == room.code), key=lambda page: page.order)
        tabs = tuple(PageLink(str(p.label), reverse(p.url_name), p is current) for p in own)
        if tabs:
            here = any(tab.current for tab in tabs)
            links.append(RoomLink(str(room.label), room.icon, tabs[0].href, here, room.last, tabs))
    return links


def bell(user: Any) -> BellLink | None:
    if not _bells or not may_open(user, _bells[0].url_name):
        return None
    return BellLink(reverse(_bells[0].url_name), _bells[0].count(user), reverse(_bells[0].refresh))
