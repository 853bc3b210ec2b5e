"""Session limits, and the route policy applied to every request."""

import time
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_project.organization import policy
from crm_project.organization.roles import ANONYMOUS, Role

Handler = Callable[[HttpRequest], HttpResponse]


class SessionLimitMiddleware:
    """Signs an account out after too long a pause, and in any case after a working day."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            started = request.session.setdefault("started", now)
            seen = request.session.get("seen", now)
            if now - seen > settings.SESSION_IDLE_SECONDS or now - started > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
            elif (now - seen > 30 and not in_background(request)) or "seen" not in request.session:
                request.session["seen"] = now
        return self.get_response(request)


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def in_background(request: HttpRequest) -> bool:
    """Whether a page asked by itself, as the bell does: no sign of a person at the desk, so the pause goes on."""
    return "X-Background" in request.headers


class PolicyMiddleware:
    """No view runs for an account its row does not name."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        match = request.resolver_match
        route = match.view_name if match else ""
        if policy.is_admin_route(route):
            return _admin(request)
        method = "GET" if request.method == "HEAD" else request.method or ""
        row = policy.table().get((route, method))
        if row is None:
            listed = sorted(m for name, m in policy.table() if name == route)
            if not listed:
                raise Http404
            return HttpResponseNotAllowed(listed)
        role = policy.role_of(request.user)
        return None if role in row.roles else _refuse(request, role, row)


def _admin(request: HttpRequest) -> HttpResponse | None:
    role = policy.role_of(request.user)
    if role == Role.ADMINISTRATOR:
        return None
    if role == ANONYMOUS:
        return _to_sign_in(request)
    raise Http404


def _refuse(request: HttpRequest, role: str, row: policy.Row) -> HttpResponse:
    if role == ANONYMOUS:
        return _to_sign_in(request)
    if role == Role.ADMINISTRATOR and row.business:
        raise Http404
    raise PermissionDenied


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        problem = {"type": "about:blank", "title": _("Please sign in"), "status": 401}
        return JsonResponse(problem, status=401, content_type="application/problem+json")
    if in_background(request):  # the page stays as it is, with what was typed into it
        return HttpResponse(status=204)
    address = f"{reverse('home:sign_in')}?next={quote(request.get_full_path())}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
