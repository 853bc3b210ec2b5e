"""One search box for everything: a page, and the list that drops down while one types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm_project.organization.requests import StaffRequest
from crm_project.ui import panels

LONGEST = 100
"""Characters of a question that are looked at."""

ON_PAGE = 50
DROPPED_DOWN = 8


def words_of(request: StaffRequest) -> str:
    """What is asked, without blanks around it and without NUL, which no text of the database holds."""
    return request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]


@require_safe
def search(request: StaffRequest) -> HttpResponse:
    words = words_of(request)
    finds = panels.search(request.user, words, ON_PAGE) if words else []
    return render(request, "home/search.html", {"words": words, "finds": finds, "most": ON_PAGE})


@require_safe
def search_suggest(request: StaffRequest) -> HttpResponse:
    words = words_of(request)
    finds = panels.search(request.user, words, DROPPED_DOWN) if words else []
    return render(request, "home/search_suggest.html", {"words": words, "finds": finds})
