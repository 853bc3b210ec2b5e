"""Lists of this room."""

from django.utils.translation import gettext_lazy as _

from crm_project.ui.tables import Column, DeskTable, MoneyColumn, NameColumn, PercentColumn, RatioColumn, TagColumn
from financing.models import Plan


class PlanTable(DeskTable):
    title = NameColumn(_("Plan"), linkify=True)
    project = Column(_("Project"), accessor="project__name", order_by="project__pinyin")
    borrower = Column(_("Borrower"), accessor="project__borrower__name", order_by="project__borrower__pinyin")
    state = TagColumn(_("State"), accessor="get_state_display", order_by="state")
    newest_name = Column(_("Newest version"), orderable=False, muted=True)
    debt = MoneyColumn(_("Loans"), accessor="newest_debt", order_by="newest_debt")
    minimum = RatioColumn(_("Lowest DSCR"), accessor="newest_minimum", order_by="newest_minimum")
    capital = PercentColumn(_("Capital ratio"), accessor="newest_capital", order_by="newest_capital")
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    default_columns = ("title", "project", "borrower", "state", "newest_name", "debt", "minimum", "capital", "manager")
    fixed_columns = ("title",)

    class Meta(DeskTable.Meta):
        model = Plan
        fields = ("title",)
