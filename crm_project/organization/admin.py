"""Configuration pages of persons, accounts and branches."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import password_validation
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm_project.organization.models import Branch, Person, Staff
from crm_project.organization.sign_in import plain_username

admin.site.unregister(Group)  # rights come from roles and the route policy only


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ["number", "name"]
    search_fields = ["number", "name"]

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return False


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "level", "parent"]
    list_filter = ["level"]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Branch | None = None) -> list[str]:
        """The place in the tree is fixed once others may stand below it."""
        return ["code", "parent", "level"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Branch | None = None) -> bool:
        return False


class StaffForm(forms.ModelForm):
    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Staff
        fields = [
            "username",
            "person",
            "branch",
            "role",
            "level",
            "is_active",
            "language",
            "unit",
        ]

    def clean_username(self) -> str:
        return plain_username(self.cleaned_data["username"])

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password:
            password_validation.validate_password(password, self.instance)
        elif not self.instance.pk:
            raise forms.ValidationError(_("A new account needs a password."))
        return password

    def save(self, commit: bool = True) -> Staff:
        if self.cleaned_data["new_password"]:
            self.instance.set_password(self.cleaned_data["new_password"])
        return super().save(commit)


@admin.register(Staff)
class StaffAdmin(admin.ModelAdmin):
    form = StaffForm
    list_display = ["username", "person", "branch", "role", "level", "is_active"]
    list_filter = ["role", "is_active", "branch"]
    list_select_related = ["person", "branch"]
    search_fields = ["username", "person__name", "person__number"]
    autocomplete_fields = ["person", "branch"]

    def get_readonly_fields(self, request: HttpRequest, obj: Staff | None = None) -> list[Any]:
        return ["username", "person"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        return False  # an account that ever acted stays; it is made inactive
