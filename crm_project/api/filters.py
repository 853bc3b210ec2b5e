"""Filter and order of a resource: what is not offered is refused, so that nothing can be probed by it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

PAGING = {"cursor", "page_size", "ordering"}


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter, but an unknown parameter is an error instead of being ignored."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset: Any = getattr(view, "filterset_class", None)
        known = set(filterset.base_filters) if filterset else set()
        unknown = set(request.query_params) - known - PAGING
        if unknown and request.method == "GET" and getattr(view, "action", "") == "list":
            raise ValidationError({name: [_("There is no such filter.")] for name in sorted(unknown)})
        return super().filter_queryset(request, queryset, view)


class Ordering(OrderingFilter):
    """`ordering=` over the view's `ordering_fields` only; anything else is refused."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        asked = [name.strip() for name in request.query_params.get(self.ordering_param, "").split(",") if name.strip()]
        offered = set(getattr(view, "ordering_fields", None) or [])
        if bad := [name for name in asked if name.lstrip("-") not in offered]:
            raise ValidationError({self.ordering_param: [_("Cannot order by %(name)s.") % {"name": bad[0]}]})
        return super().get_ordering(request, queryset, view)
