"""Files as they came, stored once by their content, and the documents that name them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Subject


class StoredFile(models.Model):
    """A file in the store; its name there is its hash, so the same file is kept once. Never changed."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(_("type"), max_length=100)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="stored_file_hash_has_its_form")
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: object) -> "DocumentQuerySet":
        """Documents of subjects the account may know of."""
        return self.filter(subject__in=Subject.objects.visible_to(user))  # type: ignore[arg-type]


class Document(models.Model):
    """A paper about a subject. It is never edited: a newer one is added, a wrong one is retired with a reason."""

    class Kind(models.TextChoices):
        LICENCE = "licence", _("Business licence")
        ARTICLES = "articles", _("Articles of association")
        RESOLUTION = "resolution", _("Resolution or power of attorney")
        STATEMENT = "statement", _("Financial statement")
        AUDIT_REPORT = "audit_report", _("Audit report")
        CREDIT_REPORT = "credit_report", _("Credit report")
        BANK_STATEMENT = "bank_statement", _("Bank statement")
        FEASIBILITY = "feasibility", _("Feasibility study")
        PROJECT_APPROVAL = "project_approval", _("Project approval or filing")
        PERMIT = "permit", _("Permit")
        CONTRACT = "contract", _("Contract")
        INVOICE = "invoice", _("Invoice or payment voucher")
        TITLE = "title", _("Title or valuation of collateral")
        PROGRESS = "progress", _("Progress report")
        DILIGENCE = "diligence", _("Due-diligence report")
        MINUTES = "minutes", _("Minutes")
        PHOTO = "photo", _("Site photograph")
        OTHER = "other", _("Other")

    subject = models.ForeignKey(Subject, verbose_name=_("subject"), on_delete=models.PROTECT, related_name="documents")
    file = models.ForeignKey(StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=40)
    uploaded_by = models.ForeignKey(
        "organization.Staff", verbose_name=_("uploaded by"), on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    retired_reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "-id"], name="document_of_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | ~Q(retired_reason=""), name="document_retired_with_reason"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_label(self) -> str:
        return str(self.Kind(self.kind).label)
