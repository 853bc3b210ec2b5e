from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JournalEntry(models.Model):
    """An act of a person or a machine. The application may insert and read, never change or delete."""

    class Act(models.TextChoices):
        SIGN_IN = "sign_in", _("Sign-in")
        SIGN_IN_FAILED = "sign_in_failed", _("Failed sign-in")
        SIGN_OUT = "sign_out", _("Sign-out")
        VIEW = "view", _("View")
        EXPORT = "export", _("Export")
        CREATE = "create", _("Create")
        CHANGE = "change", _("Change")
        DECIDE = "decide", _("Decide")
        DELETE = "delete", _("Delete")
        REFUSED = "refused", _("Refused access")
        USCC_CLASH = "uscc_clash", _("Credit code already registered")

    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    act = models.CharField(_("act"), max_length=20, choices=Act.choices)
    actor = models.ForeignKey(
        "organization.Staff",
        verbose_name=_("account"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    subject = models.ForeignKey(
        "organization.Subject",
        verbose_name=_("subject"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    route = models.CharField(_("route"), max_length=80, blank=True)
    method = models.CharField(_("method"), max_length=10, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    request_id = models.UUIDField(_("request"), null=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["subject", "-id"],
                name="journal_of_subject",
                condition=models.Q(subject__isnull=False),
            ),
            models.Index(
                fields=["actor", "-id"],
                name="journal_of_actor",
                condition=models.Q(actor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.act}"
