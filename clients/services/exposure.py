"""The exposure stored on the client: what its loan contracts occupy, drawn or not. Lists and limits read it."""

from decimal import Decimal

from django.db.models import F

from clients.models import Client


def add_exposure(*, client_id: int, amount: Decimal) -> None:
    """Called by the service that signs or frees a contract, in its transaction; amount in CNY, negative to free."""
    Client.objects.filter(pk=client_id).update(exposure=F("exposure") + amount)
