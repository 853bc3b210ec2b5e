from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm_project.organization.tracking import tracked


@tracked()
class CalendarDay(models.Model):
    """A day that differs from Monday-to-Friday. A working day is an adjusted workday or a weekday not listed here."""

    class Kind(models.TextChoices):
        STATUTORY_HOLIDAY = "statutory_holiday", _("Statutory holiday")
        BRIDGE_DAY = "bridge_day", _("Bridge day")
        ADJUSTED_WORKDAY = "adjusted_workday", _("Adjusted workday")
        WEEKEND = "weekend", _("Weekend")

    class Status(models.TextChoices):
        ANNOUNCED = "announced", _("Announced")
        ESTIMATED = "estimated", _("Estimated")

    day = models.DateField(_("day"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ANNOUNCED)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name_zh}"

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en
