from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone

from crm_project.organization.requests import StaffRequest
from crm_project.organization.roles import Role
from crm_project.ui import menu
from crm_project.workflow.heartbeat import last_beat

SILENCE = timedelta(minutes=5)
"""A worker that has not swept for so long is not working."""


def index(request: StaffRequest) -> HttpResponse:
    """The first page this account may open; administrators have the configuration pages only."""
    if request.user.role == Role.ADMINISTRATOR:
        return redirect("admin:index")
    rooms = menu.rail(request.user, "")
    if not rooms:
        raise PermissionDenied
    return redirect(rooms[0].href)


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, cache and workers answer as well; no details, since anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        swept = last_beat()
    except (Error, OSError):
        return JsonResponse({"status": "unavailable"}, status=503)
    if swept and timezone.now() - swept > SILENCE:
        return JsonResponse({"status": "unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
