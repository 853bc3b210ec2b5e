"""What the serializers of this room share."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from crm_project.organization.querysets import ScopedQuerySet


class StrictSerializer(serializers.ModelSerializer):
    """Refuses a field that is not writable instead of dropping it in silence.

    `at_creation`: fields that are fixed once the record stands.
    """

    at_creation: frozenset[str] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        if self.instance is not None:
            writable -= self.at_creation
        if isinstance(data, dict) and (extra := sorted(set(data) - writable)):
            raise serializers.ValidationError({name: [_("This field cannot be set.")] for name in extra})
        return super().to_internal_value(data)


class ScopedKeyField(serializers.PrimaryKeyRelatedField):
    """A row the caller sees; one out of sight answers as one that does not exist."""

    default_error_messages = {"does_not_exist": gettext_lazy("There is no such record.")}

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        request = self.context.get("request")
        if not isinstance(queryset, ScopedQuerySet) or request is None:
            return queryset
        return queryset.visible_to(request.user)
