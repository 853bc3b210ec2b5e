from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Staff, Subject


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Staff) -> "NoticeQuerySet":
        """The account's own. `subject_open` says whether it may still see whom the notice is about."""
        known = Subject.objects.visible_to(user).filter(pk=OuterRef("subject"))
        return self.filter(staff=user).annotate(subject_open=Exists(known))

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """Something an account should know of; in the product only, no client data leaves by mail.

    The key makes a second sending the same notice. What it says comes from kind and `params`, in the reader's language.
    """

    staff = models.ForeignKey("organization.Staff", on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=200)
    kind = models.CharField(_("kind"), max_length=40)
    params = models.JSONField(default=dict)
    subject = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["staff", "key"], name="notice_once")]
        indexes = [models.Index(fields=["staff", "-id"], name="notice_unread", condition=Q(read_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} · {self.staff}"
