"""Verbs on subjects, accounts and branches."""

from django.db import connection

from crm_project.organization.models import Branch, CoManager, Staff, Subject


def open_root(*, kind: str, title: str, branch: Branch | None, manager: Staff | None) -> Subject:
    """A subject that is its own root. One INSERT: the number is drawn first, so that root and id agree at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('organization_subject', 'id'))")
        number = cursor.fetchone()[0]
    return Subject.objects.create(
        id=number,
        kind=kind,
        title=title,
        root_id=number,
        branch=branch,
        manager=manager,
    )


def open_part(*, kind: str, title: str, root_id: int) -> Subject:
    """A subject that belongs to a client (or another root)."""
    return Subject.objects.create(kind=kind, title=title, root_id=root_id)


def move_root(*, root: Subject, branch: Branch, manager: Staff) -> None:
    """A root, and with it everything that hangs on it, goes to another branch and manager.

    Who manages it now is no co-manager beside that. To be called inside the transaction of the decision.
    """
    Subject.objects.filter(pk=root.pk).update(branch=branch, manager=manager)
    CoManager.objects.filter(root=root, staff=manager).delete()
    root.branch, root.manager = branch, manager
