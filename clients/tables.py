from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Project
from crm_project.ui.tables import (
    Column,
    DayColumn,
    DeskTable,
    MoneyColumn,
    NameColumn,
    NumberColumn,
    PercentColumn,
    TagColumn,
)


class ClientTable(DeskTable):
    name = NameColumn(_("Client"), linkify=True, order_by="pinyin")
    uscc = Column(_("Credit code"), muted=True)
    grade = Column(_("Grade"), strong=True, order_by="grade_rank")
    tier = TagColumn(_("Tier"), style="t", order_by="tier_rank")
    industry = Column(_("Industry"), accessor="industry__name", order_by="industry", muted=True)
    nature = Column(_("Nature"), accessor="get_nature_display", order_by="nature")
    size_class = Column(_("Size"), accessor="get_size_class_display", order_by="size_class")
    registered_capital = MoneyColumn(_("Registered capital"))
    founded_on = DayColumn(_("Founded"))
    staff_count = NumberColumn(_("Staff"))
    client_since = DayColumn(_("Client since"))
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    default_columns = (
        "name",
        "grade",
        "tier",
        "industry",
        "nature",
        "size_class",
        "registered_capital",
        "founded_on",
        "client_since",
        "manager",
        "branch",
    )
    fixed_columns = ("name",)
    totals = ()

    class Meta(DeskTable.Meta):
        model = Client
        fields = ("name",)


def _late(project: Project) -> bool:
    """Planned completion has passed and the project is still being built."""
    ahead = project.stage in (Project.Stage.PREPARATION, Project.Stage.CONSTRUCTION)
    return ahead and project.complete_on is not None and project.complete_on < timezone.localdate()


class ProjectTable(DeskTable):
    name = NameColumn(_("Project"), linkify=True, order_by="pinyin")
    project_code = Column(_("Project code"), muted=True)
    stage = TagColumn(_("Stage"), accessor="get_stage_display", order_by="stage")
    sponsor = Column(_("Sponsor"), accessor="sponsor__name", order_by="sponsor__pinyin")
    sponsor_share = PercentColumn(_("Sponsor's share"))
    borrower = Column(_("Borrower"), accessor="borrower__name", order_by="borrower__pinyin")
    industry = Column(_("Industry"), accessor="industry__name", order_by="industry", muted=True)
    total_investment = MoneyColumn(_("Total investment"))
    approved_on = DayColumn(_("Approved or filed"))
    start_on = DayColumn(_("Start"))
    complete_on = DayColumn(_("Completion"), late=_late)
    place = Column(_("Place"), muted=True)
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    default_columns = (
        "name",
        "stage",
        "sponsor",
        "industry",
        "total_investment",
        "start_on",
        "complete_on",
        "place",
        "manager",
    )
    fixed_columns = ("name",)
    totals = ("total_investment",)

    class Meta(DeskTable.Meta):
        model = Project
        fields = ("name",)
