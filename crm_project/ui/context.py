"""What every page's shell needs, worked out only when a template asks for it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from crm_project.ui import formats, menu, preferences


class Shell:
    """Rail, tabs, tools and the person of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.chosen = preferences.of(request)

    @cached_property
    def user(self) -> Any:
        return getattr(self.request, "user", None)

    @cached_property
    def signed_in(self) -> bool:
        return self.user is not None and self.user.is_authenticated

    @cached_property
    def route(self) -> str:
        match = self.request.resolver_match
        return match.view_name if match else ""

    @cached_property
    def rooms(self) -> list[menu.RoomLink]:
        return menu.rail(self.user, self.route) if self.signed_in else []

    @cached_property
    def pages(self) -> tuple[menu.PageLink, ...]:
        return next((room.pages for room in self.rooms if room.current), ())

    @cached_property
    def bell(self) -> menu.BellLink | None:
        return menu.bell(self.user) if self.signed_in else None

    @property
    def theme(self) -> str:
        return self.chosen.theme

    @property
    def other_theme(self) -> str:
        return "light" if self.theme == "dark" else "dark"

    @property
    def language(self) -> str:
        return self.chosen.language

    @property
    def html_language(self) -> str:
        return "zh-CN" if self.language == "zh-hans" else "en"

    @property
    def other_language(self) -> str:
        return next(code for code, _name in settings.LANGUAGES if code != self.language)

    @property
    def units(self) -> list[formats.Unit]:
        return list(formats.UNITS.values())

    @property
    def unit(self) -> formats.Unit:
        return formats.active_unit()

    @property
    def address(self) -> str:
        """Where a choice made on this page returns to; a page that answered a POST returns to the start."""
        return self.request.get_full_path() if self.request.method == "GET" else ""

    @cached_property
    def home(self) -> str:
        return menu.address("home:index") or "/"

    @cached_property
    def search(self) -> str | None:
        return self._open("home:search", "GET")

    @cached_property
    def suggest(self) -> str | None:
        return self._open("home:search_suggest", "GET")

    @cached_property
    def preferences(self) -> str | None:
        return menu.address("home:preferences")

    @cached_property
    def sign_in(self) -> str | None:
        return menu.address("home:sign_in")

    @cached_property
    def sign_out(self) -> str | None:
        return self._open("home:sign_out", "POST")

    @cached_property
    def person(self) -> str:
        return getattr(self.user, "name", "") or self.user.get_username()

    @cached_property
    def role(self) -> str:
        return self.user.get_role_display()

    @cached_property
    def branch(self) -> str:
        return str(self.user.branch)

    def _open(self, route: str, method: str) -> str | None:
        href = menu.address(route)
        return href if href and self.signed_in and menu.may_open(self.user, route, method) else None


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}
