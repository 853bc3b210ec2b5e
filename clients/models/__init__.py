from clients.models.client import Client
from clients.models.group import ClientGroup, Relation
from clients.models.project import Permit, Project
from clients.models.rating import Rating
from clients.models.statement import Statement, StatementUpload
from clients.models.tier import CooperationRecord, TierResult

__all__ = [
    "Client",
    "ClientGroup",
    "CooperationRecord",
    "Permit",
    "Project",
    "Rating",
    "Relation",
    "Statement",
    "StatementUpload",
    "TierResult",
]
