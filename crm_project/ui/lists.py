"""The one furniture of all lists: a page, its export and its exact count from one class.

    class ClientList(ListPage):
        title = _("Clients")
        table_class = ClientTable
        filterset_class = ClientFilter
        default_sort = "-exposure"

        def get_queryset(self):
            return Client.objects.visible_to(self.request.user).with_list_columns()

    urlpatterns = list_urls("client", ClientList, "clients/")

gives the routes `client_list`, `client_export` and `client_count`; each needs a row in the room's policy.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views import View

from crm_project.ui import exports
from crm_project.ui.filters import DeskFilterSet
from crm_project.ui.list_query import PAGE_SIZES, BadQuery
from crm_project.ui.listing import Listing
from crm_project.ui.menu import may_open
from crm_project.ui.pieces import Button, Empty, Tab
from crm_project.ui.tables import DeskTable

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Preset:
    """A ready view of a list: a tab that sets conditions, given as a query string such as `level=red&sort=-level`."""

    label: "str | _StrPromise"
    query: str = ""


@dataclass(frozen=True)
class BulkAction:
    """What may be done to selected rows: their keys are posted as `ids` to the route."""

    label: "str | _StrPromise"
    url_name: str
    icon: str


class ListPage(View):
    """A list. Attributes say what it shows, `get_queryset` what this user may see."""

    part: str = "page"
    template_name = "components/list_page.html"

    title: ClassVar["str | _StrPromise"]
    table_class: ClassVar[type[DeskTable]]
    filterset_class: ClassVar[type[DeskFilterSet] | None] = None
    default_sort: ClassVar[str] = ""
    presets: ClassVar[tuple[Preset, ...]] = ()
    bulk_actions: ClassVar[tuple[BulkAction, ...]] = ()
    keyboard_hint: ClassVar["str | _StrPromise"] = ""

    http_method_names = ["get", "head"]

    def get_queryset(self) -> QuerySet[Any]:
        """Rows this user may see, with everything the columns need, so that a page costs no query per row."""
        raise NotImplementedError

    def create_button(self) -> Button | None:
        """The button top right; not shown to those whose policy row does not open its route."""
        return None

    def empty(self) -> Empty:
        """What an empty list says when no condition is set."""
        return Empty(_("There is nothing here yet."), self.create_button())

    def caption(self) -> str:
        """A short remark beside the heading, such as whose rows these are."""
        return ""

    def extra_context(self) -> dict[str, Any]:
        """More for a template of its own that extends the list page."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            listing = self.listing()
            match self.part:
                case "export":
                    return self.export(listing)
                case "count":
                    return render(request, "components/list_count.html", {"listing": listing})
        except BadQuery as error:
            return self.refuse(error)
        return self.page(listing)

    def listing(self) -> Listing:
        return Listing(
            self.request,
            self.address("list"),
            self.get_queryset(),
            self.table_class,
            self.filterset_class,
            self.default_sort,
        )

    def page(self, listing: Listing) -> HttpResponse:
        response = self._render({"listing": listing, "empty": self._empty_of(listing)}, 200)
        if self._is_fragment():
            response["HX-Push-Url"] = listing.canonical
        return response

    def refuse(self, error: BadQuery) -> HttpResponse:
        """A 400 that says what is wrong and leads back to the whole list."""
        return self._render({"problems": error.messages, "address": self.address("list")}, 400)

    def export(self, listing: Listing) -> HttpResponse:
        kind = self.request.GET.get("format") or exports.FORMATS[0]
        if kind not in exports.FORMATS:
            raise BadQuery(_("An export is xlsx or csv."))
        if listing.exact_count > exports.MAX_ROWS:
            raise BadQuery(
                _("An export holds at most %(limit)s rows; narrow the list.") % {"limit": f"{exports.MAX_ROWS:,}"}
            )
        return exports.response(listing, str(self.title), kind)

    def address(self, part: str) -> str:
        """The URL of the list, its export or its count, with the arguments this one was called with."""
        match = resolve(self.request.path_info)
        return reverse(self._route(part), args=match.args, kwargs=match.kwargs)

    def _route(self, part: str) -> str:
        noun = resolve(self.request.path_info).view_name.rsplit("_", 1)[0]
        return f"{noun}_{part}"

    def _is_fragment(self) -> bool:
        headers = self.request.headers
        return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"

    def _render(self, context: dict[str, Any], status: int) -> HttpResponse:
        context |= {
            "page": self,
            "title": self.title,
            "caption": self.caption(),
            "create": self._allowed(self.create_button()),
            "presets": self._preset_tabs(context.get("listing")),
            "export_address": self._export_address(),
            "count_address": self.address("count"),
            "bulk": self._allowed_bulk(),
            "page_sizes": PAGE_SIZES,
            **self.extra_context(),
        }
        template = "components/list_card.html" if self._is_fragment() else self.template_name
        response = render(self.request, template, context, status=status)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _empty_of(self, listing: Listing) -> Empty:
        if listing.filter_data():
            return Empty(
                _("No record meets these conditions."),
                Button(_("Clear the conditions"), listing.cleared, style="plain"),
            )
        empty = self.empty()
        return Empty(empty.sentence, self._allowed(empty.button))

    def _allowed(self, button: Button | None) -> Button | None:
        if button is None or not may_open(
            self.request.user, resolve(urlsplit(button.href).path).view_name, button.method
        ):
            return None
        return button

    def _export_address(self) -> str:
        return self.address("export") if may_open(self.request.user, self._route("export")) else ""

    def _allowed_bulk(self) -> list[dict[str, Any]]:
        return [
            {"label": action.label, "icon": action.icon, "href": reverse(action.url_name)}
            for action in self.bulk_actions
            if may_open(self.request.user, action.url_name, "POST")
        ]

    def _preset_tabs(self, listing: Listing | None) -> list[Tab]:
        if not self.presets:
            return []
        address = self.address("list")
        current = listing.filter_data() if listing else None
        tabs = []
        for preset in self.presets:
            wanted = QueryDict(preset.query, mutable=True)
            wanted.pop("sort", None)
            count = listing.count if listing is not None and current == wanted and not listing.capped else None
            tabs.append(
                Tab(preset.label, f"{address}?{preset.query}" if preset.query else address, current == wanted, count)
            )
        return tabs


def list_urls(noun: str, view: type[ListPage], prefix: str) -> list[URLPattern]:
    """The three routes of a list: `<noun>_list` at the prefix, `<noun>_export` and `<noun>_count` below it."""
    return [
        path(prefix, view.as_view(), name=f"{noun}_list"),
        path(f"{prefix}export", view.as_view(part="export"), name=f"{noun}_export"),
        path(f"{prefix}count", view.as_view(part="count"), name=f"{noun}_count"),
    ]
