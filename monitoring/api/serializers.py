"""Loan contracts, notes and drawdowns as resources. Amounts in CNY, rates as fractions."""

from typing import ClassVar

from rest_framework import serializers

from monitoring.models import Drawdown, DrawdownPayment, Facility, LoanNote, NoteInstalment


class FacilitySerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    project_name = serializers.CharField(source="project.name", read_only=True)
    borrower_name = serializers.CharField(source="borrower.name", read_only=True)

    class Meta:
        model = Facility
        fields: ClassVar = [
            "id",
            "contract_no",
            "borrower",
            "borrower_name",
            "project",
            "project_name",
            "state",
            "amount",
            "cancelled",
            "drawn",
            "outstanding",
            "rate",
            "signed_on",
            "available_until",
            "matures_on",
            "version",
        ]


class InstalmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = NoteInstalment
        fields: ClassVar = ["no", "due_on", "principal", "interest"]


class LoanNoteSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    instalments = InstalmentSerializer(many=True, read_only=True)

    class Meta:
        model = LoanNote
        fields: ClassVar = [
            "id",
            "facility",
            "note_no",
            "amount",
            "balance",
            "rate",
            "drawn_on",
            "due_on",
            "days_past_due",
            "category",
            "instalments",
            "version",
        ]


class PaymentSerializer(serializers.ModelSerializer):
    class Meta:
        model = DrawdownPayment
        fields: ClassVar = ["contract", "invoice", "payee_name", "amount", "entrusted"]


class DrawdownSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    released = serializers.DecimalField(
        source="note.amount", max_digits=18, decimal_places=2, read_only=True, default=None
    )
    payments = PaymentSerializer(many=True, read_only=True)

    class Meta:
        model = Drawdown
        fields: ClassVar = [
            "id",
            "facility",
            "no",
            "state",
            "amount",
            "released",
            "purpose",
            "wanted_on",
            "payments",
            "checks",
            "rule_versions",
            "decided_at",
            "paid_at",
            "note",
            "version",
        ]
