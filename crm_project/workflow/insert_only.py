"""Tables the application may only add to, and columns it may change in some of them.

`manage.py securetables` takes the other rights away after a migration.
"""

from django.apps import apps

INSERT_ONLY = (
    "clients.TierResult",
    "monitoring.Movement",
    "monitoring.MovementMatch",
    "monitoring.NoteInstalment",
    "workflow.Act",
    "workflow.JournalEntry",
    "workflow.StoredFile",
)
"""Besides these, every history table."""

CHANGEABLE_COLUMNS = {
    "clients.Statement": ("superseded_at",),
    "workflow.Approval": ("state", "decided_by_id", "decided_account_id", "decided_at", "decided_reason"),
    "workflow.JobRun": None,
    "workflow.JobChunk": None,
    "workflow.Document": ("retired_at", "retired_reason"),
    "workflow.Notice": ("read_at",),
}
"""Insert-only but for these columns; None: the model's own STATE_COLUMNS."""


def insert_only_tables() -> list[str]:
    events = [model for model in apps.get_models() if hasattr(model, "pgh_tracked_model")]
    named = [apps.get_model(label) for label in INSERT_ONLY]
    return sorted(model._meta.db_table for model in [*events, *named])


def changeable_columns() -> dict[str, tuple[str, ...]]:
    """Table name to the columns that may change."""
    found = {}
    for label, columns in CHANGEABLE_COLUMNS.items():
        model = apps.get_model(label)
        found[model._meta.db_table] = columns or model.STATE_COLUMNS
    return found
