"""Configuration pages of the products on offer."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from crm_project.rules.expressions import ExpressionError
from financing.models import Product
from financing.services.products import check_rule


class ProductForm(forms.ModelForm):
    def clean_excluded_when(self) -> str:
        text = str(self.cleaned_data["excluded_when"])
        if text:
            try:
                check_rule(text)
            except ExpressionError as error:
                raise ValidationError(str(error)) from error
        return text

    class Meta:
        model = Product
        fields = [
            "code",
            "kind",
            "name_zh",
            "name_en",
            "active",
            "revolving",
            "min_amount",
            "max_amount",
            "max_tenor_months",
            "excluded_when",
            "excluded_because_zh",
            "excluded_because_en",
            "provenance",
            "source",
            "order",
        ]


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    form = ProductForm
    list_display = ["code", "name", "kind", "active", "max_tenor_months", "order"]
    list_filter = ["kind", "active"]
    search_fields = ["code", "name_zh", "name_en"]

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> list[str]:
        """What plans refer to stays as it was."""
        return ["code", "kind"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
