"""What the search box finds among clients and projects."""

from django.db.models import Case, IntegerField, Q, Value, When

from clients.models import Client, Project
from crm_project.organization.models import Staff
from crm_project.ui.panels import Hit

USCC_LENGTH = 18


def find_clients(user: Staff, words: str, limit: int) -> list[Hit]:
    """Clients by whole credit code, by the beginning of their initials, or by a part of their name. One query.

    A whole code finds at most the one client; initials come before names.
    """
    text = words.strip()
    code = "".join(text.split()).upper()
    rows = Client.objects.visible_to(user).with_root()
    if len(code) == USCC_LENGTH and code.isascii() and code.isalnum():
        found = rows.filter(uscc=code)
    else:
        by_initials = Q(initials__startswith=text.lower())
        rank = Case(When(by_initials, then=Value(0)), default=Value(1), output_field=IntegerField())
        found = rows.filter(by_initials | Q(name__icontains=text) | Q(short_name__icontains=text)).order_by(
            rank, "pinyin"
        )
    return [
        Hit(
            client.name,
            "·".join([client.uscc, client.root.branch.name, client.root.manager.name]),
            client.get_absolute_url(),
        )
        for client in found[:limit]
    ]


def find_projects(user: Staff, words: str, limit: int) -> list[Hit]:
    """Projects by the beginning of their code or initials, or by a part of their name. One query."""
    text = words.strip()
    first = Q(initials__startswith=text.lower()) | Q(project_code__startswith=text.upper())
    rank = Case(When(first, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Project.objects.visible_to(user).with_parties().filter(first | Q(name__icontains=text))
    return [
        Hit(
            project.name,
            "·".join([project.get_stage_display(), project.borrower.name, project.root.branch.name]),
            project.get_absolute_url(),
        )
        for project in rows.order_by(rank, "pinyin")[:limit]
    ]
