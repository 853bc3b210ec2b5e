from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from clients.models import Client
from clients.validation import clean_uscc


class ClientSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    branch = serializers.CharField(source="root.branch.code", read_only=True)
    manager = serializers.CharField(source="root.manager.username", read_only=True)

    class Meta:
        model = Client
        fields = [
            "id",
            "name",
            "short_name",
            "uscc",
            "nature",
            "industry",
            "size_class",
            "registered_capital",
            "founded_on",
            "legal_representative",
            "registered_address",
            "phone",
            "staff_count",
            "client_since",
            "branch",
            "manager",
            "version",
        ]
        read_only_fields = ["version"]
        # the clash is answered by the service, in words that give nothing away
        extra_kwargs = {"uscc": {"validators": []}, "short_name": {"required": False}}

    def to_internal_value(self, data: Any) -> Any:
        """A field that is not writable is refused instead of being dropped in silence."""
        writable = {name for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, dict) and (extra := sorted(set(data) - writable)):
            raise serializers.ValidationError({name: [_("This field cannot be set.")] for name in extra})
        return super().to_internal_value(data)

    def validate_uscc(self, value: str) -> str:
        return clean_uscc(value)
