from monitoring.models.account import Movement, MovementMatch, StatementImport, SupervisedAccount
from monitoring.models.contract import CapitalPayment, Invoice, ProgressReport, ProjectContract
from monitoring.models.drawdown import Drawdown, DrawdownPayment
from monitoring.models.facility import Facility, LoanNote, NoteInstalment
from monitoring.models.finding import Finding
from monitoring.models.review import CovenantTest, Review

__all__ = [
    "CapitalPayment",
    "CovenantTest",
    "Drawdown",
    "DrawdownPayment",
    "Facility",
    "Finding",
    "Invoice",
    "LoanNote",
    "Movement",
    "MovementMatch",
    "NoteInstalment",
    "ProgressReport",
    "ProjectContract",
    "Review",
    "StatementImport",
    "SupervisedAccount",
]
