"""Lists of this room."""

from django.utils.translation import gettext_lazy as _

from crm_project.ui.tables import (
    Column,
    DayColumn,
    DeskTable,
    LevelColumn,
    MoneyColumn,
    NameColumn,
    PercentColumn,
    TagColumn,
)
from monitoring.models import Drawdown, Facility


class DrawdownTable(DeskTable):
    subject = NameColumn(
        _("Drawdown"), accessor="subject__title", linkify=lambda record: record.get_absolute_url(), order_by="subject"
    )
    project = Column(_("Project"), accessor="facility__project__name", order_by="facility__project__pinyin")
    borrower = Column(_("Borrower"), accessor="facility__borrower__name", order_by="facility__borrower__pinyin")
    state = TagColumn(_("State"), accessor="get_state_display", order_by="state")
    amount = MoneyColumn(_("Asked for"))
    released = MoneyColumn(_("Released"), accessor="note__amount", order_by="note__amount")
    wanted_on = DayColumn(_("Wanted on"))
    level = LevelColumn(_("Warning"), accessor="facility__worst_level", order_by="facility__worst_level")
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    default_columns = (
        "subject",
        "project",
        "borrower",
        "state",
        "amount",
        "released",
        "wanted_on",
        "level",
        "manager",
    )
    fixed_columns = ("subject",)
    totals = ("amount",)

    class Meta(DeskTable.Meta):
        model = Drawdown
        fields = ("subject",)


class FacilityTable(DeskTable):
    contract_no = NameColumn(_("Contract"), linkify=True)
    borrower = Column(_("Borrower"), accessor="borrower__name", order_by="borrower__pinyin")
    project = Column(_("Project"), accessor="project__name", order_by="project__pinyin")
    state = TagColumn(_("State"), accessor="get_state_display", order_by="state")
    amount = MoneyColumn(_("Amount"))
    drawn = MoneyColumn(_("Drawn"))
    outstanding = MoneyColumn(_("Outstanding"))
    rate = PercentColumn(_("Interest rate"), decimals=2)
    available_until = DayColumn(_("Available until"))
    matures_on = DayColumn(_("Matures on"))
    level = LevelColumn(_("Warning"), accessor="worst_level", order_by="worst_level")
    manager = Column(_("Manager"), accessor="root__manager__name", order_by="root__manager__person__number")
    branch = Column(_("Branch"), accessor="root__branch__name", order_by="root__branch__path", muted=True)

    default_columns = (
        "contract_no",
        "borrower",
        "project",
        "state",
        "amount",
        "drawn",
        "outstanding",
        "rate",
        "available_until",
        "level",
        "manager",
    )
    fixed_columns = ("contract_no",)
    totals = ("amount", "outstanding")

    class Meta(DeskTable.Meta):
        model = Facility
        fields = ("contract_no",)
